"""Binance over REST: instruments, candles, day volume, and the book for the splice.

A reply is the bare object or list; a refusal is {"code":-1121,"msg":"Invalid symbol."}.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Final

import msgspec

from feeds import binance_wire as wire
from feeds.base import DecodeError, Endpoint, FeedError, VenueRest
from feeds.figures import Millis, candle, decode, positive
from feeds.rest import RestClient
from market.book import BookUpdate
from market.instrument import Instrument, Kind
from market.trade import Candle, DayVolume

BINANCE_ENDPOINTS: Final = {
    "global": Endpoint(
        ws_url="wss://stream.binance.com:9443/stream",
        rest_url="https://api.binance.com",
        label="global",
    ),
    "data": Endpoint(
        ws_url="wss://data-stream.binance.vision/stream",
        rest_url="https://data-api.binance.vision",
        label="market data only",
    ),
}
USDM_ENDPOINTS: Final = {
    "global": Endpoint(
        ws_url="wss://fstream.binance.com/public/stream",
        rest_url="https://fapi.binance.com",
        label="global",
        tape_url="wss://fstream.binance.com/market/stream",
    ),
}
COINM_ENDPOINTS: Final = {
    "global": Endpoint(
        ws_url="wss://dstream.binance.com/stream",
        rest_url="https://dapi.binance.com",
        label="global",
    ),
}

MAX_CANDLES: Final = 1000
BARS: Final = {1: "1m", 60: "1h"}
OPEN_STATES: Final = ("TRADING",)


class BinanceRest(VenueRest):
    """The public half of the spot API; the futures differ in facts only."""

    product: ClassVar[wire.Product] = wire.SPOT

    def __init__(self, client: RestClient, now_ns: Callable[[], int]) -> None:
        self._client = client
        self._now_ns = now_ns

    async def instruments(self) -> dict[str, Instrument]:
        """All listings, by symbol."""
        return await self._client.get(
            f"{self.product.api}/exchangeInfo", {}, lambda body: instruments(body, self.product)
        )

    async def candles(self, instrument: Instrument, n: int, minutes: int = 1) -> list[Candle]:
        """The last `n` (at most 999) finished bars, oldest first."""
        params = {
            "symbol": instrument.venue_symbol,
            "interval": BARS[minutes],
            "limit": str(min(n + 1, MAX_CANDLES)),
        }
        bars = await self._client.get(
            f"{self.product.api}/klines", params, lambda body: candles(body, instrument)
        )
        return bars[-n:] if n > 0 else []

    async def day_volume(self, instrument: Instrument) -> DayVolume:
        """Rolling 24 h volume. Raises DecodeError where its units do not fit the price."""
        return await self._client.get(
            f"{self.product.api}/ticker/24hr",
            {"symbol": instrument.venue_symbol},
            lambda body: volume(body, instrument, self._now_ns()),
        )

    async def book(self, instrument: Instrument) -> BookUpdate:
        """The book, with the id it stands at."""
        params = {
            "symbol": instrument.venue_symbol,
            "limit": str(self.product.book_levels),
        }
        return await self._client.get(
            f"{self.product.api}/depth",
            params,
            lambda body: wire.fetched_book(body, instrument, self._now_ns()),
        )


class BinanceUsdmRest(BinanceRest):
    """USD-M futures."""

    product: ClassVar[wire.Product] = wire.USDM


class BinanceCoinmRest(BinanceRest):
    """COIN-M futures."""

    product: ClassVar[wire.Product] = wire.COINM


class _Filter(msgspec.Struct, frozen=True):
    filterType: str
    tickSize: str = ""
    stepSize: str = ""
    minQty: str = ""
    minNotional: str = ""
    notional: str = ""


class _Listing(msgspec.Struct, frozen=True):
    symbol: str
    baseAsset: str
    quoteAsset: str
    filters: list[_Filter]
    status: str = ""
    contractStatus: str = ""
    """COIN-M has this instead of `status`."""
    marginAsset: str = ""
    contractSize: float = 1.0
    """COIN-M: USD per contract."""


class _Info(msgspec.Struct, frozen=True):
    symbols: list[msgspec.Raw]


class _Ticker24h(msgspec.Struct, frozen=True):
    symbol: str
    highPrice: str
    lowPrice: str
    volume: str
    closeTime: Millis
    quoteVolume: str = ""
    baseVolume: str = ""
    """COIN-M, where `volume` counts contracts."""


INFO: Final = msgspec.json.Decoder(_Info)
LISTING: Final = msgspec.json.Decoder(_Listing)
KLINES: Final = msgspec.json.Decoder(list[list[Any]])
TICKER: Final = msgspec.json.Decoder(_Ticker24h)
TICKERS: Final = msgspec.json.Decoder(list[_Ticker24h])


def instruments(body: bytes, product: wire.Product) -> dict[str, Instrument]:
    """All listings that can be priced; one that cannot be understood is left out, not guessed.

    {"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT",
      "filters":[{"filterType":"PRICE_FILTER","tickSize":"0.01"},
                 {"filterType":"LOT_SIZE","stepSize":"0.00001","minQty":"0.00001"},
                 {"filterType":"NOTIONAL","minNotional":"5"}]}]}
    """
    info: _Info = decode(body, INFO, product.venue, "the instrument list")
    found = {}
    for raw in info.symbols:
        try:
            instrument = _instrument(decode(raw, LISTING, product.venue, "an instrument"), product)
        except (FeedError, ValueError):
            continue
        found[instrument.venue_symbol] = instrument
    return found


def _instrument(listing: _Listing, product: wire.Product) -> Instrument:
    symbol, filters = listing.symbol, {each.filterType: each for each in listing.filters}
    if "PRICE_FILTER" not in filters or "LOT_SIZE" not in filters:
        raise DecodeError(f"{product.venue} {symbol}: no steps of price and size", symbol=symbol)
    if product.kind is Kind.INVERSE and listing.contractSize <= 0:
        raise DecodeError(f"{product.venue} {symbol}: no contract size", symbol=symbol)

    def step(text: str, what: str) -> float:
        return positive(text, what, product.venue, symbol)

    lot = filters["LOT_SIZE"]
    return Instrument(
        venue=wire.LISTED_BY,
        venue_symbol=symbol,
        base=listing.baseAsset,
        quote=listing.quoteAsset,
        settle="" if product.kind is Kind.SPOT else listing.marginAsset,
        kind=product.kind,
        product=product.fees,
        tick_size=step(filters["PRICE_FILTER"].tickSize, "tickSize"),
        lot_size=step(lot.stepSize, "stepSize"),
        min_size=step(lot.minQty, "minQty"),
        contract_size=listing.contractSize if product.kind is Kind.INVERSE else 1.0,
        min_notional=_min_notional(filters, product.venue, symbol),
        is_live=(listing.status or listing.contractStatus) in OPEN_STATES,
    )


def _min_notional(filters: dict[str, _Filter], venue: str, symbol: str) -> float | None:
    """Spot calls it NOTIONAL.minNotional, USD-M MIN_NOTIONAL.notional; COIN-M has none."""
    for name in ("NOTIONAL", "MIN_NOTIONAL"):
        if name in filters:
            text = filters[name].minNotional or filters[name].notional
            return positive(text, "minNotional", venue, symbol) if text else None
    return None


def candles(body: bytes, instrument: Instrument) -> list[Candle]:
    """Finished bars, oldest first as they come; the last row is still open and is dropped.

    A row is [openTime, o, h, l, c, volume, closeTime, second volume, trades, …]; base volume is
    the first one, on COIN-M (where that counts contracts) the second.
    """
    name, symbol = instrument.venue, instrument.venue_symbol
    rows: list[list[Any]] = decode(body, KLINES, name, "candles")
    bars = []
    for row in rows[:-1]:
        is_whole = len(row) > SECOND_VOLUME and isinstance(row[0], int)
        if not is_whole or not all(isinstance(text, str) for text in (*row[1:6], row[7])):
            raise DecodeError(f"{name} {symbol}: a candle is not as documented", symbol=symbol)
        base = row[SECOND_VOLUME if instrument.kind is Kind.INVERSE else FIRST_VOLUME]
        bars.append(candle(row[0], row[1:5], base, instrument))
    return bars


FIRST_VOLUME: Final = 5
SECOND_VOLUME: Final = 7


def volume(body: bytes, instrument: Instrument, recv_ns: int) -> DayVolume:
    """The day's volume in coins and money; futures may answer with a list of one.

    {"symbol":"BTCUSDT","highPrice":"61000","lowPrice":"59000","volume":"9.5",
      "quoteVolume":"570000","closeTime":1790000000123}
    """
    name = instrument.venue
    decoder = TICKERS if body.lstrip().startswith(b"[") else TICKER
    reply = decode(body, decoder, name, "a ticker")
    tickers: list[_Ticker24h] = reply if isinstance(reply, list) else [reply]
    if not tickers:
        raise DecodeError(f"{name} {instrument.venue_symbol}: no ticker")
    ticker = tickers[0]
    return wire.volume(
        wire.Ticker(
            s=ticker.symbol,
            E=ticker.closeTime,
            h=ticker.highPrice,
            l=ticker.lowPrice,
            v=ticker.volume,
            q=ticker.baseVolume if instrument.kind is Kind.INVERSE else ticker.quoteVolume,
        ),
        instrument,
        recv_ns,
    )
