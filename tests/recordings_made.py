"""Recordings written by tests, in Fathom's own neutral form."""

import gzip
import random
from pathlib import Path

import msgspec

from feeds.fathom import INSTRUMENTS_URL, NAME, Frame
from feeds.recording import Line, written
from market.units import NS_PER_S
from tests import builders

FIRST_NS = 1_790_000_000 * NS_PER_S
STEP_NS = NS_PER_S // 10
SYMBOL = "BTC-USDT"


def write_fathom(path: Path, updates: int, gap_at: int | None = None) -> Path:
    """A book of 10 levels a side, and changes of it a tenth of a second apart.

    `gap_at` leaves out that change; 20 changes later a snapshot mends the book.
    """
    facts = msgspec.json.encode([builders.instrument()]).decode()
    lines = [
        Line("connect", FIRST_NS, NAME, INSTRUMENTS_URL),
        Line("http", FIRST_NS, NAME, INSTRUMENTS_URL, facts),
    ]
    draw = random.Random(7)
    for number in range(updates + 1):
        is_whole = number == 0 or (gap_at is not None and number == gap_at + 20)
        if number != gap_at:
            raw = msgspec.json.encode(_frame(draw, number, is_whole)).decode()
            lines.append(Line("recv", FIRST_NS + number * STEP_NS, NAME, raw=raw))
    path.write_bytes(gzip.compress(b"".join(written(line) for line in lines)))
    return path


def _frame(draw: random.Random, number: int, is_whole: bool) -> Frame:
    """A snapshot, or one new level in front and another size behind it."""
    best = 100 + 0.1 * draw.randint(-5, 5)
    depth = range(10) if is_whole else (draw.randint(6, 9),)
    return Frame(
        book=SYMBOL,
        snapshot=is_whole,
        seq=number,
        event_ns=FIRST_NS + number * STEP_NS,
        bids=[(round(best - 1 - n, 1), draw.uniform(0.5, 2)) for n in depth],
        asks=[(round(best + 1 + n, 1), draw.uniform(0.5, 2)) for n in depth],
    )
