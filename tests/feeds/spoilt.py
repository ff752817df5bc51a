"""Frames of a recording, whole and spoilt."""

from collections.abc import Iterator
from pathlib import Path

from feeds.base import FeedEvent, Venue
from feeds.recording import Direction, read
from market.book import BookUpdate, OrderBook
from market.instrument import Instrument, Kind

RECV = 1_790_000_000_150_000_000


def frames_of(path: Path) -> list[bytes]:
    return [line.raw.encode() for line in read(path) if line.t == Direction.RECV]


def after_spoiling(frames: list[bytes], place: int) -> Iterator[tuple[str, list[bytes]]]:
    """How the stream goes on when the frame at `place` is lost, doubled or late by one."""
    this, following, rest = frames[place], frames[place + 1], frames[place + 2 :]
    yield "dropped", [following, *rest]
    yield "doubled", [this, this, following, *rest]
    yield "swapped", [following, this, *rest]


def feed(venue: Venue, *frames: bytes) -> list[FeedEvent]:
    """All events of these frames, in order."""
    return [event for frame in frames for event in venue.receive(frame, RECV)]


def books(venue: Venue, *frames: bytes) -> list[BookUpdate]:
    """Only what changes a book."""
    return [event for event in feed(venue, *frames) if isinstance(event, BookUpdate)]


def spot(venue: str, symbol: str, product: str = "spot") -> dict[str, Instrument]:
    """One spot listing, by its symbol."""
    base, quote = symbol.replace("/", "-").split("-")
    return {
        symbol: Instrument(
            venue=venue,
            venue_symbol=symbol,
            base=base,
            quote=quote,
            settle="",
            kind=Kind.SPOT,
            product=product,
            tick_size=0.01,
            lot_size=1e-8,
            min_size=1e-8,
        )
    }


def best(book: OrderBook, n: int = 10) -> list[float]:
    """Prices and sizes of the first levels of both sides."""
    levels, counts = book.raw()
    return [x for side in range(2) for x in levels[side, :, : min(n, counts[side])].ravel()]
