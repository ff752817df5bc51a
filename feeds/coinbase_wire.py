"""Coinbase messages as they are on the wire: Advanced Trade, and the older Exchange feed.

Numbers are text. Sizes are coins. What is shared by coinbase.py and coinbase_exchange.py.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from feeds import figures
from feeds.base import DecodeError, Venue
from feeds.inferred import admit
from feeds.stamps import iso_ns
from market.instrument import Instrument, Kind, Side
from market.trade import DayVolume, Trade
from market.units import NS_PER_MS

VENUE: Final = "coinbase"
"""One company, one order book a product; the name its fees are published under."""


class Envelope(msgspec.Struct, frozen=True):
    """Any Advanced Trade message; an error has a type instead of a channel."""

    channel: str = ""
    sequence_num: int = -1
    timestamp: str = ""
    events: msgspec.Raw = msgspec.Raw(b"[]")
    type: str = ""
    message: str = ""


class Level(msgspec.Struct, frozen=True, gc=False):
    """One level of one side."""

    side: str
    price_level: str
    new_quantity: str


class BookEvent(msgspec.Struct, frozen=True):
    """A snapshot or changes of one product."""

    type: str
    product_id: str
    updates: list[Level]


class Print(msgspec.Struct, frozen=True):
    """One trade. `side` is the maker's."""

    product_id: str
    price: str
    size: str
    side: str
    time: str


class PrintEvent(msgspec.Struct, frozen=True):
    """Trades, newest first."""

    type: str
    trades: list[Print]


class Ticker(msgspec.Struct, frozen=True):
    """Rolling 24 h figures."""

    product_id: str
    price: str
    volume_24_h: str
    low_24_h: str
    high_24_h: str


class TickerEvent(msgspec.Struct, frozen=True):
    """Tickers of some products."""

    tickers: list[Ticker]


class SubscriptionEvent(msgspec.Struct, frozen=True):
    """All that is subscribed by now: channel -> products."""

    subscriptions: dict[str, list[str]]


class Message(msgspec.Struct, frozen=True):
    """Any message of the Exchange feed; what is filled depends on its type."""

    type: str
    product_id: str = ""
    time: str = ""
    bids: list[figures.Level] = []
    asks: list[figures.Level] = []
    changes: list[tuple[str, str, str]] = []
    price: str = ""
    size: str = ""
    side: str = ""
    volume_24h: str = ""
    low_24h: str = ""
    high_24h: str = ""
    message: str = ""
    reason: str = ""
    channels: list["Channel"] = []


class Channel(msgspec.Struct, frozen=True):
    """One subscribed channel."""

    name: str
    product_ids: list[str] = []


TAKER_OF: Final = {
    "BUY": Side.SELL,
    "SELL": Side.BUY,
    "buy": Side.SELL,
    "sell": Side.BUY,
}
"""A trade names the side of the order that was resting."""


def trade(print_: Print | Message, instrument: Instrument, recv_ns: int) -> Trade:
    """A print, by the taker's side."""
    symbol = instrument.venue_symbol
    aggressor = TAKER_OF.get(print_.side)
    if aggressor is None:
        raise DecodeError(f"Coinbase {symbol}: trade side {print_.side[:20]!r}", symbol=symbol)
    return Trade(
        symbol=symbol,
        price=figures.positive(print_.price, "trade price", "Coinbase", symbol),
        size=figures.positive(print_.size, "trade size", "Coinbase", symbol),
        aggressor=aggressor,
        event_ns=iso_ns(print_.time, "Coinbase", symbol),
        recv_ns=recv_ns,
    )


def volume(
    instrument: Instrument, *, price: str, base: str, low: str, high: str, recv_ns: int
) -> DayVolume:
    """Rolling volume; the venue counts coins only, so money is coins at the last price."""
    symbol = instrument.venue_symbol
    last, coins, lowest, highest = (
        figures.number(text, what, "Coinbase", symbol)
        for text, what in ((price, "price"), (base, "volume"), (low, "low"), (high, "high"))
    )
    return figures.day_volume(
        coins,
        coins * last,
        low=lowest,
        high=highest,
        instrument=instrument,
        event_ms=recv_ns // NS_PER_MS,
        recv_ns=recv_ns,
    )


def listing(
    venue: Venue, symbol: str, product: str, levels: Sequence[figures.Level] = ()
) -> Instrument:
    """The instrument; a recording that lacks it needs no more than its book's levels.

    `BTC-USD` names both currencies, and sizes are coins.
    """
    if venue.admits_unlisted:
        base, _, quote = symbol.partition("-")
        pair = (base, quote) if base and quote and "-" not in quote else None
        admit(venue, symbol, pair, levels, kind=Kind.SPOT, product=product, listed_by=VENUE)
    return venue.instrument(symbol)


def named_in(text: str, symbols: Iterable[str]) -> str | None:
    """The symbol that an error's text mentions, the longest if one holds another."""
    return max((symbol for symbol in symbols if symbol in text), key=len, default=None)
