"""The same checks for every venue of the catalogue, and for every recording there is of one.

A new venue is covered as soon as the catalogue names it. A recording of it adds one line to
RECORDINGS, with what its notes say is in it.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.base import Endpoint, FeedError, FeedState
from feeds.catalog import VENUES
from feeds.connection import Connection
from feeds.playback import Playback
from feeds.recorded import open_recording
from feeds.replay import ReplayServer
from feeds.tape import connection_to
from market.book import BookUpdate, OrderBook
from market.trade import Trade
from tests import builders
from tests.feeds.venue_server import PACE, playing


@dataclass(frozen=True)
class Recorded:
    """A recording and what its notes say is in it."""

    file: str
    snapshots: int
    updates: int
    trades: int
    checksums: int
    symbols: int

    def __str__(self) -> str:
        return Path(self.file).name.partition(".")[0]


RECORDINGS = [
    Recorded("okx/okx_books_trades_20220513.jsonl.gz", 3, 287, 74, 290, 3),
    Recorded("okx/okx_books_l2_tbt_20220227.jsonl.gz", 20, 3659, 19, 3679, 10),
    Recorded("binance/binance_spot_btcusdt_20240808.jsonl.gz", 1, 3449, 9757, 0, 1),
    Recorded("binance/binance_usdm_btcusdt_20240808.jsonl.gz", 1, 6547, 21313, 0, 1),
    Recorded("binance/binance_coinm_ethusd_perp_20240808.jsonl.gz", 1, 22887, 1732, 0, 1),
    Recorded("bybit/bybit_linear_20260809.jsonl.gz", 4, 1594, 327, 0, 4),
    Recorded("kraken/kraken_v2_book_btcusd_20260802.jsonl.gz", 1, 2051, 0, 2052, 1),
    Recorded("coinbase/coinbase_advanced_20260809.jsonl.gz", 2, 773, 79, 0, 2),
]

each_venue = pytest.mark.parametrize("name", VENUES)
each_recording = pytest.mark.parametrize("recorded", RECORDINGS, ids=str)


@dataclass
class Played:
    """What came out of a venue, applied to books."""

    counts: Counter[str] = field(default_factory=Counter)
    books: dict[str, OrderBook] = field(default_factory=dict)
    trades: int = 0
    crossed: int = 0

    def take(self, event: object) -> None:
        if isinstance(event, BookUpdate):
            self.counts["snapshot" if event.is_snapshot else "update"] += 1
            book = self.books.setdefault(event.symbol, OrderBook(event.symbol))
            book.apply(event)
            self.crossed += book.shape == "crossed"
        elif isinstance(event, Trade):
            self.trades += 1


@each_venue
def test_a_venue_goes_by_its_name_in_the_catalogue(name):
    assert VENUES[name].venue({}).name == name


@each_venue
def test_addresses_are_encrypted_and_the_first_region_is_the_default(name):
    listing = VENUES[name]
    for region, endpoint in listing.endpoints.items():
        assert listing.endpoint(region) == endpoint
        assert endpoint.ws_url.startswith("wss://")
        assert endpoint.rest_url.startswith("https://")
    assert listing.endpoint() == next(iter(listing.endpoints.values()))
    with pytest.raises(KeyError, match="nowhere"):
        listing.endpoint("nowhere")


@each_venue
@given(frame=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junk_is_refused_or_ignored_and_never_crashes_a_venue(name, frame):
    try:
        events = VENUES[name].venue({}).receive(frame, 1)
    except FeedError as error:
        assert str(error)
    else:
        assert not any(isinstance(event, BookUpdate | Trade) for event in events)


@each_venue
def test_a_venue_that_was_reset_is_as_good_as_new(name):
    venue = VENUES[name].venue({})
    venue.reset()
    venue.reset()
    assert venue.checksums_verified == 0


@each_venue
def test_what_a_venue_asks_is_text_that_a_socket_can_send(name):
    venue = VENUES[name].venue({})
    try:
        again = venue.resync("X")
    except FeedError as error:
        assert error.ends_connection  # only a new connection brings a new book
        again = []
    for frame in (*venue.subscribe(["X", "Y"]), *again, *venue.unsubscribe(["X", "Y"])):
        assert isinstance(frame, str) and frame


@each_venue
def test_a_venue_without_a_symbol_asks_for_nothing(name):
    assert VENUES[name].venue({}).subscribe(()) == []


@each_venue
async def test_a_line_that_ends_costs_the_book_its_trust_and_is_opened_anew(name):
    async def drops(peer):
        await peer.socket.close(1011)

    symbol, broken = "BTC-USD", []
    listed = {symbol: builders.instrument(venue=name, venue_symbol=symbol)}
    endpoint = VENUES[name].endpoint()
    async with playing(drops) as server:
        here = server.url + ("{symbol}" if endpoint.is_per_symbol else "")
        connection = connection_to(
            VENUES[name].venue(listed),
            Endpoint(ws_url=here, rest_url="", tape_url=endpoint.tape_url and server.url),
            lambda event: None,
            lambda symbol, error: broken.append((symbol, str(error))),
            pace=PACE,
        )
        connection.follow(symbol)
        running = asyncio.create_task(connection.run())
        async with asyncio.timeout(30):
            while connection.health.reconnects < 2:
                await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.wait((running,))
    assert broken[0][0] == symbol
    assert "closed the connection (1011)" in broken[0][1]


@each_recording
def test_a_recording_decodes_with_the_counts_its_notes_state(recorded, recordings):
    path = recordings / recorded.file
    venue, played = open_recording(path), Played()
    for step in Playback(path, venue):
        assert step.error is None
        for event in step.events:
            played.take(event)
    assert played.counts == {"snapshot": recorded.snapshots, "update": recorded.updates}
    assert (played.trades, len(played.books)) == (recorded.trades, recorded.symbols)
    assert (venue.checksums_verified, played.crossed) == (recorded.checksums, 0)


@each_recording
async def test_a_recording_over_a_real_socket_gives_the_same(recorded, recordings):
    path = recordings / recorded.file
    surveyed, played, broken = _surveyed(path), Played(), set()
    venue = VENUES[surveyed.name].venue(surveyed.instruments)
    async with ReplayServer(path, None) as server:
        connection = Connection(
            venue,
            Endpoint(ws_url=server.ws_url, rest_url=server.rest_url),
            played.take,
            lambda symbol, error: broken.add(str(error)),
        )
        connection.follow(next(iter(venue.instruments)))
        async with asyncio.timeout(60):
            await connection.run()
    health = connection.health
    assert played.counts == {"snapshot": recorded.snapshots, "update": recorded.updates}
    assert (health.state, health.checksums_verified) == (FeedState.ENDED, recorded.checksums)
    assert (health.gaps, health.checksum_failures, health.decode_errors) == (0, 0, 0)
    assert (health.resyncs, health.reconnects, played.crossed) == (0, 0, 0)
    assert broken == {"the recording has ended"}


def _surveyed(path):
    """The recording's decoder after one pass: it knows all instruments then."""
    venue = open_recording(path)
    for _ in Playback(path, venue):
        pass
    return venue


@each_recording
def test_books_of_a_recording_hold_sound_levels(recorded, recordings):
    path = recordings / recorded.file
    played = Played()
    for step in Playback(path, open_recording(path)):
        for event in step.events:
            played.take(event)
    for book in played.books.values():
        levels, counts = book.raw()
        for side, sign in ((0, -1), (1, 1)):
            held = levels[side, :, : counts[side]]
            assert np.all(np.diff(sign * held[0]) > 0)
            assert np.all(held[1] > 0)
