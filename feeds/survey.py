"""What a recording holds: its time, its gaps, its instruments. One pass; off the event loop.

A *segment* is an unbroken stretch: it begins with a connection, or after frames that the recorder
had to drop.
"""

from pathlib import Path

import msgspec

from feeds.base import (
    ChecksumMismatch,
    FeedError,
    FeedEvent,
    SequenceGap,
    Venue,
)
from feeds.playback import Playback, Step
from feeds.recording import Direction
from market.book import BookUpdate, OrderBook
from market.merge import ASKS, BIDS, PRICES
from market.trade import Trade
from market.units import NS_PER_S


class InstrumentSurvey(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument in a recording. All counts are of the whole file."""

    symbol: str
    """The venue's own id."""
    is_listed: bool
    """Whether its instrument facts are in the recording; without, sizes may be contracts."""
    messages: int
    """Received frames that said something about it."""
    snapshots: int
    updates: int
    """Changes applied to a book, snapshots not among them."""
    trades: int
    gaps: int
    """Missing updates that the venue's numbering shows."""
    checksums_verified: int
    checksums_failed: int
    errors: int
    """Frames about it that could not be used, for any other reason."""
    crossed: int
    """Books with the best bid above the best ask, after the message that made them so."""
    best_bid: float | None
    """As the last usable book had it (quote/base); None where there was none."""
    best_ask: float | None
    book_ns: int | None
    """Recorded time of that book."""


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """One pass over a recording."""

    symbols: tuple[str, ...]
    """Venue symbols that have a book in it, sorted."""
    frames: int
    """Received frames."""
    first_ns: int | None
    """Receive time of the first stamped frame; None where the source kept none."""
    last_ns: int | None
    instruments: tuple[InstrumentSurvey, ...] = ()
    """By symbol; those with trades only are here too."""
    segments: int = 0
    missed: int = 0
    """Frames that the recorder had to drop."""
    errors: int = 0
    """Frames that could not be used and name no instrument."""
    damage: str = ""
    """What ended the reading early; empty for a file that is whole or merely cut short."""

    @property
    def length_s(self) -> float | None:
        """From the first frame to the last (s); None where no times were kept."""
        if self.first_ns is None or self.last_ns is None:
            return None
        return (self.last_ns - self.first_ns) / NS_PER_S

    @property
    def gaps(self) -> int:
        """Missing updates over all instruments."""
        return sum(instrument.gaps for instrument in self.instruments)

    @property
    def crossed(self) -> int:
        """Crossed books over all instruments."""
        return sum(instrument.crossed for instrument in self.instruments)


def survey(path: Path, venue: Venue) -> Survey:
    """Play the whole file. DecodeError when it is no recording, OSError when it is not there."""
    playback = Playback(path, venue)
    census = Census(venue)
    for step in playback:
        census.take(step)
    return census.survey(playback)


class Census:
    """Counts the steps of a playback as they come."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._listed = frozenset(venue.instruments)
        self._counts: dict[str, _Count] = {}
        self._frames = self._missed = self._errors = self._segments = 0
        self._is_in_segment = False

    def take(self, step: Step) -> None:
        """Count one step."""
        is_frame = step.kind == Direction.RECV
        if step.kind in (Direction.CONNECT, Direction.GAP):
            self._is_in_segment = False
        if is_frame:
            self._frames += 1
            self._segments += not self._is_in_segment
            self._is_in_segment = True
        self._missed += step.missed
        if step.ended is not None:
            for count in self._counts.values():
                count.end()
        symbols = {symbol for event in step.events if (symbol := symbol_of(event)) is not None}
        for event in step.events:
            if (symbol := symbol_of(event)) is not None:
                self._of(symbol).apply(event, step.ns)
        if step.error is not None:
            symbols |= self._suffer(step.error)
        if is_frame:
            for symbol in symbols:
                self._of(symbol).messages += 1
        if step.verified and len(symbols) == 1:
            self._of(symbols.pop()).verified += step.verified

    def _suffer(self, error: FeedError) -> set[str]:
        """Count an error; whom it names. A loss on a numbered connection concerns every book."""
        if error.symbol is not None:
            self._of(error.symbol).suffer(error)
            return {error.symbol}
        books = [count for count in self._counts.values() if count.snapshots]
        if not isinstance(error, SequenceGap) or not books:
            self._errors += 1
            return set()
        for count in books:
            count.suffer(error)
        return set()

    def _of(self, symbol: str) -> "_Count":
        count = self._counts.get(symbol)
        if count is None:
            count = self._counts[symbol] = _Count(symbol)
        return count

    def survey(self, playback: Playback) -> Survey:
        """What was counted."""
        counts = [self._counts[symbol] for symbol in sorted(self._counts)]
        return Survey(
            symbols=tuple(c.symbol for c in counts if c.snapshots + c.updates),
            frames=self._frames,
            first_ns=playback.first_ns,
            last_ns=playback.last_ns,
            instruments=tuple(c.survey(is_listed=c.symbol in self._listed) for c in counts),
            segments=self._segments,
            missed=self._missed,
            errors=self._errors,
            damage=str(playback.damage or ""),
        )


class _Count:
    """Counts of one instrument, and its book."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.messages = self.snapshots = self.updates = self.trades = 0
        self.gaps = self.verified = self.failed = self.errors = self.crossed = 0
        self._book = OrderBook(symbol)
        self._is_broken = True
        self._best: tuple[float, float] | None = None
        self._book_ns: int | None = None

    def apply(self, event: FeedEvent, ns: int) -> None:
        if isinstance(event, Trade):
            self.trades += 1
        if not isinstance(event, BookUpdate) or (self._is_broken and not event.is_snapshot):
            return
        self._is_broken = False
        self.snapshots += event.is_snapshot
        self.updates += not event.is_snapshot
        self._book.apply(event)
        shape = self._book.shape
        self.crossed += shape == "crossed"
        if shape == "ok":
            levels, _ = self._book.raw()
            self._best = (float(levels[BIDS, PRICES, 0]), float(levels[ASKS, PRICES, 0]))
            self._book_ns = ns

    def suffer(self, error: FeedError) -> None:
        if isinstance(error, SequenceGap):
            self.gaps += 1
        elif isinstance(error, ChecksumMismatch):
            self.failed += 1
        else:
            self.errors += 1
        if error.resync is not None:
            self.end()

    def end(self) -> None:
        """No book until the next snapshot."""
        self._book.clear()
        self._is_broken = True

    def survey(self, *, is_listed: bool) -> InstrumentSurvey:
        bid, ask = self._best or (None, None)
        return InstrumentSurvey(
            symbol=self.symbol,
            is_listed=is_listed,
            messages=self.messages,
            snapshots=self.snapshots,
            updates=self.updates,
            trades=self.trades,
            gaps=self.gaps,
            checksums_verified=self.verified,
            checksums_failed=self.failed,
            errors=self.errors,
            crossed=self.crossed,
            best_bid=bid,
            best_ask=ask,
            book_ns=self._book_ns,
        )


def symbol_of(event: FeedEvent) -> str | None:
    """Whom an event concerns; None for those of the connection."""
    symbol: str | None = getattr(event, "symbol", None)
    return symbol
