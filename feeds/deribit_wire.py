"""Deribit messages as they are on the wire. All figures are JSON numbers.

The one place that knows the unit of an amount: USD for inverse contracts, coins for linear ones and
for spot. Either way it is no count of contracts: BTC-PERPETUAL counts 10 USD as one contract, and
its amounts are multiples of 10.
"""

from typing import Annotated, Final, Literal

import msgspec
import numpy as np

from feeds import figures
from feeds.base import DecodeError
from feeds.deribit_requests import Problem
from market.book import BookUpdate
from market.instrument import Floats, Instrument, Kind, Side
from market.trade import DayVolume, Trade
from market.units import NS_PER_MS

Action = Literal["new", "change", "delete"]
Row = tuple[Action, float, float]
"""[what happened, price, amount]"""
NO_ID: Final = -1
Id = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class Params(msgspec.Struct, frozen=True):
    """Data of a channel, or the kind of a heartbeat."""

    channel: str = ""
    type: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


class Envelope(msgspec.Struct, frozen=True):
    """Any message: a notification has a method, an answer has an id."""

    method: str = ""
    id: int | None = None
    params: Params = Params()
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: Problem | None = None


class Book(msgspec.Struct, frozen=True):
    """A snapshot or a change. `prev_change_id` is missing on a snapshot."""

    instrument_name: str
    timestamp: figures.Millis
    change_id: Id
    bids: list[Row]
    asks: list[Row]
    type: Literal["snapshot", "change"]
    prev_change_id: int = NO_ID


class Print(msgspec.Struct, frozen=True):
    """One trade; `direction` is the taker's."""

    instrument_name: str
    price: float
    amount: float
    direction: str
    timestamp: figures.Millis


class Stats(msgspec.Struct, frozen=True):
    """Rolling 24 h; volume in coins. Figures are null before the first trade."""

    volume: float | None = None
    volume_usd: float | None = None
    low: float | None = None
    high: float | None = None


class Ticker(msgspec.Struct, frozen=True):
    """The part of a ticker that we read."""

    instrument_name: str
    timestamp: figures.Millis
    stats: Stats
    last_price: float | None = None


def base_of(amounts: Floats, prices: Floats, kind: Kind) -> Floats:
    """Amounts as the venue states them -> base."""
    return amounts / prices if kind is Kind.INVERSE else amounts


def rows_of(bids: list[Row], asks: list[Row], instrument: Instrument) -> Floats:
    """(n, 2) of (price, size in base), bids first. Raises DecodeError that names the book."""
    values = np.array(
        [
            (price, 0.0 if action == "delete" else amount)
            for side in (bids, asks)
            for action, price, amount in side
        ]
    ).reshape(-1, 2)
    prices, sizes = values[:, 0], values[:, 1]
    with np.errstate(all="ignore"):
        sizes[:] = base_of(sizes, prices, instrument.kind)
    if not figures.are_sound(values):
        symbol = instrument.venue_symbol
        raise DecodeError(
            f"Deribit {symbol}: a level without a positive price or with a negative amount",
            resync=symbol,
        )
    return values


def book_update(book: Book, instrument: Instrument, recv_ns: int) -> BookUpdate:
    """A decoded book as an event."""
    return BookUpdate(
        symbol=instrument.venue_symbol,
        is_snapshot=book.type == "snapshot",
        rows=rows_of(book.bids, book.asks, instrument),
        n_bids=len(book.bids),
        seq=book.change_id,
        event_ns=book.timestamp * NS_PER_MS,
        recv_ns=recv_ns,
    )


def trade(print_: Print, instrument: Instrument, recv_ns: int) -> Trade:
    """A print, its amount in base."""
    symbol, price, amount = instrument.venue_symbol, print_.price, print_.amount
    if not (np.isfinite(price) and price > 0 and np.isfinite(amount) and amount > 0):
        raise DecodeError(f"Deribit {symbol}: a trade of {amount:g} at {price:g}", symbol=symbol)
    if print_.direction not in ("buy", "sell"):
        raise DecodeError(
            f"Deribit {symbol}: trade direction {print_.direction[:20]!r}", symbol=symbol
        )
    return Trade(
        symbol=symbol,
        price=price,
        size=amount / price if instrument.kind is Kind.INVERSE else amount,
        aggressor=Side(print_.direction),
        event_ns=print_.timestamp * NS_PER_MS,
        recv_ns=recv_ns,
    )


def volume(ticker: Ticker, instrument: Instrument, recv_ns: int) -> DayVolume | None:
    """Rolling volume in coins and USD; None before the first trade, and for other money."""
    stats, last = ticker.stats, ticker.last_price
    if stats.volume is None or stats.volume_usd is None or last is None:
        return None
    if instrument.quote not in DOLLARS:
        return None
    return figures.day_volume(
        stats.volume,
        stats.volume_usd,
        low=min(stats.low or last, last),
        high=max(stats.high or last, last),
        instrument=instrument,
        event_ms=ticker.timestamp,
        recv_ns=recv_ns,
    )


DOLLARS: Final = frozenset({"USD", "USDC", "USDT", "USDE"})
"""Money that `volume_usd` may be taken for."""
