"""Recorded lines through a decoder, the books they make, and what a damaged run does to them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from feeds.base import FeedError, Venue
from feeds.recording import Direction, Line
from market.book import BookUpdate, OrderBook
from market.trade import Trade


def digest(book: OrderBook) -> bytes:
    """All levels of a book, to be compared."""
    levels, (bids, asks) = book.raw()
    return levels[0, :, :bids].tobytes() + b"|" + levels[1, :, :asks].tobytes()


@dataclass
class Run:
    """What came out of a venue."""

    counts: Counter[str] = field(default_factory=Counter)
    books: dict[str, OrderBook] = field(default_factory=dict)
    errors: list[FeedError] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    crossed: int = 0
    states: dict[tuple[str, int], bytes] | None = None
    """By symbol and seq: the book at that number, where they are kept."""

    def take(self, event: Any) -> None:
        self.counts[type(event).__name__] += 1
        if isinstance(event, Trade):
            self.trades.append(event)
        if isinstance(event, BookUpdate):
            self.counts["snapshots" if event.is_snapshot else "updates"] += 1
            book = self.books.setdefault(event.symbol, OrderBook(event.symbol))
            book.apply(event)
            self.crossed += book.shape == "crossed"
            if self.states is not None:
                self.states[event.symbol, event.seq] = digest(book)


def run(venue: Venue, lines: list[Line], *, keep_states: bool = False) -> Run:
    """Every line in order, as a replay without a socket would."""
    found = Run(states={} if keep_states else None)
    venue.admits_unlisted = True
    for line in lines:
        raw = line.raw.encode()
        try:
            if line.t == Direction.RECV:
                events = venue.receive(raw, line.ts_ns or 0)
            else:
                events = venue.recall(line.url, raw, line.ts_ns or 0)
        except FeedError as error:
            found.errors.append(error)
            continue
        for event in events:
            found.take(event)
    return found


def damaged(lines: list[Line], how: str, place: int) -> list[Line]:
    """The lines with one dropped, sent twice, or swapped with the next."""
    if how == "dropped":
        return lines[:place] + lines[place + 1 :]
    if how == "doubled":
        return lines[: place + 1] + lines[place:]
    return [*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]]


def assert_never_wrong(broken: Run, clean: Run) -> None:
    """Each book stands at a state that the undamaged run had, and is the last one unless an error
    named the book."""
    assert clean.states is not None
    told = {error.resync for error in broken.errors}
    for symbol, book in broken.books.items():
        assert clean.states[symbol, book.seq] == digest(book)
        assert symbol in told or book.seq == clean.books[symbol].seq
    assert all(symbol in broken.books or symbol in told for symbol in clean.books)
