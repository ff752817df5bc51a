"""A sweep of market orders on the workload's books, against one order at a time.

References: `estimate` called for each point; the earlier systems, which for each scenario turn the
levels into numbers, sort them and walk (S1's algorithm, its regression left out); and a plain loop
over levels that are numbers in order already. All give the same totals; that is checked. The sweep
keeps the total alone, as they do. CPU time, one thread. Memory is what tracemalloc sees at once.
"""

import gzip
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import log

import numpy as np

from benchmarks.frames import RECORDING, Frames, data_folder
from benchmarks.report import Section
from benchmarks.row import Row, at_least, at_most, significant
from benchmarks.stopwatch import Block, Spread, Times, interleave
from benchmarks.sweep_loops import (
    BOOKS,
    TAKER_BPS,
    as_earlier,
    as_lists,
    as_texts,
    naive,
    states_of,
)
from engine.sweeps.books import groups, pack, unpack
from market.instrument import Side
from models.base import MarketState
from models.estimate import estimate
from models.sweep import Frozen, Linear, Log, Sweep, Tier, plan
from models.sweep.evaluate import evaluate
from models.sweep.plan import Plan
from models.sweep.point import request_at
from models.sweep.table import as_parquet, as_table, fees_of

ROUNDS = 15
LOOPED = 300
"""Points that the references price in a round."""
SIZES_OF_GROWTH = (10_000, 100_000, 1_000_000, 10_000_000)


def declared(
    points: int = 1_000_000, books: int = BOOKS, measures: tuple[str, ...] = ("total_bps",)
) -> Sweep:
    """Books × 2 sides × 50 sizes × volatilities × tiers, S1's sum."""
    inner = max(1, points // (books * 100))
    tiers = tuple(Tier(maker_bps=0.0, taker_bps=TAKER_BPS + k) for k in range(min(inner, 10)))
    return Sweep(
        name="benchmark",
        states=Frozen(()),
        size=Log(1e3, 1e6, 50),
        unit="quote",  # type: ignore[arg-type]
        sides=(Side.BUY, Side.SELL),
        recipes=("seed1",),
        sigma_day=Linear(0.01, 0.1, max(1, inner // len(tiers))),
        tiers=tiers,
        measures=measures,
    )


def run(frames: Frames, *, quick: bool = False) -> Section:
    """Rates, memory, growth, and books from the disk."""
    states = states_of(frames)
    rounds = 2 if quick else ROUNDS
    rows = [
        *_rates(states, rounds),
        _memory(states),
        _growth(states, (10_000, 30_000) if quick else SIZES_OF_GROWTH),
        *_streamed(states, rounds),
    ]
    return "Sweeps", f"{__doc__.partition('.')[0]}. One thread, CPU time.", rows


def priced(planned: Plan, states: list[MarketState]) -> Iterator[np.ndarray]:
    """Totals of every chunk."""
    fees = fees_of(states, None)
    for chunk in planned.chunks():
        first, last = chunk.states
        yield evaluate(planned, chunk, states[first:last], fees[first:last]).measures["total_bps"]


def whole(planned: Plan, states: list[MarketState]) -> Callable[[], None]:
    """A run that keeps nothing."""

    def work() -> None:
        for _ in priced(planned, states):
            pass

    return work


def _rates(states: list[MarketState], rounds: int) -> list[Row]:
    planned = plan(declared(), BOOKS)
    everything = plan(declared(measures=()), BOOKS)
    fees = fees_of(states, None)
    chosen = np.linspace(0, planned.points - 1, LOOPED).astype(int).tolist()
    asked = [
        request_at(planned, p, states[planned.columns_at(p)["state"]], fees[0]) for p in chosen
    ]
    lists = [as_lists(planned, states, p) for p in chosen]
    totals = np.concatenate(list(priced(planned, states)))[chosen]
    texts = [(as_texts(levels, sizes), *rest) for levels, sizes, *rest in lists]
    by_loop = [naive(*scenario) for scenario in lists]
    # the loop spends to the last cent what the venue's lot rounds down
    assert np.allclose(totals, by_loop, rtol=1e-3, atol=1e-2), "the loop does another job"
    assert by_loop == [as_earlier(*scenario) for scenario in texts]
    assert totals.tolist() == [estimate(*pair).total_bps for pair in asked]

    def kept() -> None:
        for chunk in everything.chunks():
            first, last = chunk.states
            results = evaluate(everything, chunk, states[first:last], fees[first:last])
            as_parquet(as_table(everything, chunk, states[first:last], results))

    blocks = {
        "sweep": Block(whole(planned, states)),
        "every column": Block(whole(everything, states)),
        "kept": Block(kept),
        "earlier": Block(lambda: [as_earlier(*scenario) for scenario in texts]),
        "loop": Block(lambda: [naive(*scenario) for scenario in lists]),
        "estimate": Block(lambda: [estimate(*pair) for pair in asked]),
    }
    times = interleave(blocks, rounds)
    each = {
        name: min(t) / (LOOPED if name in ("earlier", "loop", "estimate") else planned.points)
        for name, t in times.items()
    }
    seen = f"{1e3 / each['sweep']:,.0f} million points a second, {each['sweep']:.3g} ns each"
    return [
        Row(
            work=f"sweep of {planned.points:,} points, the total",
            reference="the earlier systems' loop per scenario",
            ratio=_speed(times, "earlier", "sweep", planned.points),
            target=at_least(1000),
            moonshot=at_least(8000),
            note=f"{seen}; their loop {each['earlier'] / 1e3:.3g} µs each",
        ),
        Row(
            work="the same",
            reference="plain Python loop on sorted numbers",
            ratio=_speed(times, "loop", "sweep", planned.points),
            note=f"the loop {each['loop'] / 1e3:.3g} µs each",
        ),
        Row(
            work="the same",
            reference="estimate, one point at a time",
            ratio=_speed(times, "estimate", "sweep", planned.points),
            note=f"estimate {each['estimate'] / 1e3:.3g} µs each",
        ),
        Row(
            work="the same, all measures",
            reference="estimate, one point at a time",
            ratio=_speed(times, "estimate", "every column", planned.points),
            note=f"{each['every column']:.3g} ns each",
        ),
        Row(
            work="the same, all measures, as compressed Parquet",
            reference="estimate, one point at a time",
            ratio=_speed(times, "estimate", "kept", planned.points),
            note=f"{each['kept']:.3g} ns each",
        ),
    ]


def _speed(times: Times, slow: str, fast: str, points: int) -> Spread:
    """How many times as many points a second."""
    pairs = zip(times[slow], times[fast], strict=True)
    return Spread.of([(a / LOOPED) / (b / points) for a, b in pairs])


def _memory(states: list[MarketState]) -> Row:
    """Peak of one chunk's results, over its points and columns."""
    planned = plan(declared(measures=()), BOOKS)
    chunk, fees = next(planned.chunks()), fees_of(states, None)
    first, last = chunk.states
    tracemalloc.start()
    results = evaluate(planned, chunk, states[first:last], fees[first:last])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    each = peak / chunk.points / (len(results.measures) + 2)
    return Row(
        work="memory of a sweep, bytes per point and column",
        reference="8 B per value kept",
        ratio=Spread.of([each]),
        unit="B",
        target=at_most(12),
        note=f"{peak / (1 << 20):.3g} MiB at once for a chunk of {chunk.points:,} points, whatever "
        f"the number of books; {peak / chunk.points:.3g} MB per million points if all were held",
    )


def _growth(states: list[MarketState], sizes: tuple[int, ...]) -> Row:
    """CPU time against the number of points."""
    seconds = []
    for size in sizes:
        work = whole(plan(declared(size), BOOKS), states)
        work()
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    steps = [
        log(b / a) / log(n / m)
        for (a, b), (m, n) in zip(pairwise(seconds), pairwise(sizes), strict=True)
    ]
    return Row(
        work="cost against points, exponent",
        reference="linear: 1",
        ratio=Spread.of([max(steps)]),
        unit="",
        target=at_most(1.1),
        note=", ".join(
            f"{n:,}: {significant(s * 1e3)} ms" for n, s in zip(sizes, seconds, strict=True)
        ),
    )


def _streamed(states: list[MarketState], rounds: int) -> list[Row]:
    """A small sweep on every book, books read from rest, against reading bytes."""
    data = [pack(group) for group in groups(states)]
    planned = plan(declared(BOOKS * 100), BOOKS)
    fees = fees_of(states, None)

    def sweep() -> None:
        for chunk in planned.chunks():
            group = unpack(data[chunk.states[0] // 64])
            first, last = (i % 64 for i in (chunk.states[0], chunk.states[1] - 1))
            evaluate(planned, chunk, group[first : last + 1], fees[first : last + 1])

    blocks = {"sweep": Block(sweep)}
    recording = data_folder() / RECORDING
    if recording.exists():
        blocks["bytes"] = Block(lambda: gzip.decompress(recording.read_bytes()))
    times = interleave(blocks, rounds)
    each_us = min(times["sweep"]) / 1e3 / BOOKS
    note = f"{sum(map(len, data)) / BOOKS:,.0f} B a book at rest, {each_us:.3g} µs a book"
    ratio = None
    if "bytes" in times:
        ratio = Spread.of([a / b for a, b in zip(times["sweep"], times["bytes"], strict=True)])
    return [
        Row(
            work=f"{planned.points:,} points on {BOOKS} books streamed from rest",
            reference="reading every byte of the recording they were sampled from",
            ratio=ratio,
            target=at_most(3),
            moonshot=at_most(1.5),
            note=note if ratio else f"no recording here; {note}",
        )
    ]
