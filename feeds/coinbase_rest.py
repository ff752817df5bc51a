"""Coinbase over REST: products, candles, day volume, and a book.

Both feeds show the same books, so both take their facts from the Exchange's public address. An
error is `{"message":"…"}` with an HTTP status that rest.py reads.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from feeds import figures
from feeds.base import FeedError, Unavailable, VenueRest
from feeds.coinbase_wire import VENUE, volume
from feeds.rest import RestClient
from market.book import BookUpdate
from market.instrument import Instrument, Kind
from market.trade import Candle, DayVolume

PRODUCTS_PATH: Final = "/products"
MAX_CANDLES: Final = 300
OWN_USDC_BOOKS: Final = frozenset({"USDT-USDC", "EURC-USDC"})
"""Advanced Trade answers every other -USDC product under its -USD name: it is the same book."""


class CoinbaseRest(VenueRest):
    """Facts for Advanced Trade."""

    product = "advanced"

    def __init__(self, client: RestClient, now_ns: Callable[[], int]) -> None:
        self._client = client
        self._now_ns = now_ns

    async def instruments(self) -> dict[str, Instrument]:
        """All products that have a book under their own name, by product id."""
        found = await self._client.get(
            PRODUCTS_PATH, {}, lambda body: decode_instruments(body, self.product)
        )
        return {symbol: found[symbol] for symbol in found if not _is_second_name(symbol, found)}

    async def candles(self, instrument: Instrument, n: int, minutes: int = 1) -> list[Candle]:
        """The last `n` (at most 299) finished bars, oldest first."""
        path = f"{PRODUCTS_PATH}/{instrument.venue_symbol}/candles"
        now_s = self._now_ns() // 1_000_000_000
        bars = await self._client.get(
            path,
            {"granularity": str(minutes * BAR_S)},
            lambda body: decode_candles(body, instrument, now_s, minutes),
        )
        return bars[-min(n, MAX_CANDLES - 1) :] if n > 0 else []

    async def day_volume(self, instrument: Instrument) -> DayVolume:
        """Rolling 24 h volume."""
        path = f"{PRODUCTS_PATH}/{instrument.venue_symbol}/stats"
        return await self._client.get(
            path, {}, lambda body: decode_volume(body, instrument, self._now_ns())
        )

    async def book(self, instrument: Instrument) -> BookUpdate:
        """The whole book as it is now. Nothing links it with the stream."""
        path = f"{PRODUCTS_PATH}/{instrument.venue_symbol}/book"
        return await self._client.get(
            path, {"level": "2"}, lambda body: decode_book(body, instrument, self._now_ns())
        )


class CoinbaseExchangeRest(CoinbaseRest):
    """Facts for the Exchange feed, where every product has its own stream."""

    product = "exchange"

    async def instruments(self) -> dict[str, Instrument]:
        """All products, by product id."""
        return await self._client.get(
            PRODUCTS_PATH, {}, lambda body: decode_instruments(body, self.product)
        )


def _is_second_name(symbol: str, products: dict[str, Instrument]) -> bool:
    base, _, quote = symbol.partition("-")
    return quote == "USDC" and symbol not in OWN_USDC_BOOKS and f"{base}-USD" in products


class _Product(msgspec.Struct, frozen=True):
    id: str
    base_currency: str
    quote_currency: str
    base_increment: str
    quote_increment: str
    min_market_funds: str = ""
    status: str = "online"
    trading_disabled: bool = False
    auction_mode: bool = False


class _Stats(msgspec.Struct, frozen=True):
    """Rolling 24 h; volume in base."""

    high: str
    low: str
    last: str
    volume: str


class _Book(msgspec.Struct, frozen=True):
    bids: list[tuple[str, str, int]]
    asks: list[tuple[str, str, int]]


LISTINGS: Final = msgspec.json.Decoder(list[msgspec.Raw])
LISTING: Final = msgspec.json.Decoder(_Product)
CANDLES: Final = msgspec.json.Decoder(
    list[tuple[figures.Millis, float, float, float, float, float]]
)
STATS: Final = msgspec.json.Decoder(_Stats)
BOOK: Final = msgspec.json.Decoder(_Book)


def decode_instruments(body: bytes, product: str) -> dict[str, Instrument]:
    """All products; one that cannot be understood is left out, not guessed.

    [{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","base_increment":"0.00000001",
      "quote_increment":"0.01","min_market_funds":"1","status":"online",
      "trading_disabled":false,"auction_mode":false}]
    """
    found = {}
    for raw in figures.decode(body, LISTINGS, "Coinbase", "the product list"):
        try:
            instrument = _instrument(figures.decode(raw, LISTING, "Coinbase", "a product"), product)
        except FeedError:
            continue
        found[instrument.venue_symbol] = instrument
    return found


def _instrument(listing: _Product, product: str) -> Instrument:
    symbol = listing.id
    lot = figures.positive(listing.base_increment, "base_increment", "Coinbase", symbol)
    funds = listing.min_market_funds
    return Instrument(
        venue=VENUE,
        venue_symbol=symbol,
        base=listing.base_currency,
        quote=listing.quote_currency,
        settle="",
        kind=Kind.SPOT,
        product=product,
        tick_size=figures.positive(listing.quote_increment, "quote_increment", "Coinbase", symbol),
        lot_size=lot,
        min_size=lot,
        min_notional=figures.number(funds, "min_market_funds", "Coinbase", symbol) or None
        if funds
        else None,
        is_live=listing.status == "online" and not listing.trading_disabled,
    )


def decode_candles(
    body: bytes, instrument: Instrument, now_s: int, minutes: int = 1
) -> list[Candle]:
    """Finished bars, oldest first; the venue sends the newest first, and the open bar with it.

    A row is [time (s), low, high, open, close, volume (base)], of JSON numbers. Minutes without a
    trade have no row.
    """
    rows = figures.decode(body, CANDLES, "Coinbase", "candles")
    return [
        figures.candle(
            opened * 1000, (repr(o), repr(high), repr(low), repr(close)), repr(base), instrument
        )
        for opened, low, high, o, close, base in reversed(rows)
        if opened + minutes * BAR_S <= now_s
    ]


BAR_S: Final = 60


def decode_volume(body: bytes, instrument: Instrument, recv_ns: int) -> DayVolume:
    """The last 24 h; money is coins at the last price."""
    stats: _Stats = figures.decode(body, STATS, "Coinbase", "statistics")
    if not stats.last:
        symbol = instrument.venue_symbol
        raise Unavailable(f"Coinbase {symbol}: no day volume yet", symbol=symbol, is_final=True)
    return volume(
        instrument,
        price=stats.last,
        base=stats.volume,
        low=stats.low,
        high=stats.high,
        recv_ns=recv_ns,
    )


def decode_book(body: bytes, instrument: Instrument, recv_ns: int) -> BookUpdate:
    """A fetched book as a snapshot; rows are [price, size, orders]."""
    book: _Book = figures.decode(body, BOOK, "Coinbase", "a book")
    bids = [(price, size) for price, size, _ in book.bids]
    asks = [(price, size) for price, size, _ in book.asks]
    return BookUpdate(
        symbol=instrument.venue_symbol,
        is_snapshot=True,
        rows=figures.levels(bids, asks, instrument),
        n_bids=len(bids),
        seq=-1,
        event_ns=recv_ns,
        recv_ns=recv_ns,
    )
