"""What a recording holds: its books, its time, its length. Reads the whole file; off the loop."""

from pathlib import Path

import msgspec

from feeds.base import FeedError, Venue
from feeds.recording import Direction, read
from market.book import BookUpdate


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """One pass over a recording."""

    symbols: tuple[str, ...]
    """Venue symbols that have a book in it, sorted."""
    frames: int
    """Received frames."""
    first_ns: int | None
    """Receive time of the first stamped frame; None where the source kept none."""
    last_ns: int | None


def survey(path: Path, venue: Venue) -> Survey:
    """Decode every received frame; one that the venue refuses counts as a frame and no more."""
    symbols: set[str] = set()
    stamps: list[int] = []
    frames = 0
    for line in read(path):
        if line.t != Direction.RECV:
            continue
        frames += 1
        if line.ts_ns is not None:
            stamps = [stamps[0] if stamps else line.ts_ns, line.ts_ns]
        try:
            events = venue.receive(line.raw.encode(), line.ts_ns or 0)
        except FeedError:
            continue
        symbols.update(event.symbol for event in events if isinstance(event, BookUpdate))
    return Survey(
        symbols=tuple(sorted(symbols)),
        frames=frames,
        first_ns=stamps[0] if stamps else None,
        last_ns=stamps[-1] if stamps else None,
    )
