"""The Analysis page, its link and its plots."""

import asyncio
from dataclasses import replace

import pytest
from nicegui.testing import User

from market.units import NS_PER_S
from models.base import Source
from storage.analysis_asked import Cell, Group, Span
from storage.export import export
from storage.series import sample_of
from storage.store import Store
from tests.storage.samples import sample
from tests.webapp.test_pages import only, until
from webapp.frames import analysis as frames
from webapp.frames import analysis_learned as learned
from webapp.learned.analysis_link import USUAL_DELAY_NS, read_link

HOUR_NS = 3600 * NS_PER_S
DAY_NS = 1_790_000_000_000_000_000 // (24 * HOUR_NS) * 24 * HOUR_NS


@pytest.fixture
def three_costs(tmp_path, demo_app):
    """Two costs of the demo and one of a venue, kept in an earlier run."""
    base = sample_of(*sample())

    async def fill() -> None:
        async with await Store.open(f"sqlite:///{tmp_path}/fathom.db") as store:
            for i, source in enumerate((Source.DEMO, Source.DEMO, Source.LIVE)):
                store.series.add(replace(base, ns=DAY_NS + i * HOUR_NS, source=source))
            await store.series.flush()

    asyncio.run(fill())


@pytest.mark.usefixtures("demo_app")
async def test_an_empty_history_says_where_costs_and_labels_come_from(user: User):
    await user.open("/analysis")
    await user.should_see("Let a ticket run on the Trade page (it is sampled)", retries=30)
    await user.should_see("learning asks its book")
    await until(lambda: only(user, "analysis-said").text == "demo only · 0 costs")


async def test_the_page_counts_one_source_only(three_costs, user: User):
    await user.open("/analysis?source=demo")
    await until(lambda: only(user, "analysis-said").text == "demo only · 2 costs")
    only(user, "analysis-source").set_value("live")
    await until(lambda: only(user, "analysis-said").text == "live only · 1 costs")
    venue = only(user, "analysis-venue")
    await until(lambda: len(venue.options) == 2)


async def test_a_stretch_of_time_that_makes_no_sense_is_said_at_its_field(three_costs, user: User):
    await user.open("/analysis?from=soon&source=evil")
    await user.should_see("source: “evil” is not offered; allowed: live, demo, replay", retries=30)
    field = only(user, "analysis-from")
    field.set_value("soon")
    await until(lambda: field.error is not None and "is no moment" in field.error)


@pytest.mark.usefixtures("demo_app")
async def test_marks_labels_and_scores_can_be_taken_away(user: User):
    await user.open("/analysis")
    for name in ("model-metrics", "labels", "scores"):
        answer = await user.http_client.get(f"/export/{name}.csv")
        assert answer.status_code == 200 and answer.text.count("\n") >= 1
    tables = (await user.http_client.get("/export/dictionary.json")).json()["tables"]
    assert {"model-metrics", "labels", "scores"} <= set(tables)


# -- the link ----------------------------------------------------------------------------------


def test_a_link_without_a_source_stays_with_one():
    link = read_link({}, "replay")
    assert link.asked.source == "replay" and not link.problems


def test_a_delay_that_is_no_number_is_the_usual_one():
    assert read_link({"delay": "-1"}, "demo").delay_ns == USUAL_DELAY_NS
    assert read_link({"delay": "9" * 30}, "demo").delay_ns == USUAL_DELAY_NS


def test_a_feature_that_is_not_known_never_reaches_the_database():
    assert read_link({"feature": "id"}, "demo").feature == "spread_bps"


# -- the plots ---------------------------------------------------------------------------------


def group(at: int, mean: float = 5.0, **changed) -> Group:
    return Group(at, "okx", "BTC-USDT", 3, mean, mean - 1, mean + 1)._replace(**changed)


def test_a_pause_is_a_hole_in_the_line():
    span = Span(DAY_NS, DAY_NS + HOUR_NS, 9)
    study = frames.over_time([group(at) for at in (0, 1, 2, 3, 40, 41)], span)
    [line] = study.figure["data"]
    assert line["y"] == [5.0, 5.0, 5.0, 5.0, None, 5.0, 5.0]
    assert len(study.rows) == 6


def test_an_hour_without_a_cost_has_no_bar_rather_than_a_low_one():
    study = frames.by_hour([group(3, 4.0)])
    [bar] = study.figure["data"]
    assert bar["y"] == [None] * 3 + [4.0] + [None] * 20


def test_bars_by_size_reach_from_the_least_to_the_greatest():
    study = frames.by_size([group(3, 4.0, low=1.0, high=9.0)])
    [bar] = study.figure["data"]
    assert bar["x"] == ["1k to 10k"]
    assert (bar["error_y"]["array"], bar["error_y"]["arrayminus"]) == ([5.0], [3.0])


def test_slippage_now_is_shown_once_since_both_are_the_same():
    cells = [Cell(0.0, 1.0, (2, 2)), Cell(1.0, 2.0, (1, 1))]
    assert [bar["y"] for bar in frames.slippage(cells, "now").figure["data"]] == [[2, 1]]
    assert len(frames.slippage(cells, "1 s").figure["data"]) == 2


def test_means_of_a_cloud_keep_equal_values_together():
    points = [(1.0, float(i), "buy") for i in range(40)] + [(2.0, 100.0, "sell")] * 20
    *_, means = learned.cloud(points, "spread_bps").figure["data"]
    assert (means["x"], means["y"]) == ([1.0, 2.0], [19.5, 100.0])


def test_nothing_kept_makes_no_plot():
    span = Span(0, 0, 0)
    assert frames.over_time([], span) is None and frames.by_hour([]) is None
    assert frames.costs([]) is None and learned.cloud([], "flow") is None
    assert learned.errors([]) is None


async def test_the_numbers_behind_a_plot_leave_as_csv_with_their_units():
    study = frames.by_market([group(0, 4.0, venue="=evil")])
    text = b"".join([c async for c in export(study.table, "csv", with_units=True)]).decode()
    head, row = text.splitlines()
    assert head == "venue,instrument,rows,mean_bps [bps],low_bps [bps],high_bps [bps]"
    assert row.replace('"', "") == "'=evil,BTC-USDT,3,4,3,5"
