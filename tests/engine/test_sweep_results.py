"""What DuckDB says of a sweep is what a plain look at all of its rows says."""

import csv
import io
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from engine.sweeps import analysis, effects
from engine.sweeps.query import Filter, Order
from engine.sweeps.results import Results
from market.errors import OrderError
from models.sweep import Linear, Listed, Log, Random, Scenario, Sweep, Tier
from models.sweep.declaration import Embedded, changed
from models.sweep.table import swept
from tests.builders import state
from webapp.sweep_export import rows_as

SWEEP = Sweep(
    name="small",
    states=Embedded((state(), state(sigma_day=0.05))),
    size=Log(0.1, 9.0, 12),
    sides=("buy", "sell"),
    order_types=("market", "twap"),
    depth_policies=("reject",),
    sigma_day=Linear(0.01, 0.1, 3),
    tiers=(Tier(maker_bps=1.0, taker_bps=5.0),),
    scenarios=(Scenario("=calm"), Scenario("storm", 0.5, 2.0, 2.0)),
)


@pytest.fixture(scope="module")
def table():
    return swept(SWEEP)


@pytest.fixture(scope="module")
def results(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chunks")
    half = table.num_rows // 2
    for number, part in enumerate((table.slice(0, half), table.slice(half))):
        pq.write_table(part, folder / f"{number}.parquet")
    return Results(tuple(str(folder / f"{n}.parquet") for n in range(2)))


@pytest.fixture(scope="module")
def frame(table):
    return table.to_pandas()


def test_a_page_is_sorted_filtered_and_cut_as_asked(results, frame):
    page = results.page(
        5,
        7,
        columns=("side", "total_bps"),
        filters=[Filter("side", "=", "sell"), Filter("size", ">", 0.5)],
        order=[Order("total_bps", is_descending=True)],
    )
    kept = frame[(frame.side == "sell") & (frame["size"] > 0.5)]
    ranked = kept.sort_values(["total_bps", "point"], ascending=[False, True], na_position="last")
    assert [row["point"] for row in page] == ranked.point.tolist()[5:12]


def test_absent_values_come_last_whichever_way_they_are_sorted(results):
    for is_descending in (True, False):
        order = [Order("total_bps", is_descending)]
        last = results.page(results.points - 1, 1, order=order)
        assert last[0]["total_bps"] is None
        assert last[0]["reason"] == "quantity"


def test_a_summary_is_that_of_all_rows(results, frame):
    (found,) = analysis.summary(results, names=("total_bps",))
    total = frame.total_bps.dropna()
    assert (found.count, found.absent) == (len(total), len(frame) - len(total))
    assert found.mean == pytest.approx(total.mean())
    assert found.deviation == pytest.approx(total.std(ddof=0))
    assert found.p95 == pytest.approx(total.quantile(0.95))


@pytest.mark.parametrize("how", ["mean", "min", "max", "median", "count"])
def test_a_heatmap_sums_up_what_is_not_on_its_axes(results, frame, how):
    found = analysis.heatmap(results, "size", "scenario", "total_bps", how)
    expected = frame.groupby(["scenario", "size"], observed=True).total_bps.agg(how).unstack()
    cells = np.array(found.cells, dtype=float)
    assert list(found.y) == expected.index.tolist()
    assert cells == pytest.approx(expected.to_numpy(), nan_ok=True)


def test_a_long_axis_is_cut_into_bins_of_equal_count(tmp_path):
    drawn = changed(SWEEP, size=Random(0.1, 1.4), samples=600, order_types=("market",))
    pq.write_table(swept(drawn), tmp_path / "0.parquet")
    found = analysis.heatmap(
        Results((str(tmp_path / "0.parquet"),)), "size", "side", "total_bps", "count"
    )
    assert len(found.x) == analysis.BINS
    # 2 states, 2 scenarios and 3 volatilities at each of 10 sizes a bin
    assert set(found.cells[0]) == {120}


def test_lines_are_rows_of_the_heatmap(results):
    grid = analysis.heatmap(results, "size", "side", "total_bps")
    assert [(f.name, f.x, f.y) for f in analysis.lines(results, "size", "side", "total_bps")] == [
        (name, grid.x, row) for name, row in zip(grid.y, grid.cells, strict=True)
    ]


def test_nobody_beats_a_point_of_the_front_and_somebody_beats_every_other(results, frame):
    front = analysis.pareto(results)
    priced = frame.dropna(subset=["total_bps"])
    risk = priced.risk_bps.fillna(0.0)
    costs = set(zip(priced.total_bps, risk, strict=True))
    expected = {
        (c, r)
        for c, r in costs
        if not any((a <= c and b <= r and (a, b) != (c, r)) for a, b in costs)
    }
    assert {(row["total_bps"], row["risk"]) for row in front} == expected


def test_extremes_are_the_ends_of_the_sorted_rows(results, frame):
    lowest, highest = analysis.extremes(results, "total_bps", 3)
    total = frame.total_bps.dropna().sort_values()
    assert [row["total_bps"] for row in lowest] == total.tolist()[:3]
    assert [row["total_bps"] for row in highest] == total.tolist()[::-1][:3]


def test_the_main_effect_of_an_axis_is_the_variance_of_its_means(results, frame):
    found = {effect.axis: effect.share for effect in effects.sensitivity(results, "total_bps")}
    priced = frame.dropna(subset=["total_bps"])
    for axis in ("size", "scenario", "order_type"):
        means = priced.groupby(axis, observed=True).total_bps.transform("mean")
        assert found[axis] == pytest.approx(means.var(ddof=0) / priced.total_bps.var(ddof=0))
    assert "market" not in found


def test_two_runs_are_compared_where_their_axes_agree(results, tmp_path):
    dearer = changed(SWEEP, tiers=(Tier(maker_bps=1.0, taker_bps=5.0),), size=Listed((0.1, 77.0)))
    pq.write_table(swept(dearer), tmp_path / "0.parquet")
    found = effects.compare(results, Results((str(tmp_path / "0.parquet"),)), "total_bps")
    # size 0.1 is shared: 2 scenarios, 2 types, 2 sides, 3 volatilities; 77 is refused or not there
    assert found.matched == 24
    assert found.mean_change == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    "ask",
    [
        lambda r: r.page(0, 1, columns=('point"; DROP TABLE points; --',)),
        lambda r: r.page(0, 1, filters=[Filter("moon", "=", 1.0)]),
        lambda r: r.page(0, 1, filters=[Filter("side", "OR 1=1 --", 1.0)]),  # type: ignore[arg-type]
        lambda r: r.page(0, 10_001),
        lambda r: r.page(0, 1, filters=[Filter("size", ">", "abc")]),
        lambda r: analysis.heatmap(r, "size", "size", "total_bps"),
        lambda r: analysis.heatmap(r, "size", "side", "total_bps", "sum"),
        lambda r: analysis.lines(r, "side", "point", "total_bps"),
    ],
)
def test_a_question_that_cannot_be_is_refused_by_name(results, ask):
    with pytest.raises(OrderError) as refused:
        ask(results)
    assert refused.value.field


def test_a_value_is_never_read_as_sql(results):
    assert results.count([Filter("side", "=", "sell' OR '1'='1")]) == 0


def test_exports_hold_every_row_of_the_table(results, table):
    text = b"".join(rows_as("csv", results)).decode()
    cells = list(csv.DictReader(io.StringIO(text)))
    lines = [json.loads(line) for line in b"".join(rows_as("jsonl", results)).splitlines()]
    columns = pq.read_table(io.BytesIO(b"".join(rows_as("parquet", results))))
    assert len(cells) == len(lines) == columns.num_rows == table.num_rows
    assert lines == table.to_pylist() == columns.to_pylist()
    assert [c["total_bps"] and float(c["total_bps"]) for c in cells] == [
        "" if row["total_bps"] is None else row["total_bps"] for row in lines
    ]
    # a name that a spreadsheet would run as a formula
    assert {c["scenario"] for c in cells} == {"'=calm", "storm"}
