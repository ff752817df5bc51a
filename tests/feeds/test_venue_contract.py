"""The same checks for every venue of the catalogue, on its own recordings.

A new venue adds one `Recorded` line here for each recording it has; nothing else.
"""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from feeds.base import ChecksumMismatch, Endpoint, FeedError, FeedState, SequenceGap, Venue
from feeds.catalog import VENUES
from feeds.connection import Connection
from feeds.okx import Okx
from feeds.recording import Direction, read
from feeds.replay import ReplayServer
from feeds.rest import RestClient
from market.book import BookUpdate, OrderBook
from market.instrument import Instrument
from market.trade import Trade


@dataclass(frozen=True)
class Recorded:
    """A recording and what its notes say is in it."""

    venue: str
    file: str
    snapshots: int
    updates: int
    trades: int
    checksums: int
    symbols: int
    decoder: Callable[[dict[str, Instrument]], Venue] | None = None
    """Where the recording needs another than the default decoder."""

    def open(self, instruments: dict[str, Instrument]) -> Venue:
        venue = (self.decoder or VENUES[self.venue].venue)(instruments)
        venue.admits_unlisted = True
        return venue

    def __str__(self) -> str:
        return Path(self.file).name


RECORDED = [
    Recorded("okx", "okx/okx_books_trades_20220513.jsonl.gz", 3, 287, 74, 290, 3),
    Recorded(
        "okx",
        "okx/okx_books_l2_tbt_20220227.jsonl.gz",
        20,
        3659,
        19,
        3679,
        10,
        decoder=lambda instruments: Okx(instruments, "books-l2-tbt"),
    ),
]

each_recording = pytest.mark.parametrize("recorded", RECORDED, ids=str)


@dataclass
class Played:
    """What came out of a venue, applied to books."""

    counts: Counter[str] = field(default_factory=Counter)
    books: dict[str, OrderBook] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    crossed: int = 0

    def take(self, event: object) -> None:
        if isinstance(event, BookUpdate):
            self.counts["snapshot" if event.is_snapshot else "update"] += 1
            book = self.books.setdefault(event.symbol, OrderBook(event.symbol))
            book.apply(event)
            self.crossed += book.shape == "crossed"
        elif isinstance(event, Trade):
            self.trades.append(event)


def frames_of(path: Path) -> list[bytes]:
    return [line.raw.encode() for line in read(path) if line.t == Direction.RECV]


async def listed(recorded: Recorded, path: Path) -> dict[str, Instrument]:
    """The instruments that the recording's own REST responses list."""
    async with ReplayServer(path) as server, RestClient(server.rest_url) as client:
        return await VENUES[recorded.venue].open_rest(client).instruments()


def test_every_venue_of_the_catalogue_has_a_recording_here():
    assert {recorded.venue for recorded in RECORDED} == set(VENUES)


@pytest.mark.parametrize("name", VENUES)
def test_a_venue_goes_by_its_name_in_the_catalogue(name):
    assert VENUES[name].venue({}).name == name


@pytest.mark.parametrize("name", VENUES)
def test_addresses_are_encrypted_and_the_first_region_is_the_default(name):
    listing = VENUES[name]
    for region, endpoint in listing.endpoints.items():
        assert listing.endpoint(region) == endpoint
        assert endpoint.ws_url.startswith("wss://")
        assert endpoint.rest_url.startswith("https://")
    assert listing.endpoint() == next(iter(listing.endpoints.values()))
    with pytest.raises(KeyError, match="nowhere"):
        listing.endpoint("nowhere")


@each_recording
async def test_a_recording_decodes_with_the_counts_its_notes_state(recorded, recordings):
    path = recordings / recorded.file
    venue = recorded.open(await listed(recorded, path))
    played = Played()
    for frame in frames_of(path):
        for event in venue.receive(frame, 1):
            played.take(event)
    assert played.counts == {"snapshot": recorded.snapshots, "update": recorded.updates}
    assert (len(played.trades), len(played.books)) == (recorded.trades, recorded.symbols)
    assert venue.checksums_verified == recorded.checksums
    assert played.crossed == 0


@each_recording
async def test_a_recording_over_a_real_socket_gives_the_same(recorded, recordings):
    path = recordings / recorded.file
    venue = recorded.open(await listed(recorded, path))
    played, broken = Played(), []
    async with ReplayServer(path, None) as server:
        connection = Connection(
            venue,
            Endpoint(ws_url=server.ws_url, rest_url=server.rest_url),
            played.take,
            lambda symbol, error: broken.append(str(error)),
        )
        connection.follow(next(iter(venue.instruments)))
        async with asyncio.timeout(60):
            await connection.run()
    health = connection.health
    assert played.counts == {"snapshot": recorded.snapshots, "update": recorded.updates}
    assert health.state is FeedState.ENDED
    assert health.checksums_verified == recorded.checksums
    assert (health.gaps, health.checksum_failures, health.decode_errors) == (0, 0, 0)
    assert (health.resyncs, health.reconnects, played.crossed) == (0, 0, 0)
    assert set(broken) == {"the recording has ended"}


def play(venue: Venue, frames: list[bytes]) -> tuple[dict[str, list[float]], set[str]]:
    """(best ten levels of every book at the end, books that were given up on the way)."""
    played, given_up = Played(), set()
    for frame in frames:
        try:
            events = venue.receive(frame, 1)
        except FeedError as error:
            assert isinstance(error, SequenceGap | ChecksumMismatch)
            assert error.resync
            given_up.add(error.resync)
            continue
        for event in events:
            played.take(event)
            if isinstance(event, BookUpdate):
                assert event.is_snapshot or event.symbol not in given_up
    return {symbol: best_ten(book) for symbol, book in played.books.items()}, given_up


def best_ten(book: OrderBook) -> list[float]:
    """What every venue's rule covers: sequences all levels, checksums at least the best ten."""
    levels, counts = book.raw()
    return [x for side in range(2) for x in levels[side, :, : min(10, counts[side])].ravel()]


@each_recording
async def test_a_frame_dropped_in_the_middle_is_never_silent(recorded, recordings):
    """Either the book is given up, or the next message said again what was lost."""
    path = recordings / recorded.file
    instruments = await listed(recorded, path)
    frames = frames_of(path)
    whole, _ = play(recorded.open(instruments), frames)
    updates = [n for n, frame in enumerate(frames) if b'"update"' in frame]
    middle = updates[len(updates) // 4 : -len(updates) // 4]
    detected = 0
    for place in middle[:: len(middle) // 15]:
        rest, given_up = play(recorded.open(instruments), frames[:place] + frames[place + 1 :])
        detected += len(given_up)
        for symbol, levels in rest.items():
            assert symbol in given_up or levels == whole[symbol]
    assert detected > 0


@each_recording
async def test_sizes_of_contracts_come_out_as_coins(recorded, recordings):
    """The same frames with contracts worth 2 % more give sizes 2 % larger; coins stay coins."""
    path = recordings / recorded.file
    instruments = await listed(recorded, path)
    dearer = {
        symbol: dataclasses.replace(i, contract_size=i.contract_size * 1.02)
        for symbol, i in instruments.items()
        if i.has_contracts
    }
    real, other = recorded.open(instruments), recorded.open(instruments | dearer)
    for frame in frames_of(path):
        for event, changed in zip(real.receive(frame, 1), other.receive(frame, 1), strict=True):
            if isinstance(event, BookUpdate):
                factor = 1.02 if event.symbol in dearer else 1.0
                np.testing.assert_allclose(changed.rows[:, 1], event.rows[:, 1] * factor)
                np.testing.assert_array_equal(changed.rows[:, 0], event.rows[:, 0])
