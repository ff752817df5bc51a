"""Runs the feeds: one supervised connection per source and venue, markets on demand.

A market is followed while somebody holds it. Two pages that hold the same market share its
book; a page that lets go does not disturb the other.
"""

import asyncio
import difflib
import logging
from collections import Counter
from functools import partial
from pathlib import Path

from engine import drill
from engine.clock import Clock
from engine.feed import Feed, open_feed, open_replay
from engine.gate import Gate
from engine.hub import MarketHub, MarketKey
from engine.incidents import Drill, IncidentLog
from engine.player import Player
from engine.sources import DEMO_VENUE, Sources
from engine.supervisor import Supervisor
from feeds.backoff import Backoff, Pace
from feeds.base import DecodeError, FeedError, FeedEvent, FeedHealth, VenueRest
from feeds.connection import Connection
from market.errors import OrderError
from market.instrument import Instrument
from market.trade import Candle, DayVolume
from models.base import Source

log = logging.getLogger(__name__)

LINGER_S = 20.0
"""A market is kept this long after the last page let go, so that a reload finds it warm."""
SEED_CANDLES = 300
SEED_HOURS = 4 * 168
"""Four weeks; some venues give fewer at once."""
SUGGESTIONS = 5


WATCH_S = 0.1
"""How often every book is judged though nobody asks for a price."""


class Runner:
    """Starts, shares and stops feeds."""

    def __init__(
        self,
        hub: MarketHub,
        sources: Sources,
        supervisor: Supervisor,
        clock: Clock,
        pace: Pace | None = None,
    ) -> None:
        self.hub = hub
        self.sources = sources
        self._supervisor = supervisor
        self._clock = clock
        self._pace = pace or Pace()
        self._feeds: dict[tuple[Source, str], Feed] = {}
        self._gates: dict[tuple[Source, str], Gate] = {}
        self._opening: dict[tuple[Source, str], asyncio.Lock] = {}
        self._holders: Counter[MarketKey] = Counter()

    @property
    def incidents(self) -> IncidentLog:
        """What went wrong with the books that are or were followed."""
        return self.hub.incidents

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
        self._supervisor.start("watch", self._watch)
        self._holders[key] += 1
        if self._holders[key] == 1 or not self.hub.is_open(key):
            self._follow(feed, key)
        return instrument

    def _follow(self, feed: Feed, key: MarketKey) -> None:
        for symbol in _together(key, feed):
            venue = feed.connection.venue
            self.hub.open(
                key._replace(symbol=symbol),
                feed.instruments[symbol],
                venue.quiet_book_s,
                venue.unverified,
            )
            feed.connection.follow(symbol)
        if feed.rest is not None:
            self._supervisor.start(f"seed {key}", partial(self._seed, feed.rest, feed, key))

    def release(self, key: MarketKey) -> None:
        """Let go of a market; it is closed a little later if nobody else holds it."""
        if self._holders[key] > 0:
            self._holders[key] -= 1
        if self._holders[key] == 0:
            self._supervisor.start(f"linger {key}", lambda: self._close_later(key))

    def health(self, source: Source, venue: str) -> FeedHealth | None:
        """How that venue is doing; None before it was first asked for."""
        feed = self._feeds.get((source, venue))
        gate = self._gates.get((source, venue))
        return gate.health(feed.connection.health if feed else None) if gate else None

    def try_now(self, source: Source, venue: str) -> None:
        """Do not wait for the next try of a venue that is down or left alone."""
        gate, feed = self._gates.get((source, venue)), self._feeds.get((source, venue))
        if gate is not None:
            gate.breaker.try_now()
        if feed is not None:
            feed.connection.try_now()

    def drill(
        self,
        fault: str,
        symbol: str | None = None,
        *,
        source: Source = Source.DEMO,
        **options: float | int | str,
    ) -> Drill:
        """Let the embedded exchange misbehave; what there is stands in `engine.drill.CATALOG`.

        OrderError for another source, an unknown fault or option, or a demo that does not run.
        """
        exchange, feed = self.sources.exchange, self._feeds.get((Source.DEMO, DEMO_VENUE))
        if source is not Source.DEMO:
            raise OrderError("source", f"a drill on {source} is refused", "demo only")
        if exchange is None or feed is None:
            raise OrderError("source", "the demo exchange does not run", "follow a demo market")
        chosen = drill.find(fault)
        merged = drill.chosen(chosen, options)
        ordered = Drill(
            fault=fault, symbol=symbol, options=tuple(merged.items()), ns=self._clock.now_ns()
        )
        connection = feed.connection
        if chosen.is_ours and isinstance(connection, Connection):
            seconds = float(str(merged["seconds"]))
            self._supervisor.start(
                f"drill {fault}",
                lambda: drill.misdirect(connection, exchange, chosen, seconds),
            )
        else:
            drill.inflict(exchange, chosen, symbol, merged)
        self.incidents.ordered(ordered)
        if chosen.name == "http_error":
            self._ask_rest_again(feed)
        return ordered

    @property
    def player(self) -> Player | None:
        """What plays the chosen recording; None until a page has asked for it."""
        feed = self._feeds.get((Source.REPLAY, self.sources.replay_venue))
        return feed.player if feed else None

    async def put_in(self, path: Path, venue: str) -> dict[str, Instrument]:
        """Play another recording, for all pages; gives what can be priced in it.

        Raises FeedError for a file that holds nothing to be priced; the old one is gone then too.
        """
        for where in [where for where in self._feeds if where[0] is Source.REPLAY]:
            await self._supervisor.stop(_task(MarketKey(*where, "")))
            del self._feeds[where]
        markets = self.hub.keys()
        for key in markets:
            if key.source is Source.REPLAY:
                self.hub.close(key)
        self.sources.put_in(path, venue)
        return await self.instruments(Source.REPLAY, venue)

    async def close(self) -> None:
        """Stop everything that was started."""
        await self._supervisor.close()
        for feed in self._feeds.values():
            if feed.client is not None:
                await feed.client.aclose()
        self._feeds.clear()
        await self.sources.close()

    async def _feed(self, source: Source, venue: str) -> Feed:
        where = (source, venue)
        async with self._opening.setdefault(where, asyncio.Lock()):
            if where not in self._feeds:
                self._feeds[where] = await self._open(source, venue)
            return self._feeds[where]

    async def _open(self, source: Source, venue: str) -> Feed:
        listing = self.sources.listing(venue)
        gate = self._gates.get((source, venue))
        if gate is None:
            gate = self._gates[source, venue] = Gate(venue, self._pace.trip, self._clock)
        if source is Source.REPLAY:
            options = self.sources.options
            return await open_replay(
                self.sources.recording, listing, self.hub, options.replay_speed
            )
        endpoint = await self.sources.endpoint(source, venue)
        gate.check()

        def on_event(event: FeedEvent) -> None:
            symbol: str | None = getattr(event, "symbol", None)
            if symbol is not None:
                self.hub.apply(MarketKey(source, venue, symbol), event)

        def on_broken(symbol: str, error: FeedError) -> None:
            self.hub.break_book(MarketKey(source, venue, symbol), str(error), error.code)

        try:
            feed = await open_feed(
                listing,
                endpoint,
                on_event,
                on_broken,
                pace=self._pace,
                breaker=gate.breaker,
                clock=self._clock,
            )
        except FeedError as error:
            gate.failed(error)
            raise
        gate.opened()
        return feed

    async def _watch(self) -> None:
        while True:
            self.hub.look()
            await asyncio.sleep(WATCH_S)

    def _ask_rest_again(self, feed: Feed) -> None:
        """Fetch history and volume of one market of the demo once more."""
        for key in self._holders:
            if key.source is Source.DEMO and feed.rest and self.hub.is_open(key):
                seed = partial(self._seed, feed.rest, feed, key)
                self._supervisor.start("drill http_error", seed)
                return

    async def _seed(self, rest: VenueRest, feed: Feed, key: MarketKey) -> None:
        """Volatility and volume from the venue's memory; a market works without them."""
        instrument, gate = feed.instruments[key.symbol], self._gates[key.source, key.venue]
        pauses = Backoff(self._pace.rest)
        while self.hub.is_open(key):
            try:
                candles = await rest.candles(instrument, SEED_CANDLES)
                volume = await _volume(rest, instrument)
                hours = await _hours(rest, instrument)
            except FeedError as error:
                log.warning("no history for %s at %s: %s", key.symbol, key.venue, error)
                gate.rest_failed(error)
                if error.is_final:
                    return
                await self._clock.sleep(pauses.next())
            else:
                gate.rest_worked()
                self.hub.seed(key, candles, volume, hours)
                return

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


def _together(key: MarketKey, feed: Feed) -> tuple[str, ...]:
    """What is followed and let go together: a recording is played once for all its books."""
    return tuple(feed.instruments) if key.source is Source.REPLAY else (key.symbol,)


async def _volume(rest: VenueRest, instrument: Instrument) -> DayVolume | None:
    """None where the venue's figure can never be used: candles are of use without it."""
    try:
        return await rest.day_volume(instrument)
    except DecodeError as error:
        if not error.is_final:
            raise
        log.warning("no day volume: %s", error)
        return None


async def _hours(rest: VenueRest, instrument: Instrument) -> list[Candle]:
    """Hourly bars; none where the venue gives none: only the pattern of the week needs them."""
    try:
        return await rest.candles(instrument, SEED_HOURS, minutes=60)
    except FeedError as error:
        log.warning("no hours of %s: %s", instrument.venue_symbol, error)
        return []


def _task(key: MarketKey) -> str:
    return f"feed {key.source} {key.venue}"


def _unknown(symbol: str, instruments: dict[str, Instrument]) -> OrderError:
    """An error that offers what the user may have meant."""
    near = difflib.get_close_matches(symbol.upper(), instruments, n=SUGGESTIONS, cutoff=0.4)
    allowed = ", ".join(near or sorted(instruments)[:SUGGESTIONS])
    return OrderError("instrument", f"{symbol!r} is not listed here", f"for example {allowed}")
