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
from engine.warm import warm_kernels
from feeds.base import (
    UNLISTED,
    Endpoint,
    FeedError,
    FeedEvent,
    FeedHealth,
    Unavailable,
    Venue,
    VenueRest,
)
from feeds.connection import Connection
from feeds.rest import RestClient
from feeds.survey import Survey, survey
from feeds.tape import connection_to
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

    client: RestClient
    rest: VenueRest
    instruments: dict[str, Instrument]
    """What can be priced there, by venue symbol."""
    connection: Connection
    survey: Survey | None = None
    """What the recording holds, for a replay."""


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
        self._supervisor.start(_task(key), feed.connection.run)
        self._holders[key] += 1
        if self._holders[key] == 1:
            self._follow(feed, key)
        return instrument

    def _follow(self, feed: _Feed, key: MarketKey) -> None:
        for symbol in _together(key, feed):
            self.hub.open(key._replace(symbol=symbol), feed.instruments[symbol])
            feed.connection.follow(symbol)
        self._supervisor.start(f"seed {key}", lambda: self._seed(feed, key))

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

    def recording(self, source: Source, venue: str) -> Survey | None:
        """What the recording behind a replay holds; None for other sources."""
        feed = self._feeds.get((source, venue))
        return feed.survey if feed else None

    async def close(self) -> None:
        """Stop everything that was started."""
        await self._supervisor.close()
        for feed in self._feeds.values():
            await feed.client.aclose()
        self._feeds.clear()
        await self.sources.close()

    async def _feed(self, source: Source, venue: str) -> _Feed:
        where = (source, venue)
        async with self._opening.setdefault(where, asyncio.Lock()):
            if where not in self._feeds:
                self._feeds[where] = await self._open_feed(source, venue)
            return self._feeds[where]

    async def _open_feed(self, source: Source, venue: str) -> _Feed:
        await asyncio.to_thread(warm_kernels)
        endpoint = await self.sources.endpoint(source, venue)
        listing = self.sources.listing(venue)
        client = RestClient(endpoint.rest_url)
        try:
            rest = listing.open_rest(client, self._clock.now_ns)
            instruments = await _listed(rest, source)
            contents = None
            if source is Source.REPLAY:
                decoder = listing.venue(instruments)
                contents = await self._survey(decoder)
                instruments = _priceable(contents, decoder)
        except BaseException:
            await client.aclose()
            raise
        connection = self._connect(source, listing.venue(instruments), endpoint, rest)
        return _Feed(client, rest, instruments, connection, contents)

    def _connect(
        self, source: Source, venue: Venue, endpoint: Endpoint, rest: VenueRest
    ) -> Connection:
        def on_event(event: FeedEvent) -> None:
            symbol: str | None = getattr(event, "symbol", None)
            if symbol is not None:
                self.hub.apply(MarketKey(source, venue.name, symbol), event)

        def on_broken(symbol: str, error: FeedError) -> None:
            self.hub.break_book(MarketKey(source, venue.name, symbol), str(error))

        return connection_to(venue, endpoint, on_event=on_event, on_broken=on_broken, rest=rest)

    async def _survey(self, venue: Venue) -> Survey:
        path = self.sources.options.replay_file
        assert path is not None, "a replay is open, so it has a file"
        venue.admits_unlisted = True
        contents = await asyncio.to_thread(survey, path, venue)
        if not _priceable(contents, venue):
            raise FeedError(
                f"{path.name} holds no book that {venue.name} can price: no snapshot, or no "
                "instrument facts in it",
                is_final=True,
            )
        return contents

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
        if feed is None or self._is_held(*_together(key, feed), at=key):
            return
        for symbol in _together(key, feed):
            feed.connection.unfollow(symbol)
            self.hub.close(key._replace(symbol=symbol))
            self._holders.pop(key._replace(symbol=symbol), None)
        if not self._is_held(*feed.instruments, at=key):
            # A venue cuts a connection that follows nothing; a recording starts over next time.
            await self._supervisor.stop(_task(key))

    def _is_held(self, *symbols: str, at: MarketKey) -> bool:
        return any(self._holders.get(at._replace(symbol=symbol), 0) > 0 for symbol in symbols)


def _together(key: MarketKey, feed: _Feed) -> tuple[str, ...]:
    """What is followed and let go together: a recording is played once for all its books."""
    return tuple(feed.instruments) if key.source is Source.REPLAY else (key.symbol,)


async def _listed(rest: VenueRest, source: Source) -> dict[str, Instrument]:
    """The venue's list. A recording may lack it; its books then say what can be inferred."""
    try:
        return await rest.instruments()
    except Unavailable:
        if source is not Source.REPLAY:
            raise
        return {}


def _priceable(contents: Survey, decoder: Venue) -> dict[str, Instrument]:
    """Books of a recording whose unit of size is known, from a list or by inference."""
    known = decoder.instruments
    return {s: known[s] for s in contents.symbols if known[s].product != UNLISTED}


def _task(key: MarketKey) -> str:
    return f"feed {key.source} {key.venue}"


def _unknown(symbol: str, instruments: dict[str, Instrument]) -> OrderError:
    """An error that offers what the user may have meant."""
    near = difflib.get_close_matches(symbol.upper(), instruments, n=SUGGESTIONS, cutoff=0.4)
    allowed = ", ".join(near or sorted(instruments)[:SUGGESTIONS])
    return OrderError("instrument", f"{symbol!r} is not listed here", f"for example {allowed}")
