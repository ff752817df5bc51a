"""Plots of what was kept: the database's counts and means equal those worked out by hand."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest

from engine.hub import MarketKey
from engine.learning.probing import Probing
from engine.learning.state_of import learning_state
from market.units import NS_PER_S
from models.base import Source
from models.learning.marks import Marks
from models.learning.snapshot import MetricRow
from models.learning.spec import LearningSpec
from storage.analysis import CLASSES, MOST_LINES
from storage.analysis_asked import STEPS, Asked
from storage.export import export
from storage.labels import MOST, rows_of
from storage.series import CostSample, sample_of
from storage.store import Store
from tests.models.tapes import drifting, taught
from tests.storage.samples import sample
from tests.storage.test_scores import sums

HOUR_NS = 3600 * NS_PER_S
DAY_NS = 1_790_000_000_000_000_000 // (24 * HOUR_NS) * 24 * HOUR_NS
DEMO = Asked(source="demo")
SPEC = LearningSpec(delays_ns=(NS_PER_S,), models=("linear",), min_rows=200)


class _NoHub:
    """Learning is fed by hand here."""


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with await Store.open(url) as store:
        yield store


def many(n: int = 300) -> list[CostSample]:
    """Costs of three days, two sources and three markets, the same every time."""
    rng = np.random.default_rng(7)
    base = sample_of(*sample())
    return [
        replace(
            base,
            ns=DAY_NS + int(rng.integers(0, 72 * HOUR_NS)),
            source=Source.DEMO if rng.random() < 0.8 else Source.LIVE,
            venue=str(rng.choice(["okx", "binance"])),
            venue_symbol=str(rng.choice(["BTC-USDT-SWAP", "ETH-USDT"])),
            notional_quote=float(10 ** rng.uniform(1, 6)),
            total_bps=float(rng.normal(5, 2)),
        )
        for _ in range(n)
    ]


async def keep(store: Store, samples: list[CostSample]) -> list[CostSample]:
    """Of what was kept, that of the demo."""
    for each in samples:
        store.series.add(each)
    await store.series.flush()
    return [each for each in samples if each.source is Source.DEMO]


def grouped(samples, key):
    found = defaultdict(list)
    for each in samples:
        found[key(each)].append(each.total_bps)
    return {at: (len(v), pytest.approx(fmean(v)), min(v), max(v)) for at, v in found.items()}


async def test_costs_by_hour_are_those_counted_one_by_one(store: Store) -> None:
    mine = await keep(store, many())
    found = await store.analysis.by_hour(DEMO)
    expected = grouped(mine, lambda each: each.ns // HOUR_NS % 24)
    assert {g.at: (g.rows, g.mean, g.low, g.high) for g in found} == expected


async def test_costs_by_size_are_those_counted_one_by_one(store: Store) -> None:
    mine = await keep(store, many())
    found = await store.analysis.by_size(DEMO)
    expected = grouped(mine, lambda each: int(np.floor(np.log10(each.notional_quote))))
    assert {g.at: (g.rows, g.mean, g.low, g.high) for g in found} == expected


async def test_costs_by_venue_name_each_market_and_the_most_frequent_first(store: Store) -> None:
    mine = await keep(store, many())
    found = await store.analysis.by_market(DEMO)
    expected = grouped(mine, lambda each: (each.venue, each.venue_symbol))
    assert {(g.venue, g.symbol): (g.rows, g.mean, g.low, g.high) for g in found} == expected
    assert [g.rows for g in found] == sorted((g.rows for g in found), reverse=True)


async def test_costs_over_time_lose_no_row_and_keep_each_slot_apart(store: Store) -> None:
    mine = await keep(store, many())
    span = await store.analysis.span(DEMO)
    assert span is not None and span.rows == len(mine)
    found = await store.analysis.over_time(DEMO, span)
    expected = grouped(
        mine,
        lambda each: ((each.ns - span.first_ns) // span.step_ns, each.venue, each.venue_symbol),
    )
    assert {g[:3]: (g.rows, g.mean, g.low, g.high) for g in found} == expected
    assert max(g.at for g in found) <= STEPS


async def test_a_plot_over_time_shows_at_most_eight_markets(store: Store) -> None:
    base = sample_of(*sample())
    made = [
        replace(base, venue_symbol=f"COIN{i}-USDT", ns=DAY_NS + k * 20 * NS_PER_S)
        for i in range(10)
        for k in range(i + 1)
    ]
    await keep(store, [replace(each, source=Source.DEMO) for each in made])
    span = await store.analysis.span(DEMO)
    assert span is not None
    found = await store.analysis.over_time(DEMO, span)
    assert {g.symbol for g in found} == {f"COIN{i}-USDT" for i in range(10 - MOST_LINES, 10)}


async def test_sources_are_never_mixed(store: Store) -> None:
    samples = many()
    mine = await keep(store, samples)
    live = await store.analysis.span(Asked(source="live"))
    demo = await store.analysis.span(DEMO)
    assert (live.rows, demo.rows) == (len(samples) - len(mine), len(mine))
    assert await store.analysis.span(Asked(source="replay")) is None


async def test_a_market_and_a_stretch_of_time_can_be_chosen(store: Store) -> None:
    mine = await keep(store, many())
    start, end = DAY_NS + 10 * HOUR_NS, DAY_NS + 30 * HOUR_NS
    asked = replace(DEMO, venue="okx", symbol="ETH-USDT", from_ns=start, to_ns=end)
    span = await store.analysis.span(asked)
    wanted = [
        each
        for each in mine
        if (each.venue, each.venue_symbol) == ("okx", "ETH-USDT") and start <= each.ns <= end
    ]
    assert span is not None and span.rows == len(wanted)


async def test_a_distribution_counts_every_cost_once_in_its_class(store: Store) -> None:
    mine = await keep(store, many())
    cells = await store.analysis.costs(DEMO)
    assert len(cells) == CLASSES
    assert sum(cell.counts[0] for cell in cells) == len(mine)
    for cell in cells[1:-1]:
        inside = [each for each in mine if cell.low <= each.total_bps < cell.high]
        assert cell.counts == (len(inside),)


async def test_one_cost_many_times_is_one_class(store: Store) -> None:
    base = replace(sample_of(*sample()), source=Source.DEMO)
    await keep(store, [replace(base, ns=DAY_NS + i) for i in range(5)])
    assert sum(cell.counts[0] > 0 for cell in await store.analysis.costs(DEMO)) == 1


async def test_an_empty_history_gives_nothing_rather_than_zeros(store: Store) -> None:
    analysis = store.analysis
    assert await analysis.places() == () and await analysis.span(DEMO) is None
    assert await analysis.costs(DEMO) == () and await analysis.by_hour(DEMO) == ()
    assert await analysis.errors(DEMO, NS_PER_S) == ()
    assert await analysis.cloud(DEMO, NS_PER_S, "spread_bps") == ()


@pytest.fixture(scope="module")
def state():
    """What learning shows after a quarter of a minute of tape."""
    learning = taught(drifting(150, 0.5, 0.3, seed=1), SPEC)[0]
    key = MarketKey(Source.DEMO, "okx", "BTC-USDT-SWAP")
    return learning_state(key, learning.states(), Probing(_NoHub(), SPEC), SPEC, 5 * NS_PER_S)


async def test_labels_are_drawn_few_at_a_time_and_never_twice(store: Store, state) -> None:
    kept_ns = await store.labels.keep(state, {})
    [delay] = state.delays
    assert kept_ns == {NS_PER_S: int(delay.sample.ns[-1])}
    assert await store.labels.keep(state, kept_ns) == kept_ns
    cloud = await store.analysis.cloud(DEMO, NS_PER_S, "spread_bps")
    assert len(cloud) == MOST
    known = set(zip(delay.sample.x[:, 6].tolist(), delay.sample.label.tolist(), strict=True))
    assert {(x, y) for x, y, _ in cloud} <= known


async def test_slippage_of_labels_is_counted_when_asked_and_after_the_delay(
    store: Store, state
) -> None:
    await store.labels.keep(state, {})
    cells = await store.analysis.slippage(DEMO, NS_PER_S)
    assert [sum(cell.counts[i] for cell in cells) for i in (0, 1)] == [MOST, MOST]
    assert await store.analysis.delays("demo") == (NS_PER_S,)
    assert await store.analysis.slippage(Asked(source="live"), NS_PER_S) == ()


def test_a_label_that_had_no_band_says_so(state) -> None:
    [delay] = state.delays
    sample = delay.sample
    none = np.full(len(sample.ns), np.nan)
    cold = replace(sample, low=none, middle=none, high=none)
    rows = rows_of(replace(state, delays=(replace(delay, sample=cold),)), {})
    assert {(row["low_bps"], row["middle_bps"], row["high_bps"]) for row in rows} == {(None,) * 3}


def mark(ns: int, model: str, mae: float, bucket: int | None = None) -> MetricRow:
    values = dict.fromkeys(Marks.__dataclass_fields__, 0)
    values |= {"bucket": bucket, "n": 10, "mae": mae, "walk_mae": 2.0, "zero_mae": 3.0}
    values |= {"r2": None, "coverage": None, "width_bps": None, "pinball": None}
    return MetricRow(
        ns=ns,
        source="demo",
        venue="okx",
        symbol="BTC-USDT",
        delay_ns=NS_PER_S,
        model=model,
        is_champion=False,
        marks=Marks(**values),
    )


async def test_errors_over_time_are_those_of_all_sizes_by_model(store: Store) -> None:
    rows = [mark(DAY_NS, "linear", 1.0), mark(DAY_NS, "linear", 9.0, bucket=4)]
    rows += [mark(DAY_NS + HOUR_NS, "linear", 1.5), mark(DAY_NS + HOUR_NS, "boosted", 4.0)]
    await store.metrics.keep(rows)
    found = await store.analysis.errors(DEMO, NS_PER_S)
    assert [(p.model, p.mae, p.walk_mae, p.zero_mae) for p in found] == [
        ("linear", 1.0, 2.0, 3.0),
        ("boosted", 4.0, 2.0, 3.0),
        ("linear", 1.5, 2.0, 3.0),
    ]
    assert found[0].ns == DAY_NS and found[-1].ns <= DAY_NS + HOUR_NS


async def test_marks_and_labels_leave_as_files(store: Store, state) -> None:
    await store.metrics.keep([mark(DAY_NS, "linear", 1.0, bucket=4)])
    await store.labels.keep(state, {})
    for table, lines in ((store.metrics.table(), 1), (store.labels.table(), MOST)):
        chunks = [chunk async for chunk in export(table, "csv")]
        head, *rows = b"".join(chunks).decode().splitlines()
        assert head.split(",") == [column.name for column in table.columns]
        assert len(rows) == lines and ",demo," in rows[0].replace('"', "")


async def test_scores_leave_as_means(store: Store) -> None:
    await store.scores.keep_quotes([sums(count=3)])
    chunks = [chunk async for chunk in export(store.scores.table(), "jsonl", ["bias_bps", "count"])]
    assert b'"count":3,"bias_bps":0.5' in b"".join(chunks)
