"""What a market is called inside the engine."""

from typing import NamedTuple

from models.base import Source


class MarketKey(NamedTuple):
    """One instrument of one source. Two sources never share a book."""

    source: Source
    venue: str
    symbol: str
    """The venue's own id."""
