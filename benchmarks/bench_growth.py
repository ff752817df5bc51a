"""How a tick grows with the levels held and with the instruments followed.

The exponent e of cost ~ n^e between neighbouring sizes: 0 is flat, 1 is linear, and nothing may be
worse. Caches make a little more of a larger state, so the bound leaves them a tenth.

Levels: made-up books of n levels a side; each update replaces nine prices a side, spread over the
whole book, and the largest size walks four fifths of it. Instruments: the workload's own frames
under as many names; every message is for another book than the one before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import log
from random import Random

from benchmarks.contenders.fathom import Fathom
from benchmarks.frames import FIRST_SEQ, SYMBOL, Frames, spot
from benchmarks.report import Section
from benchmarks.row import Bound, Row, at_most, microseconds
from benchmarks.stopwatch import Block, Spread, Times, interleave
from benchmarks.workloads import SIZES, Ladder, ladder_of

LEVELS = (25, 100, 400, 1600, 5000)
INSTRUMENTS = (1, 4, 16, 64)
ROUNDS = 30
UPDATES = 60
REPLACED = 9
WALKED = 0.8
MIDDLE = 300_000
"""Ticks of a tenth."""
LINEAR: Bound = at_most(1.1)


def run(frames: Frames, *, quick: bool = False) -> Section:
    """Both curves."""
    rounds = 1 if quick else ROUNDS
    work = ladder_of(frames)
    by_levels = {n: levels_block(work, n) for n in LEVELS}
    by_instruments = {n: instruments_block(work, frames, n) for n in INSTRUMENTS}
    rows = [
        _row("levels a side", LEVELS, curve(by_levels, rounds), dict.fromkeys(LEVELS, UPDATES)),
        _row(
            "instruments, a message of each",
            INSTRUMENTS,
            curve(by_instruments, rounds),
            {n: n * len(frames.updates) for n in INSTRUMENTS},
        ),
    ]
    return "Growth of a tick", "CPU time per block; the steepest step between neighbours.", rows


def curve(blocks: Mapping[int, Block], rounds: int) -> Times:
    """Times by size."""
    return interleave({str(n): block for n, block in blocks.items()}, rounds=rounds)


def _row(what: str, sizes: Sequence[int], times: Times, messages: Mapping[int, int]) -> Row:
    steps = [
        [log(b / a) / log(large / small) for a, b in zip(*pair, strict=True)]
        for small, large in pairwise(sizes)
        for pair in [(times[str(small)], times[str(large)])]
    ]
    spreads = [Spread.of(step) for step in steps]
    seen = [f"{n}: {microseconds(min(times[str(n)]) / messages[n])}" for n in sizes]
    return Row(
        work=f"cost against {what}, exponent",
        reference="linear: 1",
        ratio=max(spreads, key=lambda spread: spread.median),
        unit="",
        target=LINEAR,
        note=f"least time a message, {', '.join(seen)}",
    )


def levels_block(work: Ladder, n: int) -> Block:
    """Ticks on a made-up book of n levels a side."""
    ours = Fathom(work, spot(SYMBOL))
    snapshot, *updates = made(n)

    def loop() -> None:
        for frame in updates:
            ours.tick(frame)

    return Block(loop, lambda: ours.start(snapshot))


def made(n: int) -> list[bytes]:
    """A snapshot and updates. Even ticks are held; an update moves some by one tick, or back."""
    random = Random(n)
    size = SIZES[-1] / WALKED / n / (MIDDLE / 10)
    sides = {
        "asks": [MIDDLE + 2 * k for k in range(1, n + 1)],
        "bids": [MIDDLE - 2 * k for k in range(1, n + 1)],
    }
    frames = [message("snapshot", {k: [(p, size) for p in v] for k, v in sides.items()}, 0)]
    moved: dict[str, list[int]] = {}
    for number in range(1, UPDATES + 1):
        is_out = number % 2 == 1
        if is_out:
            moved = {k: random.sample(v, REPLACED) for k, v in sides.items()}
        rows = {
            name: sorted(
                [(p, 0.0 if is_out else size) for p in prices]
                + [(p + 1, size if is_out else 0.0) for p in prices],
                reverse=name == "bids",
            )
            for name, prices in moved.items()
        }
        frames.append(message("update", rows, number))
    return frames


def message(action: str, rows: Mapping[str, Sequence[tuple[int, float]]], number: int) -> bytes:
    """As OKX writes it."""
    sides = ",".join(
        f'"{name}":[{",".join(level(tick, size) for tick, size in rows[name])}]'
        for name in ("asks", "bids")
    )
    previous = FIRST_SEQ + number - 1 if number else -1
    return (
        f'{{"arg":{{"channel":"books","instId":"{SYMBOL}"}},"action":"{action}","data":[{{{sides},'
        f'"ts":"{1_700_000_000_000 + 100 * number}","checksum":0,"prevSeqId":{previous},'
        f'"seqId":{FIRST_SEQ + number}}}]}}'
    ).encode()


def level(tick: int, size: float) -> str:
    """One row; size 0 removes."""
    text = f"{size:.8f}" if size else "0"
    return f'["{tick // 10}.{tick % 10}","{text}","0","1"]'


def instruments_block(work: Ladder, frames: Frames, n: int) -> Block:
    """n books, their messages in turn."""
    named = [f"C{k:02}-USDT" for k in range(n)]
    books = [Fathom(replace(work, symbol=name), spot(name)) for name in named]
    old = frames.instrument.venue_symbol.encode()
    snapshots = [frames.snapshot.replace(old, name.encode()) for name in named]
    updates = [[f.replace(old, name.encode()) for name in named] for f in frames.updates]

    def start() -> None:
        for ours, snapshot in zip(books, snapshots, strict=True):
            ours.start(snapshot)

    def loop() -> None:
        for turn in updates:
            for ours, frame in zip(books, turn, strict=True):
                ours.tick(frame)

    return Block(loop, start)
