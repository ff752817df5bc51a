"""Who wants to see every event of a market in order, beside the hub: learning and scoring.

The hub calls; a follower answers at once and never raises: it stands between a socket and a book.
"""

from typing import Protocol

from engine.market_key import MarketKey
from feeds.base import FeedEvent


class TapeFollower(Protocol):
    """Sees events around the moment they change a book."""

    def before(self, key: MarketKey, event: FeedEvent) -> None:
        """The event came; the book still stands as it was until now."""
        ...

    def after(self, key: MarketKey, event: FeedEvent) -> None:
        """The event has been applied."""
        ...

    def broke(self, key: MarketKey) -> None:
        """The book was emptied or the market closed: what waits for its tape waits in vain."""
        ...
