"""The long tail of venues through ccxt: `ccxt:gate` is gate as the optional package ccxt reads it.

ccxt opens its own sockets and hands out whole books, so there are no frames to decode here and no
sequence to check: what ccxt verifies differs by exchange, and none of it is verified by us. Each
book therefore carries the doubt `unverified`, at best a warning, whatever else is right with it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, ClassVar, TypeVar

from feeds.base import FeedEvent, SubscribeRefused, Unavailable, Venue, VenueRest
from feeds.ccxt_library import PREFIX, build, close, in_words
from feeds.ccxt_parts import MOST_LEVELS, book_update, candle_of, instrument_of, volume_of
from feeds.rest import RestClient
from market.book import BookUpdate
from market.instrument import Instrument
from market.trade import Candle, DayVolume
from market.units import NS_PER_MS

T = TypeVar("T")
BAR_MS = 60_000
BARS = {1: "1m", 60: "1h"}


class CcxtVenue(Venue):
    """Facts of one such venue. It is given no frames: ccxt_connection.py follows it."""

    name = PREFIX
    first_book_s = 20.0
    """ccxt may ask over REST first, at the venue's own pace."""
    unverified: ClassVar[str] = (
        "read through ccxt: Fathom verified neither sequence nor checksum of this book"
    )

    @classmethod
    def named(cls, name: str) -> "type[CcxtVenue]":
        """The class of one venue: `name` is a fact of the class."""
        return type("CcxtVenue", (cls,), {"name": name})

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """Nothing to send: ccxt asks."""
        return []

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Nothing to send: the symbol's ccxt object is closed."""
        return []

    def resync(self, symbol: str) -> list[str]:
        """Nothing to send: a new ccxt object begins anew."""
        return []

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """No frame comes here."""
        return ()

    def reset(self) -> None:
        """Nothing is remembered."""


class CcxtRest(VenueRest):
    """Public facts, and the ccxt objects that stream. Markets are loaded once and shared.

    What is asked over REST runs on a thread and a loop of its own: ccxt reads lists of thousands
    of markets at once, which would hold up every book.
    """

    def __init__(
        self,
        exchange: str,
        config: Mapping[str, Any],
        client: RestClient,
        now_ns: Callable[[], int],
    ) -> None:
        """`client` is not used: ccxt has its own."""
        self.name = PREFIX + exchange
        self._exchange = exchange
        self._config = config
        self._now_ns = now_ns
        self._listed: Any = None
        """A closed ccxt object that holds the markets."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Any]:
        """A ccxt object with all markets known, on this loop, closed at the end."""
        if self._listed is None:
            await self.instruments()
        exchange = await asyncio.to_thread(self._build)
        try:
            yield exchange
        finally:
            await close(exchange)

    async def instruments(self) -> dict[str, Instrument]:
        """Spot, linear and inverse markets by ccxt's symbol. Raises FeedError."""

        async def load(exchange: Any) -> dict[str, Instrument]:
            markets = await exchange.load_markets(True)
            if not exchange.has.get("watchOrderBook"):
                raise SubscribeRefused(f"{self.name}: ccxt has no live books", is_final=True)
            found = (
                instrument_of(market, self.name, exchange.precisionMode)
                for market in markets.values()
            )
            self._listed = exchange
            return {one.venue_symbol: one for one in found if one is not None}

        return await self._ask(load)

    async def candles(self, instrument: Instrument, n: int, minutes: int = 1) -> list[Candle]:
        """The last finished bars; fewer than `n` where the venue gives fewer at once."""
        bars = await self._ask(
            lambda exchange: exchange.fetch_ohlcv(
                instrument.venue_symbol, BARS[minutes], limit=n + 1
            )
        )
        now_ms = self._now_ns() // NS_PER_MS
        last_ms = now_ms - minutes * BAR_MS
        return [candle_of(bar, instrument) for bar in bars if bar[0] <= last_ms][-n:]

    async def day_volume(self, instrument: Instrument) -> DayVolume:
        """Rolling 24 h volume, where its unit can be told."""
        ticker = await self._ask(lambda exchange: exchange.fetch_ticker(instrument.venue_symbol))
        return volume_of(ticker, instrument, self._now_ns())

    async def book(self, instrument: Instrument) -> BookUpdate:
        """The book as the venue shows it now."""
        book = await self._ask(
            lambda exchange: exchange.fetch_order_book(instrument.venue_symbol, MOST_LEVELS)
        )
        return book_update(book, instrument, self._now_ns())

    def _build(self) -> Any:
        exchange = build(self._exchange, self._config)
        if self._listed is not None:
            exchange.set_markets_from_exchange(self._listed)
        return exchange

    async def _ask(self, question: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        async def asked() -> T:
            exchange = self._build()
            try:
                return await question(exchange)
            finally:
                await close(exchange)

        try:
            return await asyncio.to_thread(lambda: asyncio.run(asked()))
        except TimeoutError:
            raise Unavailable(f"{self.name} did not answer") from None
        except Exception as error:  # ccxt's parsers raise whatever a strange answer makes them
            raise in_words(error, self.name) from error


def rest_of(
    exchange: str, config: Mapping[str, Any] | None = None
) -> Callable[[RestClient, Callable[[], int]], CcxtRest]:
    """How the catalogue opens the REST side; `config` is ccxt's own (addresses, for one)."""
    return partial(CcxtRest, exchange, config or {})
