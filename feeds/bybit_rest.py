"""Bybit v5 over REST: instruments, candles, day volume, and a book.

{"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[…]},"time":1790000000123}
"""

from collections.abc import Callable
from typing import ClassVar, Final

import msgspec

from feeds import bybit
from feeds import bybit_wire as wire
from feeds.base import DecodeError, Endpoint, FeedError, RateLimited, Unavailable, VenueRest
from feeds.figures import Millis, candle, decode, levels, positive
from feeds.rest import RestClient
from market.book import BookUpdate
from market.instrument import Instrument, Kind
from market.trade import Candle, DayVolume
from market.units import NS_PER_MS

PATH: Final = "/v5/market"
PAGE: Final = 1000
MAX_PAGES: Final = 50
"""A cursor that never ends is a fault of the venue, not a reason to ask for ever."""
MAX_CANDLES: Final = 1000
BOOK_LEVELS: Final = 200
MINUTE_MS: Final = 60_000
BUSY: Final = (10000, 10016, 10019)
"""Server time-out, service error, service restarting: worth another try."""


def bybit_endpoints(category: str) -> dict[str, Endpoint]:
    """Addresses of one product."""
    return {
        "global": Endpoint(
            ws_url=f"wss://stream.bybit.com/v5/public/{category}",
            rest_url="https://api.bybit.com",
            label="global",
        )
    }


class BybitSpotRest(VenueRest):
    """The public half of the API for spot; linear contracts differ in facts only."""

    venue: ClassVar[type[bybit.BybitSpot]] = bybit.BybitSpot

    def __init__(self, client: RestClient, now_ns: Callable[[], int]) -> None:
        self._client = client
        self._now_ns = now_ns

    async def instruments(self) -> dict[str, Instrument]:
        """All listings, by symbol, page by page."""
        found: dict[str, Instrument] = {}
        cursor = ""
        for _ in range(MAX_PAGES):
            params = {"category": self.venue.category, "limit": str(PAGE)}
            if cursor:
                params["cursor"] = cursor
            page, cursor = await self._client.get(
                f"{PATH}/instruments-info", params, lambda body: instruments(body, self.venue)
            )
            found |= page
            if not cursor:
                return found
        raise DecodeError(f"{self.venue.name}: the instrument list has no end")

    async def candles(self, instrument: Instrument, n: int, minutes: int = 1) -> list[Candle]:
        """The last `n` (at most 999) finished bars, oldest first."""
        params = self._about(instrument) | {
            "interval": str(minutes),
            "limit": str(min(n + 1, MAX_CANDLES)),
        }
        bars = await self._client.get(
            f"{PATH}/kline", params, lambda body: candles(body, instrument, minutes)
        )
        return bars[-n:] if n > 0 else []

    async def day_volume(self, instrument: Instrument) -> DayVolume:
        """Rolling 24 h volume. Raises DecodeError where its units do not fit the price."""
        return await self._client.get(
            f"{PATH}/tickers",
            self._about(instrument),
            lambda body: volume(body, instrument, self._now_ns()),
        )

    async def book(self, instrument: Instrument) -> BookUpdate:
        """The 200 best levels of each side. The stream brings its own, so nothing is spliced."""
        params = self._about(instrument) | {"limit": str(BOOK_LEVELS)}
        return await self._client.get(
            f"{PATH}/orderbook", params, lambda body: book(body, instrument, self._now_ns())
        )

    def _about(self, instrument: Instrument) -> dict[str, str]:
        return {"category": self.venue.category, "symbol": instrument.venue_symbol}


class BybitRest(BybitSpotRest):
    """Linear contracts."""

    venue: ClassVar[type[bybit.BybitSpot]] = bybit.Bybit


class _Reply(msgspec.Struct, frozen=True):
    retCode: int
    retMsg: str = ""
    result: msgspec.Raw = msgspec.Raw(b"{}")
    time: Millis = 0


class _PriceFilter(msgspec.Struct, frozen=True):
    tickSize: str


class _LotSizeFilter(msgspec.Struct, frozen=True):
    qtyStep: str = ""
    basePrecision: str = ""
    """Spot has this instead of `qtyStep`."""
    minOrderQty: str = ""
    minNotionalValue: str = ""
    minOrderAmt: str = ""
    """Spot has this instead of `minNotionalValue`."""


class _Listing(msgspec.Struct, frozen=True):
    symbol: str
    status: str
    baseCoin: str
    quoteCoin: str
    priceFilter: _PriceFilter
    lotSizeFilter: _LotSizeFilter
    settleCoin: str = ""


class _Page(msgspec.Struct, frozen=True):
    list: list[msgspec.Raw]
    nextPageCursor: str = ""


class _Bars(msgspec.Struct, frozen=True):
    list: list[tuple[str, str, str, str, str, str, str]]


class _Tickers(msgspec.Struct, frozen=True):
    list: list[wire.Ticker]


REPLY: Final = msgspec.json.Decoder(_Reply)
PAGE_BODY: Final = msgspec.json.Decoder(_Page)
LISTING: Final = msgspec.json.Decoder(_Listing)
BARS: Final = msgspec.json.Decoder(_Bars)
TICKERS: Final = msgspec.json.Decoder(_Tickers)


def _reply(body: bytes, venue: str) -> _Reply:
    """A good reply, or the error its code stands for."""
    reply: _Reply = decode(body, REPLY, venue, "a reply")
    if reply.retCode == 0:
        return reply
    text = f"{venue}: {reply.retMsg[:200]} (code {reply.retCode})"
    if reply.retCode == wire.RATE_LIMIT:
        raise RateLimited(text)
    raise Unavailable(text, is_final=reply.retCode not in BUSY)


def instruments(body: bytes, venue: type[bybit.BybitSpot]) -> tuple[dict[str, Instrument], str]:
    """One page and the cursor of the next; a listing not understood is left out, not guessed.

    {"symbol":"BTCUSDT","status":"Trading","baseCoin":"BTC","quoteCoin":"USDT","settleCoin":"USDT",
      "priceFilter":{"tickSize":"0.10"},"lotSizeFilter":{"qtyStep":"0.001","minOrderQty":"0.001",
      "minNotionalValue":"5"}}
    """
    reply = _reply(body, venue.name)
    page: _Page = decode(reply.result, PAGE_BODY, venue.name, "the instrument list")
    found = {}
    for raw in page.list:
        try:
            instrument = _instrument(decode(raw, LISTING, venue.name, "an instrument"), venue)
        except FeedError:
            continue
        found[instrument.venue_symbol] = instrument
    return found, page.nextPageCursor


def _instrument(listing: _Listing, venue: type[bybit.BybitSpot]) -> Instrument:
    symbol, lot = listing.symbol, listing.lotSizeFilter

    def figure(text: str, what: str) -> float:
        return positive(text, what, venue.name, symbol)

    step = lot.qtyStep or lot.basePrecision
    floor = lot.minNotionalValue or lot.minOrderAmt
    return Instrument(
        venue=wire.LISTED_BY,
        venue_symbol=symbol,
        base=listing.baseCoin,
        quote=listing.quoteCoin,
        settle="" if venue.kind is Kind.SPOT else listing.settleCoin,
        kind=venue.kind,
        product=venue.category,
        tick_size=figure(listing.priceFilter.tickSize, "tickSize"),
        lot_size=figure(step, "size step"),
        # Spot is about to drop its smallest quantity; the smallest value stands beside it.
        min_size=figure(lot.minOrderQty or step, "minOrderQty"),
        min_notional=figure(floor, "smallest value") if floor else None,
        is_live=listing.status == "Trading",
    )


def candles(body: bytes, instrument: Instrument, minutes: int = 1) -> list[Candle]:
    """Finished bars, oldest first; the venue sends the newest first, and the open bar with it.

    A row is [start, o, h, l, c, volume, turnover]. By the reply's own time, a bar that started
    less than its own length ago is open.
    """
    reply = _reply(body, instrument.venue)
    rows: _Bars = decode(reply.result, BARS, instrument.venue, "candles")
    bars = []
    for row in reversed(rows.list):
        start = _millis(row[0], instrument)
        if start + minutes * MINUTE_MS <= reply.time:
            bars.append(candle(start, row[1:5], row[5], instrument))
    return bars


def _millis(text: str, instrument: Instrument) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_STAMP_DIGITS):
        symbol = instrument.venue_symbol
        raise DecodeError(
            f"{instrument.venue} {symbol}: time {text[:40]!r} is not milliseconds", symbol=symbol
        )
    return int(text)


MAX_STAMP_DIGITS: Final = 13


def volume(body: bytes, instrument: Instrument, recv_ns: int) -> DayVolume:
    """The ticker's day volume, in coins and money."""
    reply = _reply(body, instrument.venue)
    tickers: _Tickers = decode(reply.result, TICKERS, instrument.venue, "a ticker")
    if not tickers.list:
        raise Unavailable(
            f"{instrument.venue} {instrument.venue_symbol}: no ticker",
            symbol=instrument.venue_symbol,
            is_final=True,
        )
    return wire.volume(tickers.list[0], instrument, reply.time, recv_ns)


def book(body: bytes, instrument: Instrument, recv_ns: int) -> BookUpdate:
    """A fetched book as a snapshot: {"s":"BTCUSDT","b":[…],"a":[…],"ts":…,"u":18521288,…}."""
    reply = _reply(body, instrument.venue)
    fetched: wire.Book = decode(reply.result, wire.BOOK, instrument.venue, "a book")
    return BookUpdate(
        symbol=instrument.venue_symbol,
        is_snapshot=True,
        rows=levels(fetched.b, fetched.a, instrument),
        n_bids=len(fetched.b),
        seq=fetched.u,
        event_ns=reply.time * NS_PER_MS,
        recv_ns=recv_ns,
    )
