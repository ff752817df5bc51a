"""A print on the tape, and the venue's rolling day volume."""

import msgspec

from market.instrument import Side


class Trade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One print. A struct rather than a dataclass because it is made on the tick path."""

    symbol: str
    """The venue's own id."""
    price: float
    size: float
    """base"""
    aggressor: Side
    """The taker's side."""
    event_ns: int
    """Venue clock."""
    recv_ns: int
    """Our clock."""


class DayVolume(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Rolling 24 h volume as the venue reports it, already in coins and money."""

    symbol: str
    base: float
    """base per day"""
    quote: float
    """quote per day"""
    event_ns: int
    recv_ns: int


class Candle(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One finished bar."""

    open_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    """base"""
