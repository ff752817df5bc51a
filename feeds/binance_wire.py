"""Binance messages as they are on the wire, and what differs between its three products.

             spot             USD-M (linear)      COIN-M (inverse)
size         base             base                contracts of 10 or 100 USD
`v`, `q`     base, quote      base, quote         contracts, base      (day volume)
paths        /api/v3          /fapi/v1            /dapi/v1
"""

from typing import Annotated, Final

import msgspec

from feeds.base import DecodeError
from feeds.binance_book import NO_ID, FuturesRule, Link, Rule, SpotRule
from feeds.figures import Level, Millis, day_volume, decode, levels, number
from market.book import BookUpdate
from market.instrument import Instrument, Kind
from market.trade import DayVolume
from market.units import NS_PER_MS

Id = Annotated[int, msgspec.Meta(ge=0)]


LISTED_BY: Final = "binance"
"""The venue of every instrument, for its fees are one house's, whatever the feed is called."""


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One of Binance's markets."""

    venue: str
    fees: str
    """Key of the fee schedule."""
    kind: Kind
    api: str
    """Where its REST paths begin."""
    rule: Rule
    book_levels: int
    """Levels fetched for the splice. Spot charges 250 of 6,000 a minute for 5,000, and 50 for
    1,000, which is enough: levels beyond come into the book as they change."""


SPOT: Final = Product(
    venue="binance",
    fees="spot",
    kind=Kind.SPOT,
    api="/api/v3",
    rule=SpotRule(),
    book_levels=1000,
)
USDM: Final = Product(
    venue="binance_usdm",
    fees="usdm",
    kind=Kind.LINEAR,
    api="/fapi/v1",
    rule=FuturesRule(),
    book_levels=1000,
)
COINM: Final = Product(
    venue="binance_coinm",
    fees="coinm",
    kind=Kind.INVERSE,
    api="/dapi/v1",
    rule=FuturesRule(),
    book_levels=1000,
)


class Depth(msgspec.Struct, frozen=True, gc=False):
    """A change of a book; `pu` on futures only."""

    s: str
    E: Millis
    U: Id
    u: Id
    b: list[Level]
    a: list[Level]
    pu: int = NO_ID


class Wrapped(msgspec.Struct, frozen=True):
    """A change inside a combined stream."""

    data: Depth


class Frame(msgspec.Struct, frozen=True):
    """Any frame, of a combined stream or a bare one; answers have an id, errors a code too."""

    data: msgspec.Raw = msgspec.Raw(b"")
    e: str = ""
    s: str = ""
    id: int | str | None = None
    code: int = 0
    msg: str = ""
    error: msgspec.Raw = msgspec.Raw(b"")


class Print(msgspec.Struct, frozen=True):
    """`trade` or `aggTrade`. `m`: the buyer was the maker, so the taker sold."""

    s: str
    p: str
    q: str
    T: Millis
    m: bool
    X: str = "MARKET"
    """Futures: what made the trade. INSURANCE_FUND and ADL do not come from the book."""


class Ticker(msgspec.Struct, frozen=True):
    """Rolling 24 h figures."""

    s: str
    E: Millis
    h: str
    l: str  # noqa: E741 - the venue's own field name
    v: str
    q: str


class Book(msgspec.Struct, frozen=True):
    """A fetched book. Spot sends neither time nor symbol, USD-M no symbol."""

    lastUpdateId: Id
    bids: list[Level]
    asks: list[Level]
    E: Millis = 0
    symbol: str = ""


DEPTH: Final = msgspec.json.Decoder(Depth)
WRAPPED: Final = msgspec.json.Decoder(Wrapped)
BOOK: Final = msgspec.json.Decoder(Book)


def book_update(body: Depth, instrument: Instrument, recv_ns: int) -> tuple[Link, BookUpdate]:
    """A change as an event, sizes in base, beside its ids. Raises DecodeError with the book."""
    symbol = instrument.venue_symbol
    if body.u < body.U:
        raise DecodeError(f"{instrument.venue} {symbol}: ids {body.U} to {body.u}", resync=symbol)
    update = BookUpdate(
        symbol=symbol,
        is_snapshot=False,
        rows=levels(body.b, body.a, instrument),
        n_bids=len(body.b),
        seq=body.u,
        event_ns=body.E * NS_PER_MS,
        recv_ns=recv_ns,
    )
    return Link(body.U, body.u, body.pu), update


def fetched_book(body: bytes, instrument: Instrument, recv_ns: int) -> BookUpdate:
    """A fetched book as a snapshot; its time is 0 where the venue sends none.

    {"lastUpdateId":1027024,"bids":[["60000.00","1.2"]],"asks":[["60000.10","0.5"]]}
    """
    book: Book = decode(body, BOOK, instrument.venue, "a fetched book")
    if not book.bids and not book.asks:
        raise DecodeError(f"{instrument.venue} {instrument.venue_symbol}: an empty book")
    return BookUpdate(
        symbol=instrument.venue_symbol,
        is_snapshot=True,
        rows=levels(book.bids, book.asks, instrument),
        n_bids=len(book.bids),
        seq=book.lastUpdateId,
        event_ns=book.E * NS_PER_MS,
        recv_ns=recv_ns,
    )


def volume(ticker: Ticker, instrument: Instrument, recv_ns: int) -> DayVolume:
    """Day volume in coins and money. Raises DecodeError where the units do not fit the price."""
    name, symbol = instrument.venue, instrument.venue_symbol
    high, low = (number(text, "day's range", name, symbol) for text in (ticker.h, ticker.l))
    first, second = (number(text, "day volume", name, symbol) for text in (ticker.v, ticker.q))
    if instrument.kind is Kind.INVERSE:
        base, quote = second, first * instrument.contract_size
    else:
        base, quote = first, second
    return day_volume(
        base,
        quote,
        low=low,
        high=high,
        instrument=instrument,
        event_ms=ticker.E,
        recv_ns=recv_ns,
    )
