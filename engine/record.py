"""Records live markets of one venue into files, without a page."""

import asyncio
import difflib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from engine.warm import warm_kernels
from feeds.base import Endpoint, FeedError, FeedEvent
from feeds.catalog import VENUES, Listing
from feeds.connection import Connection
from feeds.disk_budget import DiskBudget
from feeds.recorder import Recorder, RecorderStatus, Rotation
from feeds.recording import Line
from feeds.rest import RestClient, is_loopback
from feeds.segment import answer
from feeds.tap import Tap
from feeds.tape import connection_to
from market.errors import OrderError
from market.instrument import Instrument

SUGGESTIONS: Final = 5
GIB: Final = 1 << 30


class RecordOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What to record, where to, and how much."""

    venue: str
    symbols: tuple[str, ...]
    """The venue's own ids."""
    folder: Path
    endpoint: str = ""
    """A region of the catalogue, or 127.0.0.1:PORT of this machine; empty = the first region."""
    minutes: float | None = None
    """None records until stopped."""
    budget_bytes: int = 10 * GIB
    """Of all recordings in the folder."""
    may_delete_oldest: bool = False
    rotation: Rotation = Rotation()
    name: str = ""
    """What the files are called after; empty = the venue and its first instrument."""


async def record(
    order: RecordOrder,
    stop: asyncio.Event,
    on_progress: Callable[[RecorderStatus], None] | None = None,
    budget: DiskBudget | None = None,
) -> RecorderStatus:
    """Record until `stop`, the time is over, or nothing more can be written.

    budget  of the folder, where others record into it too; else one is made of the order
    Raises FeedError when the venue does not answer, OrderError for a venue, endpoint or instrument
    that is not known. A disk that fails is told in the status.
    """
    listing = _listing(order.venue)
    endpoint = _endpoint(order.venue, listing, order.endpoint)
    await asyncio.to_thread(warm_kernels)
    facts: list[Line] = []

    def keep(url: str, body: bytes) -> None:
        facts.append(answer(order.venue, url, body, time.time_ns()))

    async with RestClient(endpoint.rest_url, on_body=keep) as client:
        instruments = await listing.open_rest(client).instruments()
    for symbol in order.symbols:
        _check(order.venue, symbol, instruments)
    recorder = Recorder(
        order.name or f"{order.venue}_{order.symbols[0]}",
        order.venue,
        _opener(listing, endpoint, instruments, order.symbols),
        budget
        or DiskBudget(order.folder, order.budget_bytes, may_delete_oldest=order.may_delete_oldest),
        facts=facts,
        rotation=order.rotation,
    )
    running = asyncio.create_task(recorder.run(), name="record")
    deadline = None if order.minutes is None else time.monotonic() + 60 * order.minutes
    while not (running.done() or stop.is_set() or _is_past(deadline)):
        await asyncio.wait((running,), timeout=LOOK_S)
        if on_progress is not None:
            on_progress(recorder.status)
    recorder.stop()
    await running
    return recorder.status


LOOK_S: Final = 0.2


def _is_past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _opener(
    listing: Listing,
    endpoint: Endpoint,
    instruments: dict[str, Instrument],
    symbols: tuple[str, ...],
) -> Callable[[Tap], AbstractAsyncContextManager[Connection]]:
    @asynccontextmanager
    async def opened(tap: Tap) -> AsyncIterator[Connection]:
        def fetched(url: str, body: bytes) -> None:
            tap.fetched(url, body, time.time_ns())

        async with RestClient(endpoint.rest_url, on_body=fetched) as client:
            connection = connection_to(
                listing.venue(dict(instruments)),
                endpoint,
                _ignore,
                _ignore_broken,
                rest=listing.open_rest(client),
                tap=tap,
            )
            for symbol in symbols:
                connection.follow(symbol)
            yield connection

    return opened


def _ignore(event: FeedEvent) -> None:
    """Recorded as bytes; nobody here needs the event."""


def _ignore_broken(symbol: str, error: FeedError) -> None:
    """The recording shows it too."""


def _listing(venue: str) -> Listing:
    if venue not in VENUES:
        raise OrderError("venue", f"{venue!r} is not known", ", ".join(VENUES))
    return VENUES[venue]


def _endpoint(venue: str, listing: Listing, wanted: str) -> Endpoint:
    """A region of the catalogue, or the same protocol on this machine; no other address."""
    if wanted in listing.endpoints or not wanted:
        return listing.endpoint(wanted)
    host = wanted.removeprefix("http://").removeprefix("ws://").rstrip("/")
    parts = urlsplit(f"http://{host}")
    if parts.path or parts.query or not _has_port(parts) or not is_loopback(f"http://{host}"):
        regions = ", ".join(listing.endpoints)
        raise OrderError("endpoint", f"{wanted!r} cannot be used", f"{regions}, or 127.0.0.1:PORT")
    path = urlsplit(listing.endpoint().ws_url).path
    return Endpoint(ws_url=f"ws://{host}{path}", rest_url=f"http://{host}", label="this machine")


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port is not None
    except ValueError:
        return False


def _check(venue: str, symbol: str, instruments: dict[str, Instrument]) -> None:
    if symbol not in instruments:
        near = difflib.get_close_matches(symbol.upper(), instruments, n=SUGGESTIONS, cutoff=0.4)
        allowed = ", ".join(near or sorted(instruments)[:SUGGESTIONS])
        raise OrderError("instrument", f"{venue} lists no {symbol!r}", f"for example {allowed}")
