"""Opening a venue: its instruments first, then the connection that can price them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.clock import Clock
from engine.warm import warm_kernels
from feeds.backoff import Pace
from feeds.base import UNLISTED, Endpoint, FeedError, FeedEvent, Unavailable, Venue, VenueRest
from feeds.breaker import Breaker
from feeds.catalog import Listing
from feeds.connection import Connection
from feeds.rest import RestClient
from feeds.survey import Survey, survey
from feeds.tape import connection_to
from market.instrument import Instrument


@dataclass(slots=True)
class Feed:
    """One connection and what is known about its venue."""

    client: RestClient
    rest: VenueRest
    instruments: dict[str, Instrument]
    """What can be priced there, by venue symbol."""
    connection: Connection
    survey: Survey | None = None
    """What the recording holds, for a replay."""


async def open_feed(
    listing: Listing,
    endpoint: Endpoint,
    on_event: Callable[[FeedEvent], None],
    on_broken: Callable[[str, FeedError], None],
    *,
    pace: Pace,
    breaker: Breaker,
    recording: Path | None,
    clock: Clock,
) -> Feed:
    """Ask for the instruments and build the connection; nothing runs yet. Raises FeedError."""
    await asyncio.to_thread(warm_kernels)
    client = RestClient(endpoint.rest_url)
    try:
        rest = listing.open_rest(client, clock.now_ns)
        instruments = await _listed(rest, is_optional=recording is not None)
        contents = None
        if recording is not None:
            decoder = listing.venue(instruments)
            contents = await _survey(recording, decoder)
            instruments = _priceable(contents, decoder)
    except BaseException:
        await client.aclose()
        raise
    connection = connection_to(
        listing.venue(instruments),
        endpoint,
        on_event=on_event,
        on_broken=on_broken,
        rest=rest,
        pace=pace,
        breaker=breaker,
    )
    return Feed(client, rest, instruments, connection, contents)


async def _listed(rest: VenueRest, *, is_optional: bool) -> dict[str, Instrument]:
    """The venue's list. A recording may lack it; its books then say what can be inferred."""
    try:
        return await rest.instruments()
    except Unavailable:
        if not is_optional:
            raise
        return {}


async def _survey(path: Path, venue: Venue) -> Survey:
    venue.admits_unlisted = True
    contents = await asyncio.to_thread(survey, path, venue)
    if not _priceable(contents, venue):
        raise FeedError(
            f"{path.name} holds no book that {venue.name} can price: no snapshot, or no "
            "instrument facts in it",
            is_final=True,
        )
    return contents


def _priceable(contents: Survey, decoder: Venue) -> dict[str, Instrument]:
    """Books of a recording whose unit of size is known, from a list or by inference."""
    known = decoder.instruments
    return {s: known[s] for s in contents.symbols if known[s].product != UNLISTED}
