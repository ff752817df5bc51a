"""Where a market comes from: a live venue, the embedded exchange, or a recording.

The first two are an address that the same venue adapter connects to. A recording is a file, whose
frames go through that adapter's decoder; one is played at a time, for all pages.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from feeds.base import Endpoint, FeedError
from feeds.catalog import RECORDED, VENUES, Listing, live_listing
from feeds.synthetic import Exchange
from models.base import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """What the user configured about sources."""

    region: str = "global"
    venue: str = ""
    """The configured live venue: on offer even if the catalogue does not list it (ccxt)."""
    demo_seed: int = 7
    demo_rate_hz: float = 10.0
    demo_port: int = 0
    replay_file: Path | None = None
    replay_venue: str = "okx"
    replay_speed: float = 1.0


DEMO_VENUE = "okx"
"""The venue whose protocol the embedded exchange speaks."""


class Sources:
    """Opens sources on demand and closes what it opened."""

    def __init__(self, options: SourceOptions) -> None:
        self.options = options
        self._stack = AsyncExitStack()
        self._demo: Endpoint | None = None
        self._starting = asyncio.Lock()
        """Two who ask at once share one exchange."""
        self.exchange: Exchange | None = None
        """The embedded exchange, once it runs."""
        self.recording = options.replay_file
        """What is played, if anything."""
        self.replay_venue = options.replay_venue
        """Whose recording it is."""
        self._named: dict[str, None] = {}
        """Venues that the catalogue does not list, and that somebody asked for (ccxt)."""

    def offered(self) -> dict[Source, tuple[str, ...]]:
        """Sources that can be chosen, with their venues."""
        configured = (self.options.venue,) if self.options.venue else ()
        live = tuple(dict.fromkeys((*VENUES, *configured, *self._named)))
        offered = {Source.LIVE: live, Source.DEMO: (DEMO_VENUE,)}
        if self.recording is not None:
            offered[Source.REPLAY] = (self.replay_venue,)
        return offered

    def put_in(self, path: Path, venue: str) -> None:
        """Another recording in the place of the one that is played."""
        self.recording, self.replay_venue = path, venue

    def listing(self, venue: str) -> Listing:
        """The catalogue's line for a venue; FeedError for a name it does not have.

        One that ccxt reads is on offer from then on.
        """
        if venue in RECORDED:
            return RECORDED[venue]
        listing = live_listing(venue)
        self._named[venue] = None
        return listing

    async def endpoint(self, source: Source, venue: str) -> Endpoint:
        """The address of a live venue, or of the demo exchange, started if it is not running."""
        if source is Source.LIVE:
            return self._live(venue)
        async with self._starting:
            if self._demo is None:
                self._demo = await self._start_demo()
            return self._demo

    async def close(self) -> None:
        """Stop what we started."""
        self._demo = None
        self.exchange = None
        await self._stack.aclose()

    def _live(self, venue: str) -> Endpoint:
        """The region is one venue's word: where it means nothing, the default address stands."""
        listing = self.listing(venue)
        if not listing.endpoints:
            raise FeedError(f"{venue} is nowhere live, only in recordings", is_final=True)
        region = self.options.region
        return listing.endpoint(region if region in listing.endpoints else "")

    async def _start_demo(self) -> Endpoint:
        options = self.options
        # A month of candles is made first: too long for the event loop.
        self.exchange = await asyncio.to_thread(
            Exchange, seed=options.demo_seed, rate_hz=options.demo_rate_hz
        )
        await self.exchange.start(port=options.demo_port)
        self._stack.push_async_callback(self.exchange.stop)
        return Endpoint(ws_url=self.exchange.ws_url, rest_url=self.exchange.rest_url)
