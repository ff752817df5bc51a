"""A long run of the demo under random faults: does memory stay flat, is every error accounted for?

    python -m tests.soak [--minutes 60] [--rate 100] [--seed 1]

Four instruments at 100 updates/s each, through the real socket, runner and hub. One fault after the
other is drawn at random; each must be over, with every book equal to the exchange's own, before the
next. What a fault may count is stated (CHARGES); anything counted beyond that, or in between, is an
error unaccounted for. Exit code 0 only when there is none, no task was lost and memory was flat.
"""

import argparse
import asyncio
import gc
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from feeds.backoff import Pace, Pauses
from feeds.breaker import Trip
from tests.engine.bench import Bench, bench

SYMBOLS: Final = ("BTC-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP", "SOL-USDT-SWAP")
PACE: Final = Pace(
    reconnect=Pauses(first=0.2, least=0.2, most=1.0),
    resync=Pauses(first=0.1, least=0.2, most=1.0),
    steady_s=1.0,
    look_s=0.05,
    trip=Trip(failures=50),
    rest=Pauses(first=0.2, least=0.5, most=2.0),
)
FACTS: Final = {"ping_after_s": 1.0, "first_book_s": 3.0, "quiet_book_s": 3.0}
MEGABYTE: Final = 1 << 20
FLAT_MB: Final = 8.0
"""Growth from the end of the warm-up to the end that still counts as flat."""

ONE_BOOK: Final = {"gaps", "resyncs"}
LINE: Final = {"reconnects"}
CHARGES: Final[tuple[tuple[str, dict[str, Any], set[str]], ...]] = (
    # fault, options, what it may count
    ("gap", {}, ONE_BOOK),
    ("gap", {"count": 7}, ONE_BOOK),
    ("duplicate", {}, ONE_BOOK),
    ("reorder", {}, ONE_BOOK),
    ("sequence_reset", {}, set()),
    ("keep_alive", {}, set()),
    ("checksum", {}, {"checksum_failures", "resyncs"}),
    ("crossed", {"updates": 20}, set()),
    ("locked", {"updates": 20}, set()),
    ("one_sided", {"updates": 20}, set()),
    ("bad_number", {"kind": "nan"}, {"decode_errors", "resyncs"}),
    ("bad_number", {"kind": "negative"}, {"decode_errors", "resyncs"}),
    ("junk", {}, ONE_BOOK | {"decode_errors"}),
    ("burst", {"rate": 1000, "seconds": 1.0}, set()),
    ("stall", {"seconds": 4.0}, ONE_BOOK | LINE),
    ("tcp_reset", {}, LINE),
    ("close", {"code": 1006}, LINE),
    ("close", {"code": 4004}, LINE),
    ("age_cut", {"seconds": 0.0}, LINE),
    ("notice", {"lead_s": 2.0}, {"handovers"}),
    ("huge_frame", {}, LINE | {"decode_errors"}),
    ("stranger", {}, {"decode_errors"}),
    ("refuse", {}, ONE_BOOK | {"refused"}),
    ("clock_skew", {"seconds": 30.0, "lasts_s": 1.0}, set()),
    ("clock_skew", {"seconds": -30.0, "lasts_s": 1.0}, set()),
    ("http_error", {"status": 503, "count": 3}, {"rest_failures"}),
    ("dns", {"seconds": 0.5}, LINE),
    ("tls", {"seconds": 0.5}, LINE),
)


@dataclass(kw_only=True)
class Report:
    """What a run found."""

    seconds: float = 0.0
    updates: int = 0
    messages: int = 0
    drills: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    memory_mb: list[tuple[float, float]] = field(default_factory=list)
    """(seconds, resident MB), from the end of the warm-up on."""

    @property
    def growth_mb(self) -> float:
        """From the first fifth of the samples to the last, by their medians."""
        sizes = [size for _, size in self.memory_mb]
        fifth = max(1, len(sizes) // 5)
        return _median(sizes[-fifth:]) - _median(sizes[:fifth])

    @property
    def is_good(self) -> bool:
        """Nothing lost, nothing unaccounted for, memory flat."""
        return not self.problems and self.growth_mb <= FLAT_MB


class Errors(logging.Handler):
    """Keeps every record that says the program is wrong."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.name}: {record.getMessage()}")


async def soak(
    *, seconds: float, rate_hz: float, seed: int, warm_up_s: float, say: Any = None
) -> Report:
    """Faults for `seconds` after the warm-up; never raises for what it finds."""
    report, errors, draw = Report(), Errors(), random.Random(seed)
    logging.getLogger().addHandler(errors)
    before = asyncio.all_tasks()
    started = time.monotonic()
    deck: list[tuple[str, dict[str, Any], set[str]]] = []
    try:
        async with bench(*SYMBOLS, rate_hz=rate_hz, pace=PACE, facts=FACTS) as running:
            ours = _names()
            while (elapsed := time.monotonic() - started) < warm_up_s + seconds:
                if not deck:
                    deck = draw.sample(CHARGES, len(CHARGES))
                await _one(running, deck.pop(), draw, report)
                if _names() != ours:
                    report.problems.append(f"tasks: {sorted(ours ^ _names())}")
                    ours = _names()
                if elapsed >= warm_up_s:
                    report.memory_mb.append((elapsed, _resident_mb()))
                if say is not None:
                    say(elapsed, report)
            report.updates = sum(running.hub.updates(key) for key in running.keys)
            report.messages = running.health.messages
            report.counts = running.counts()
            if running.supervisor.crashes:
                report.problems.append(f"crashes: {running.supervisor.crashes}")
    finally:
        logging.getLogger().removeHandler(errors)
    report.seconds = time.monotonic() - started
    await asyncio.sleep(0.1)
    report.problems += [f"task left over: {t.get_name()}" for t in asyncio.all_tasks() - before]
    report.problems += [f"logged: {text}" for text in errors.texts]
    return report


async def _one(
    running: Bench,
    charge: tuple[str, dict[str, Any], set[str]],
    draw: random.Random,
    report: Report,
) -> None:
    """One fault, and a moment of peace after it in which nothing may be counted."""
    fault, options, may_count = charge
    symbol = draw.choice(SYMBOLS)
    report.drills[fault] += 1
    try:
        outcome = await running.drill(fault, symbol, patience_s=60.0, **options)
    except (TimeoutError, AssertionError) as error:
        report.problems.append(f"{fault} {options} on {symbol}: {error!r}")
        return
    if surplus := set(outcome.counts) - may_count:
        report.problems.append(f"{fault} {options} on {symbol} counted {sorted(surplus)}")
    quiet = running.counts()
    await asyncio.sleep(draw.uniform(0.0, 0.5))
    if (counted := running.counts()) != quiet:
        report.problems.append(f"after {fault} {options} on {symbol}: {+(counted - quiet)}")


def _names() -> Counter[str]:
    """Tasks that live as long as a feed does."""
    return Counter(
        name
        for task in asyncio.all_tasks()
        if (name := task.get_name()).startswith(("feed ", "watch", "embedded"))
    )


def _resident_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / MEGABYTE


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def main() -> int:
    """Run it long and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=100.0, help="updates/s of each instrument")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    last, told = 0.0, 0

    def say(elapsed: float, report: Report) -> None:
        nonlocal last, told
        for problem in report.problems[told:]:
            _say(f"{elapsed:6.0f} s  PROBLEM {problem}")
        told = len(report.problems)
        if elapsed - last >= 60.0:
            last = elapsed
            size = report.memory_mb[-1][1] if report.memory_mb else _resident_mb()
            drills, found = report.drills.total(), len(report.problems)
            _say(f"{elapsed:6.0f} s  {drills:5d} faults  {size:7.1f} MB  {found} problems")

    seconds = 60.0 * options.minutes
    warm_up_s = min(120.0, seconds / 5)
    report = asyncio.run(
        soak(seconds=seconds, rate_hz=options.rate, seed=options.seed, warm_up_s=warm_up_s, say=say)
    )
    _say("\n".join(_lines(report)))
    return 0 if report.is_good else 1


def _lines(report: Report) -> Iterator[str]:
    """The report for a terminal."""
    yield f"{report.seconds:.0f} s, {report.updates:,} updates, {report.messages:,} messages"
    yield f"faults: {dict(sorted(report.drills.items()))}"
    yield f"counted: {dict(+report.counts)}"
    if report.memory_mb:
        first, last = report.memory_mb[0][1], report.memory_mb[-1][1]
        yield (
            f"memory after warm-up {first:.1f} MB, at the end {last:.1f} MB; medians of the first "
            f"and the last fifth differ by {report.growth_mb:+.1f} MB"
        )
    yield from (f"PROBLEM {problem}" for problem in report.problems)
    yield "good" if report.is_good else "NOT GOOD"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
