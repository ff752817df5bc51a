"""A stream that ccxt owns, with the surface of a `Connection`: one ccxt object for each symbol.

An object is thrown away with its first error and a new one begins from nothing, so no old level
and no cache of ccxt survives, and a symbol that breaks disturbs no other. Pauses, circuit breaker
and counts are those of every connection.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from feeds.backoff import Backoff
from feeds.base import (
    Endpoint,
    FeedError,
    FeedEvent,
    FeedState,
    SubscribeRefused,
    Unavailable,
    Venue,
)
from feeds.ccxt_library import in_words, is_cancelled
from feeds.ccxt_parts import book_update, trade_of, volume_of
from feeds.ccxt_venue import CcxtRest
from feeds.connection import Connection
from feeds.fleet import Fleet
from market.instrument import Instrument
from market.units import NS_PER_MS

log = logging.getLogger(__name__)

SILENCE_S: Final = 60.0
"""A book that ccxt has not touched for this long is asked for anew: its sockets die silently."""
HISTORY_MS: Final = 10_000
"""Trades older than this when following begins are history that some venues send first."""


class CcxtFleet(Fleet):
    """All followed symbols of one venue."""

    def __init__(
        self,
        venue: Venue,
        endpoint: Endpoint,
        on_event: Callable[[FeedEvent], None],
        on_broken: Callable[[str, FeedError], None],
        **options: Any,
    ) -> None:
        """Arguments as for `Connection`; `rest` is a CcxtRest."""
        super().__init__(venue, endpoint, on_event, on_broken, **options)
        options = options | {"breaker": self.breaker}
        self._build = lambda symbol: CcxtConnection(
            venue, endpoint.at(symbol), on_event, on_broken, **options
        )


class CcxtConnection(Connection):
    """One symbol."""

    def __init__(
        self,
        venue: Venue,
        endpoint: Endpoint,
        on_event: Callable[[FeedEvent], None],
        on_broken: Callable[[str, FeedError], None],
        *,
        rest: CcxtRest,
        **options: Any,
    ) -> None:
        super().__init__(venue, endpoint, on_event, on_broken, rest=rest, **options)
        self._ccxt = rest
        self._is_steady = False
        self._since_ms = 0
        """Trades up to this moment of the venue are history, or were told by the object before."""
        self._newest_ms = 0

    async def run(self) -> None:
        """Follow until cancelled."""
        try:
            while True:
                self._state = FeedState.CONNECTING
                await self._has_symbols.wait()
                (symbol,) = self.symbols
                error = await self._watch(self.venue.instruments[symbol])
                self._fail(symbol, error)
                await self._pause(is_failure=not self._is_steady)
        finally:
            self._state = FeedState.STOPPED

    async def _watch(self, instrument: Instrument) -> FeedError:
        """One ccxt object from its beginning to its first error, which is the answer."""
        self._is_steady = False
        try:
            async with self._ccxt.opened() as exchange:
                self._tally.connected_ns = self._now_ns()
                self._state = FeedState.SYNCING
                tape = self._start_tape(exchange, instrument)
                try:
                    await self._follow_book(exchange, instrument)
                finally:
                    for task in tape:
                        task.cancel()
                    await asyncio.gather(*tape, return_exceptions=True)
        except asyncio.CancelledError:
            if is_cancelled():
                raise
            return Unavailable(f"{self.venue.name}: ccxt gave up its socket")
        except Exception as error:  # ccxt's parsers raise whatever a strange message makes them
            return in_words(error, self.venue.name, instrument.venue_symbol)
        return Unavailable(f"{self.venue.name}: ccxt ended the stream")

    async def _follow_book(self, exchange: Any, instrument: Instrument) -> None:
        """Every book, until an error."""
        symbol = instrument.venue_symbol
        began = time.monotonic()
        self._intake.followed[symbol].asked(began, 0.0)
        patience_s = self.venue.first_book_s
        while True:
            try:
                async with asyncio.timeout(patience_s):
                    book = await exchange.watch_order_book(symbol)
            except TimeoutError:
                raise Unavailable(
                    f"{self.venue.name} {symbol}: no book for {patience_s:g} s", symbol=symbol
                ) from None
            patience_s = SILENCE_S
            now, recv_ns = time.monotonic(), self._heard()
            if symbol not in self._intake.followed:
                return
            update = book_update(book, instrument, recv_ns)
            self._tally.books += 1
            self._tally.snapshots += 1
            self._on_event(update)
            self._intake.followed[symbol].confirmed(now)
            if not self._is_steady and now - began >= self._pace.steady_s:
                self._is_steady = True
                self._succeeded()

    def _fail(self, symbol: str, error: FeedError) -> None:
        """The book may not be priced until the next ccxt object brings one."""
        self._state = FeedState.DOWN
        self._tally.suffer(error)
        self._tally.reconnects += 1
        log.warning("%s: %s", self.endpoint.ws_url, error)
        following = self._intake.followed.get(symbol)
        if following is None:
            return
        if isinstance(error, SubscribeRefused) and error.is_final:
            following.refused(time.monotonic())
            self._has_symbols.clear()
        else:
            following.broke(time.monotonic())
        self._on_broken(symbol, error)

    def _heard(self) -> int:
        recv_ns = self._now_ns()
        self._tally.messages += 1
        self._tally.last_recv_ns = recv_ns
        self._tally.rate(time.monotonic())
        return recv_ns

    # -- trades and day volume -----------------------------------------------------------------

    def _start_tape(self, exchange: Any, instrument: Instrument) -> list[asyncio.Task[None]]:
        """What the book can do without, where ccxt has it."""
        self._since_ms = max(self._newest_ms, self._now_ns() // NS_PER_MS - HISTORY_MS)
        symbol, has = instrument.venue_symbol, exchange.has
        tape: list[asyncio.Task[None]] = []

        def start(what: str, method: str, take: Callable[[Any, Instrument], None]) -> None:
            if has.get(method):
                watch = getattr(exchange, method)
                following = self._follow_tape(what, lambda: watch(symbol), take, instrument)
                tape.append(asyncio.create_task(following, name=f"{what} {symbol}"))

        start("trades", "watchTrades", self._take_trades)
        start("day volume", "watchTicker", self._take_ticker)
        return tape

    async def _follow_tape(
        self,
        what: str,
        watch: Callable[[], Awaitable[Any]],
        take: Callable[[Any, Instrument], None],
        instrument: Instrument,
    ) -> None:
        """Its errors are counted and told; the book goes on without it."""
        backoff = Backoff(self._pace.reconnect)
        while True:
            try:
                take(await watch(), instrument)
            except asyncio.CancelledError:
                if is_cancelled():
                    raise
            except Exception as caught:  # as above
                error = in_words(caught, f"{self.venue.name} {what}", instrument.venue_symbol)
                self._tally.suffer(error)
                log.warning("%s: %s", self.endpoint.ws_url, error)
                if error.is_final:
                    return
            else:
                backoff.reset()
                continue
            await asyncio.sleep(backoff.next())

    def _take_trades(self, trades: list[dict[str, Any]], instrument: Instrument) -> None:
        recv_ns = self._heard()
        since_ms = self._since_ms
        for told in trades:
            trade = trade_of(told, instrument, recv_ns)
            if trade is None or trade.event_ns <= since_ms * NS_PER_MS:
                continue
            self._newest_ms = max(self._newest_ms, trade.event_ns // NS_PER_MS)
            self._tally.trades += 1
            self._on_event(trade)

    def _take_ticker(self, ticker: dict[str, Any], instrument: Instrument) -> None:
        self._on_event(volume_of(ticker, instrument, self._heard()))
