"""Opening a venue: its instruments first, then the connection that can price them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.clock import Clock
from engine.hub import MarketHub
from engine.player import Player
from engine.warm import warm_kernels, warm_venue
from feeds.backoff import Pace
from feeds.base import UNLISTED, Endpoint, FeedError, FeedEvent, Venue, VenueRest
from feeds.breaker import Breaker
from feeds.catalog import Listing
from feeds.connection import Connection
from feeds.recorded import recorded_instruments
from feeds.rest import RestClient
from feeds.survey import Survey, survey
from feeds.tape import connection_to
from market.instrument import Instrument


@dataclass(slots=True)
class Feed:
    """One connection and what is known about its venue."""

    client: RestClient | None
    """None for a recording: all that it says is in the file."""
    rest: VenueRest | None
    instruments: dict[str, Instrument]
    """What can be priced there, by venue symbol."""
    connection: Connection | Player

    @property
    def player(self) -> Player | None:
        """What plays a recording; None for other sources."""
        return self.connection if isinstance(self.connection, Player) else None


async def open_feed(
    listing: Listing,
    endpoint: Endpoint,
    on_event: Callable[[FeedEvent], None],
    on_broken: Callable[[str, FeedError], None],
    *,
    pace: Pace,
    breaker: Breaker,
    clock: Clock,
) -> Feed:
    """Ask for the instruments and build the connection; nothing runs yet. Raises FeedError."""
    await asyncio.to_thread(warm_kernels)
    client = RestClient(endpoint.rest_url)
    try:
        rest = listing.open_rest(client, clock.now_ns)
        instruments = await rest.instruments()
    except BaseException:
        await client.aclose()
        raise
    venue = listing.venue(instruments)
    await asyncio.to_thread(warm_venue, venue)
    connection = connection_to(
        venue,
        endpoint,
        on_event=on_event,
        on_broken=on_broken,
        rest=rest,
        pace=pace,
        breaker=breaker,
    )
    return Feed(client, rest, instruments, connection)


async def open_replay(path: Path | None, listing: Listing, hub: MarketHub, speed: float) -> Feed:
    """Read a recording once for what it holds; nothing plays yet. Raises FeedError."""
    if path is None:
        raise FeedError("no recording was chosen", is_final=True)
    await asyncio.to_thread(warm_kernels)
    try:
        instruments, contents = await asyncio.to_thread(_contents, path, listing)
    except OSError as error:
        raise FeedError(f"{path.name} cannot be read: {error}", is_final=True) from error

    def venue() -> Venue:
        decoder = listing.venue(dict(instruments))
        decoder.admits_unlisted = True
        return decoder

    await asyncio.to_thread(warm_venue, venue())
    span = contents.first_ns, contents.last_ns
    player = Player(path, venue, hub, span, speed=speed)
    return Feed(None, None, instruments, player)


def _contents(path: Path, listing: Listing) -> tuple[dict[str, Instrument], Survey]:
    decoder = listing.venue(recorded_instruments(path, listing))
    decoder.admits_unlisted = True
    contents = survey(path, decoder)
    instruments = _priceable(contents, decoder)
    if not instruments:
        raise FeedError(
            f"{path.name} holds no book that {decoder.name} can price: no snapshot, or no "
            "instrument facts in it",
            is_final=True,
        )
    return instruments, contents


def _priceable(contents: Survey, decoder: Venue) -> dict[str, Instrument]:
    """Books of a recording whose unit of size is known, from a list or by inference."""
    known = decoder.instruments
    return {s: known[s] for s in contents.symbols if known[s].product != UNLISTED}
