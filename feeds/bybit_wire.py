"""Bybit v5 messages as they are on the wire, shared by the stream and REST."""

from typing import Final

import msgspec

from feeds.figures import Level, Millis, day_volume, number
from market.instrument import Instrument
from market.trade import DayVolume

LISTED_BY: Final = "bybit"
"""The venue of every instrument, for its fees are one house's, whatever the feed is called."""
RATE_LIMIT: Final = 10006


class Envelope(msgspec.Struct, frozen=True):
    """Any message: data of a topic, or an answer to a request."""

    topic: str = ""
    type: str = ""
    ts: Millis = 0
    data: msgspec.Raw = msgspec.Raw(b"")
    op: str = ""
    success: bool = True
    ret_msg: str = ""
    req_id: str = ""
    retCode: int = 0


class Book(msgspec.Struct, frozen=True, gc=False):
    """A snapshot or a change."""

    s: str
    b: list[Level]
    a: list[Level]
    u: int


class BookMessage(msgspec.Struct, frozen=True):
    """The hot message in one decode."""

    topic: str
    type: str
    ts: Millis
    data: Book


class Print(msgspec.Struct, frozen=True):
    """One trade. `S` is the taker's side."""

    T: Millis
    s: str
    S: str
    v: str
    p: str
    BT: bool = False
    """A block trade: agreed elsewhere, no part of the book."""


class Ticker(msgspec.Struct, frozen=True):
    """Rolling 24 h figures. In a delta an absent field has not changed."""

    symbol: str
    highPrice24h: str = ""
    lowPrice24h: str = ""
    volume24h: str = ""
    turnover24h: str = ""


def volume(ticker: Ticker, instrument: Instrument, event_ms: int, recv_ns: int) -> DayVolume:
    """Day volume of a whole ticker. Raises DecodeError where the units do not fit the price."""
    base, quote, low, high = (
        number(getattr(ticker, field), field, instrument.venue, instrument.venue_symbol)
        for field in TICKER_FIELDS
    )
    return day_volume(
        base,
        quote,
        low=low,
        high=high,
        instrument=instrument,
        event_ms=event_ms,
        recv_ns=recv_ns,
    )


TICKER_FIELDS: Final = ("volume24h", "turnover24h", "lowPrice24h", "highPrice24h")

ENVELOPE: Final = msgspec.json.Decoder(Envelope)
BOOK_MESSAGE: Final = msgspec.json.Decoder(BookMessage)
BOOK: Final = msgspec.json.Decoder(Book)
PRINTS: Final = msgspec.json.Decoder(list[Print])
TICKER: Final = msgspec.json.Decoder(Ticker)
