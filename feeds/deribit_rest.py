"""Deribit over REST: instruments, candles, day volume, and a book.

    {"jsonrpc":"2.0","result":…}      {"jsonrpc":"2.0","error":{"code":10028,"message":"…"}}

Options are priced in their underlying and have no place here.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from feeds import deribit_wire as wire
from feeds import figures
from feeds.base import DecodeError, FeedError, RateLimited, Unavailable, VenueRest
from feeds.deribit_requests import TOO_MANY_REQUESTS, Problem
from feeds.rest import RestClient
from market.book import BookUpdate
from market.instrument import Instrument, Kind
from market.trade import Candle, DayVolume
from market.units import NS_PER_MS

INSTRUMENTS_PATH: Final = "/api/v2/public/get_instruments"
CANDLES_PATH: Final = "/api/v2/public/get_tradingview_chart_data"
TICKER_PATH: Final = "/api/v2/public/ticker"
BOOK_PATH: Final = "/api/v2/public/get_order_book"

CURRENCIES: Final = ("BTC", "ETH", "USDC", "USDT")
"""Settlement currencies whose listings are asked for; the venue allows one request a second."""
KINDS: Final = ("future", "spot")
BAR_MS: Final = 60_000
MAX_CANDLES: Final = 5000
BOOK_LEVELS: Final = 1000


class DeribitRest(VenueRest):
    """The public half of Deribit's API over HTTP."""

    def __init__(self, client: RestClient, now_ns: Callable[[], int]) -> None:
        self._client = client
        self._now_ns = now_ns

    async def instruments(self) -> dict[str, Instrument]:
        """Futures, perpetuals and spot, by instrument name."""
        found: dict[str, Instrument] = {}
        for currency in CURRENCIES:
            for kind in KINDS:
                params = {"currency": currency, "kind": kind}
                found |= await self._client.get(INSTRUMENTS_PATH, params, decode_instruments)
        return found

    async def candles(self, instrument: Instrument, n: int, minutes: int = 1) -> list[Candle]:
        """The last `n` (at most 4999) finished bars, oldest first."""
        now_ms = self._now_ns() // NS_PER_MS
        params = {
            "instrument_name": instrument.venue_symbol,
            "start_timestamp": str(now_ms - min(n + 1, MAX_CANDLES) * minutes * BAR_MS),
            "end_timestamp": str(now_ms),
            "resolution": str(minutes),
        }
        bars = await self._client.get(
            CANDLES_PATH, params, lambda body: decode_candles(body, instrument, now_ms, minutes)
        )
        return bars[-n:] if n > 0 else []

    async def day_volume(self, instrument: Instrument) -> DayVolume:
        """Rolling 24 h volume."""
        params = {"instrument_name": instrument.venue_symbol}
        return await self._client.get(
            TICKER_PATH, params, lambda body: decode_volume(body, instrument, self._now_ns())
        )

    async def book(self, instrument: Instrument) -> BookUpdate:
        """The best levels with the change_id they stand at."""
        params = {"instrument_name": instrument.venue_symbol, "depth": str(BOOK_LEVELS)}
        return await self._client.get(
            BOOK_PATH, params, lambda body: decode_book(body, instrument, self._now_ns())
        )


class _Reply(msgspec.Struct, frozen=True):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: Problem | None = None


class _Listing(msgspec.Struct, frozen=True):
    """One instrument; `instrument_type` says what its amounts are."""

    instrument_name: str
    kind: str
    base_currency: str
    quote_currency: str
    tick_size: float
    min_trade_amount: float
    contract_size: float
    instrument_type: str = ""
    settlement_currency: str = ""
    settlement_period: str = ""
    is_active: bool = True
    state: str = "open"


class _Chart(msgspec.Struct, frozen=True):
    """Columns of equal length, oldest first; volume in base."""

    ticks: list[figures.Millis]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]
    status: str


class _Book(msgspec.Struct, frozen=True):
    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]
    change_id: wire.Id
    timestamp: figures.Millis


REPLY: Final = msgspec.json.Decoder(_Reply)
LISTINGS: Final = msgspec.json.Decoder(list[msgspec.Raw])
LISTING: Final = msgspec.json.Decoder(_Listing)
CHART: Final = msgspec.json.Decoder(_Chart)
TICKER: Final = msgspec.json.Decoder(wire.Ticker)
BOOK: Final = msgspec.json.Decoder(_Book)


def _result(body: bytes, decoder: "msgspec.json.Decoder[Any]", what: str) -> Any:
    """The result of a reply, or the error that it is."""
    reply: _Reply = figures.decode(body, REPLY, "Deribit", "a reply")
    if reply.error is None:
        return figures.decode(reply.result, decoder, "Deribit", what)
    text = f"Deribit answers {reply.error.message[:200]} (code {reply.error.code})"
    if reply.error.code == TOO_MANY_REQUESTS:
        raise RateLimited(text)
    raise Unavailable(text, is_final=reply.error.code not in PASSING)


PASSING: Final = frozenset({10040, 10041, 10047, 11051, 13028})
"""Retry, settlement in progress, queue full, maintenance, temporarily unavailable."""


def decode_instruments(body: bytes) -> dict[str, Instrument]:
    """All that can be priced; one that cannot be understood is left out, not guessed.

    {"result":[{"instrument_name":"BTC-PERPETUAL","kind":"future","instrument_type":"reversed",
      "base_currency":"BTC","quote_currency":"USD","settlement_currency":"BTC",
      "settlement_period":"perpetual","tick_size":0.5,"min_trade_amount":10,"contract_size":10,
      "is_active":true}]}
    """
    found = {}
    for raw in _result(body, LISTINGS, "the instrument list"):
        try:
            instrument = _instrument(figures.decode(raw, LISTING, "Deribit", "an instrument"))
        except (FeedError, ValueError, ArithmeticError):
            continue
        if instrument is not None:
            found[instrument.venue_symbol] = instrument
    return found


def _instrument(listing: _Listing) -> Instrument | None:
    """None for options, combinations, and types whose amounts are not known.

    Amounts become contracts here: the lot is what may be traded at least, counted in contracts.
    """
    is_spot = listing.kind == "spot"
    kind = Kind.SPOT if is_spot else TYPES.get(listing.instrument_type)
    if kind is None or listing.kind not in KINDS:
        return None
    unit = 1.0 if is_spot else listing.contract_size
    lot = float(Decimal(repr(listing.min_trade_amount)) / Decimal(repr(unit)))
    return Instrument(
        venue="deribit",
        venue_symbol=listing.instrument_name,
        base=listing.base_currency,
        quote=listing.quote_currency,
        settle="" if is_spot else listing.settlement_currency,
        kind=kind,
        product=_product(listing, kind),
        tick_size=listing.tick_size,
        lot_size=lot,
        min_size=lot,
        contract_size=unit,
        is_live=listing.is_active and listing.state == "open",
    )


TYPES: Final = {"reversed": Kind.INVERSE, "linear": Kind.LINEAR}


def _product(listing: _Listing, kind: Kind) -> str:
    """Key of the fee schedule."""
    if kind is Kind.SPOT:
        return "spot"
    if listing.settlement_period == "week":
        return "weekly_futures"
    return "linear_perpetual" if kind is Kind.LINEAR else "perpetual"


def decode_candles(
    body: bytes, instrument: Instrument, now_ms: int, minutes: int = 1
) -> list[Candle]:
    """Finished bars, oldest first; the last one is usually still open."""
    symbol = instrument.venue_symbol
    chart: _Chart = _result(body, CHART, "candles")
    columns = (chart.ticks, chart.open, chart.high, chart.low, chart.close, chart.volume)
    if len({len(column) for column in columns}) != 1:
        raise DecodeError(f"Deribit {symbol}: candles of unequal columns", symbol=symbol)
    return [
        figures.candle(opened, map(repr, prices), repr(volume), instrument)
        for opened, *prices, volume in zip(*columns, strict=True)
        if opened + minutes * BAR_MS <= now_ms
    ]


def decode_volume(body: bytes, instrument: Instrument, recv_ns: int) -> DayVolume:
    """The ticker's day volume, in coins and money."""
    ticker: wire.Ticker = _result(body, TICKER, "a ticker")
    volume = wire.volume(ticker, instrument, recv_ns)
    if volume is None:
        symbol = instrument.venue_symbol
        raise Unavailable(f"Deribit {symbol}: no day volume", symbol=symbol, is_final=True)
    return volume


def decode_book(body: bytes, instrument: Instrument, recv_ns: int) -> BookUpdate:
    """A fetched book as a snapshot; rows are [price, amount]."""
    book: _Book = _result(body, BOOK, "a book")
    bids: list[wire.Row] = [("new", price, amount) for price, amount in book.bids]
    asks: list[wire.Row] = [("new", price, amount) for price, amount in book.asks]
    return BookUpdate(
        symbol=instrument.venue_symbol,
        is_snapshot=True,
        rows=wire.rows_of(bids, asks, instrument),
        n_bids=len(bids),
        seq=book.change_id,
        event_ns=book.timestamp * NS_PER_MS,
        recv_ns=recv_ns,
    )
