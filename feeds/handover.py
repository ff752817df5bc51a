"""Two connections of one venue for a moment: which of them is believed, symbol by symbol.

A venue that announces its end is given a second connection before the first one goes. Each book
moves at the first snapshot that the fresh connection brings of it: that replaces the book whole, so
there is no moment without a price, no level of the old one left, and no need to compare the
sequence numbers of two connections.
"""

from collections.abc import Callable

from feeds.base import FeedError, FeedEvent
from feeds.intake import Intake
from market.book import BookUpdate


class Claims:
    """Stands between a fresh intake and the listener while an old one is still at work."""

    def __init__(
        self,
        old: Intake,
        on_event: Callable[[FeedEvent], None],
        on_broken: Callable[[str, FeedError], None],
        on_done: Callable[[], None],
    ) -> None:
        """`on_done` is called when the old one has no book left that could move."""
        self._old = old
        self._on_event = on_event
        self._on_broken = on_broken
        self._on_done = on_done

    def on_event(self, event: FeedEvent) -> None:
        """Pass on what concerns a book that has moved, or moves with this event."""
        symbol: str | None = getattr(event, "symbol", None)
        if symbol is None or symbol not in self._old.followed:
            self._on_event(event)
        elif isinstance(event, BookUpdate) and event.is_snapshot:
            self._old.release(symbol)
            self._on_event(event)
            if self._old.is_empty:
                self._on_done()

    def on_broken(self, symbol: str, error: FeedError) -> None:
        """A book that has not moved yet is priced by the old connection still."""
        if symbol not in self._old.followed:
            self._on_broken(symbol, error)
