"""Runs the feeds: one supervised connection per source and venue, markets on demand.

A market is followed while somebody holds it. Two pages that hold the same market share its
book; a page that lets go does not disturb the other.
"""

import asyncio
import difflib
import logging
from collections import Counter
from dataclasses import dataclass

from engine.clock import Clock
from engine.hub import MarketHub, MarketKey
from engine.sources import Sources
from engine.supervisor import Supervisor
from feeds.base import FeedError, FeedEvent, FeedHealth, VenueRest
from feeds.connection import Connection
from market.book import BookUpdate
from market.errors import OrderError
from market.instrument import Instrument
from models.base import Source

log = logging.getLogger(__name__)

LINGER_S = 20.0
"""A market is kept this long after the last page let go, so that a reload finds it warm."""
SEED_CANDLES = 300
SUGGESTIONS = 5


@dataclass(slots=True)
class _Feed:
    """One connection and what is known about its venue."""

    rest: VenueRest
    instruments: dict[str, Instrument]
    connection: Connection


class Runner:
    """Starts, shares and stops feeds."""

    def __init__(
        self, hub: MarketHub, sources: Sources, supervisor: Supervisor, clock: Clock
    ) -> None:
        self.hub = hub
        self.sources = sources
        self._supervisor = supervisor
        self._clock = clock
        self._feeds: dict[tuple[Source, str], _Feed] = {}
        self._opening: dict[tuple[Source, str], asyncio.Lock] = {}
        self._holders: Counter[MarketKey] = Counter()

    async def instruments(self, source: Source, venue: str) -> dict[str, Instrument]:
        """What can be priced there, by venue symbol. Raises FeedError when nobody answers."""
        return (await self._feed(source, venue)).instruments

    async def hold(self, key: MarketKey) -> Instrument:
        """Follow a market until `release`. OrderError for an unknown instrument."""
        feed = await self._feed(key.source, key.venue)
        instrument = feed.instruments.get(key.symbol)
        if instrument is None:
            raise _unknown(key.symbol, feed.instruments)
        self._holders[key] += 1
        if self._holders[key] == 1:
            self.hub.open(key, instrument)
            feed.connection.follow(key.symbol)
            self._supervisor.start(f"seed {key.venue} {key.symbol}", lambda: self._seed(feed, key))
        return instrument

    def release(self, key: MarketKey) -> None:
        """Let go of a market; it is closed a little later if nobody else holds it."""
        if self._holders[key] > 0:
            self._holders[key] -= 1
        if self._holders[key] == 0:
            self._supervisor.start(f"linger {key}", lambda: self._close_later(key))

    def health(self, source: Source, venue: str) -> FeedHealth | None:
        """How that connection is doing; None before it was first asked for."""
        feed = self._feeds.get((source, venue))
        return feed.connection.health if feed else None

    async def close(self) -> None:
        """Stop everything that was started."""
        await self._supervisor.close()
        await self.sources.close()
        self._feeds.clear()

    async def _feed(self, source: Source, venue: str) -> _Feed:
        where = (source, venue)
        async with self._opening.setdefault(where, asyncio.Lock()):
            if where not in self._feeds:
                self._feeds[where] = await self._open_feed(source, venue)
            return self._feeds[where]

    async def _open_feed(self, source: Source, venue: str) -> _Feed:
        endpoint = await self.sources.endpoint(source, venue)
        entry = self.sources.entry(venue)
        rest = entry.rest(endpoint)
        instruments = await rest.instruments()

        def on_event(event: FeedEvent) -> None:
            symbol = getattr(event, "symbol", None)
            if symbol is None:
                return
            key = MarketKey(source, venue, symbol)
            if source is Source.REPLAY and isinstance(event, BookUpdate):
                self.hub.open(key, instruments[symbol])
            self.hub.apply(key, event)

        def on_broken(symbol: str, error: FeedError) -> None:
            self.hub.break_book(MarketKey(source, venue, symbol), str(error))

        connection = Connection(
            entry.venue(instruments), endpoint, on_event=on_event, on_broken=on_broken
        )
        self._supervisor.start(f"feed {source} {venue}", connection.run)
        return _Feed(rest, instruments, connection)

    async def _seed(self, feed: _Feed, key: MarketKey) -> None:
        """Volatility and volume from the venue's memory; a market works without them."""
        instrument = feed.instruments[key.symbol]
        try:
            candles = await feed.rest.candles(instrument, SEED_CANDLES)
            volume = await feed.rest.day_volume(instrument)
        except FeedError as error:
            log.warning("no history for %s at %s: %s", key.symbol, key.venue, error)
            return
        self.hub.seed(key, candles, volume)

    async def _close_later(self, key: MarketKey) -> None:
        await self._clock.sleep(LINGER_S)
        feed = self._feeds.get((key.source, key.venue))
        if self._holders[key] == 0 and feed is not None:
            feed.connection.unfollow(key.symbol)
            self.hub.close(key)
            del self._holders[key]


def _unknown(symbol: str, instruments: dict[str, Instrument]) -> OrderError:
    """An error that offers what the user may have meant."""
    near = difflib.get_close_matches(symbol.upper(), instruments, n=SUGGESTIONS, cutoff=0.4)
    allowed = ", ".join(near or sorted(instruments)[:SUGGESTIONS])
    return OrderError("instrument", f"{symbol!r} is not listed here", f"for example {allowed}")
