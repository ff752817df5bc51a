import asyncio
import json
from contextlib import suppress

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.trust import Signs, judge
from feeds.base import DecodeError, FeedState, SubscribeRefused, Unavailable
from feeds.catalog import VENUES
from feeds.following import Phase
from feeds.goquant import GoQuant
from feeds.goquant_scan import SHORTEST_ROW, scan, scan_plain
from feeds.okx_scan import UNEXPECTED
from feeds.tape import connection_to
from market.book import OrderBook
from market.trust import Grade
from tests.builders import instrument, inverse_swap, swap
from tests.feeds.spoilt import feed
from tests.feeds.venue_server import PACE, Peer, Watch, playing, watching

SWAP, SPOT = "BTC-USDT-SWAP", "BTC-USDT"
ASKS = [["60000.1", "12.5"], ["60000.3", "3"], ["60001", "1104.23"]]
BIDS = [["60000", "40.01"], ["59999.8", "7"], ["59999.7", "9.06"]]
SECONDS, MICROS = "2026-11-20T10:00:00Z", "2026-11-20T10:00:00.123456+00:00"


def listed():
    return {i.venue_symbol: i for i in (instrument(), swap(), inverse_swap())}


def book(asks=ASKS, bids=BIDS, *, symbol=SWAP, exchange="OKX", stamp=SECONDS, indent=False):
    message = {
        "timestamp": stamp,
        "exchange": exchange,
        "symbol": symbol,
        "asks": asks,
        "bids": bids,
    }
    return json.dumps(message, separators=None if indent else (",", ":")).encode()


def side(n, start, step):
    return [[f"{start + k * step}", "1"] for k in range(n)]


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    """What is slow the first time is no part of what these tests wait for."""
    GoQuant.warm_up()


@pytest.fixture
def venue():
    relay = GoQuant(listed())
    relay.subscribe([SWAP])
    return relay


# -- a message is a whole book -------------------------------------------------------------------


def test_every_message_replaces_the_book_and_contracts_become_coins(venue):
    first, second = feed(venue, book(), book(asks=ASKS[1:]))
    assert (first.is_snapshot, second.is_snapshot, first.seq, first.n_bids) == (True, True, -1, 3)
    assert first.rows[0].tolist() == [60000.0, 40.01 * 0.01]
    assert first.rows[3].tolist() == [60000.1, 12.5 * 0.01]
    assert len(second.rows) == 5


def test_spot_sizes_are_coins_already():
    venue = GoQuant(listed())
    venue.subscribe([SPOT])
    (update,) = feed(venue, book(symbol=SPOT))
    assert update.rows[0].tolist() == [60000.0, 40.01]


def test_sizes_of_inverse_contracts_are_divided_by_their_price():
    inverse = inverse_swap()
    venue = GoQuant(listed())
    venue.subscribe([inverse.venue_symbol])
    (update,) = feed(venue, book(symbol=inverse.venue_symbol))
    assert update.rows[0, 1] == 40.01 * inverse.contract_size / 60000.0


@pytest.mark.parametrize(
    ("stamp", "ns"),
    [(SECONDS, 1_795_168_800_000_000_000), (MICROS, 1_795_168_800_123_456_000)],
)
def test_both_forms_of_time_are_read(venue, stamp, ns):
    (update,) = feed(venue, book(stamp=stamp))
    assert update.event_ns == ns


def test_the_relay_says_that_its_clock_is_coarse():
    assert GoQuant.clock_step_s == 1.0


def test_a_badly_crossed_book_is_handed_on_as_it_is(venue):
    (update,) = feed(venue, book(asks=[["59000", "1"], ["59001", "1"], ["59002", "1"]]))
    held = OrderBook(SWAP)
    held.apply(update)
    assert held.shape == "crossed"


# -- what is no whole book -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "asks",
    [
        [["60000.1", "0"], ["60000.3", "3"]],
        [["60000.3", "3"], ["60000.1", "1"]],
        [["60000.1", "1"], ["60000.1", "2"]],
    ],
    ids=["a size of zero", "out of order", "a price twice"],
)
def test_what_looks_like_a_change_is_refused(venue, asks):
    with pytest.raises(DecodeError, match=f"{SWAP}.*no whole book") as caught:
        feed(venue, book(asks=asks))
    assert caught.value.resync == SWAP


@pytest.mark.parametrize("bids", [[], side(5, 999, -1)])
def test_a_side_that_lost_most_of_its_rows_is_refused(venue, bids):
    feed(venue, book(asks=side(40, 1000, 1), bids=side(40, 999, -1)))
    with pytest.raises(DecodeError, match="looks like a change") as caught:
        feed(venue, book(asks=side(40, 1000, 1), bids=bids))
    assert caught.value.resync == SWAP


def test_a_book_that_thins_out_slowly_is_taken(venue):
    for n in (40, 12, 4, 1):
        feed(venue, book(asks=side(n, 1000, 1), bids=side(n, 999, -1)))


@pytest.mark.parametrize("changed", [{"symbol": "ETH-USDT-SWAP"}, {"exchange": "Bybit"}])
def test_a_book_of_something_else_is_refused(venue, changed):
    with pytest.raises(DecodeError) as caught:
        feed(venue, book(**changed))
    assert caught.value.resync == SWAP


@pytest.mark.parametrize("level", [["nan", "1"], ["0", "1"], ["-1", "1"], ["1", "-1"], ["1", "x"]])
def test_an_impossible_level_names_the_book(venue, level):
    with pytest.raises(DecodeError, match=SWAP) as caught:
        feed(venue, book(bids=[level]))
    assert caught.value.resync == SWAP


@pytest.mark.parametrize("frame", [b"", b"{", b"[]", b"{}", b"\xff", b"pong", book()[:-30]])
def test_a_message_that_cannot_be_read_breaks_the_one_book_of_its_connection(venue, frame):
    with pytest.raises(DecodeError) as caught:
        feed(venue, frame)
    assert caught.value.resync == SWAP


@pytest.mark.parametrize("stamp", ["", "yesterday", "2026-11-20T10:00:00"])
def test_a_time_that_cannot_be_read_breaks_the_book(venue, stamp):
    with pytest.raises(DecodeError, match="time") as caught:
        feed(venue, book(stamp=stamp))
    assert caught.value.resync == SWAP


def test_only_a_new_connection_asks_anew(venue):
    with pytest.raises(Unavailable) as caught:
        venue.resync(SWAP)
    assert caught.value.ends_connection


# -- the scanner and its twin --------------------------------------------------------------------


def both(frame, scale=0.01, is_inverse=False):
    """((fast answer, rows), (plain answer, rows)), places replaced by what stands there."""
    answers = []
    for read in (scan, scan_plain):
        rows = np.full((len(frame) // SHORTEST_ROW + 1, 2), np.nan)
        n, n_bids, *places = read(frame, rows, scale, is_inverse)
        texts = [frame[a:b] for a, b in zip(places[::2], places[1::2], strict=True)]
        answers.append((n, n_bids, texts, rows[: max(n, 0)].tolist()))
    return answers


def assert_never_differs(frame, **unit):
    """The scanner either leaves a frame to the decoder or gives the same answer, to the bit."""
    fast, plain = both(frame, **unit)
    if fast[0] != UNEXPECTED:
        assert fast == plain


ORDERS = [
    ("timestamp", "exchange", "symbol", "asks", "bids"),
    ("timestamp", "exchange", "symbol", "bids", "asks"),
    ("asks", "bids", "exchange", "symbol", "timestamp"),
    ("bids", "symbol", "asks", "timestamp", "exchange"),
]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["tight", "wide"])
def test_members_in_any_order_are_read_without_the_decoder(order, separators):
    members = json.loads(book())
    frame = json.dumps({name: members[name] for name in order}, separators=separators).encode()
    fast, plain = both(frame)
    assert fast == plain
    assert fast[:2] == (6, 3)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda f: f + b"}",
        lambda f: f.replace(b'"bids"', b'"asks"'),
        lambda f: f.replace(b"OKX", b"O\\u004bX"),
        lambda f: f.replace(b'"symbol":"BTC-USDT-SWAP",', b""),
        lambda f: f.replace(b'"60000"', b"60000"),
        lambda f: f.replace(b'"7"', b'"0.0"'),
        lambda f: f.replace(b'"7"', b'"7","4"'),
    ],
)
def test_any_other_shape_is_left_to_the_decoder(spoil):
    assert both(spoil(book()))[0][0] == UNEXPECTED


def test_a_frame_cut_anywhere_is_left_to_the_decoder():
    frame = book()
    for end in range(len(frame)):
        assert both(frame[:end])[0][0] == UNEXPECTED


DECIMALS = st.decimals(0, 10**9, allow_nan=False, places=4).map(str) | st.sampled_from(
    ["0", "1", "01", "1.", ".5", "1e3", "-1", "9007199254740993", "0.0000000000000000000001", ""]
)
LEVELS = st.lists(st.lists(DECIMALS, min_size=2, max_size=2), max_size=6)


@given(LEVELS, LEVELS, st.booleans(), st.booleans(), st.booleans())
@example(ASKS, BIDS, False, False, False)
def test_scanner_and_twin_agree_on_any_levels(asks, bids, in_order, wide, is_inverse):
    if in_order:
        with suppress(ValueError):
            asks = sorted(asks, key=lambda level: float(level[0]))
            bids = sorted(bids, key=lambda level: -float(level[0]))
    assert_never_differs(book(asks, bids, indent=wide), scale=0.01, is_inverse=is_inverse)


@given(st.data())
def test_scanner_and_twin_agree_on_frames_with_any_byte_changed(data):
    frame = bytearray(book())
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] = data.draw(st.integers(0, 255))
    assert_never_differs(bytes(frame))


def test_a_message_the_scanner_leaves_gives_the_same_update(venue):
    (fast,) = feed(venue, book())
    (plain,) = feed(venue, book().replace(b',"asks"', b',\n"asks"'))
    assert msgspec.structs.replace(plain, rows=fast.rows) == fast
    assert plain.rows.tolist() == fast.rows.tolist()


# -- over a socket -------------------------------------------------------------------------------


async def send_books(peer: Peer) -> None:
    """A relay: the address says of what."""
    symbol = peer.socket.request.path.rpartition("/")[2]
    await peer.send(book(symbol=symbol))


async def test_one_refused_message_breaks_the_book_and_a_whole_one_mends_it():
    async def relay(peer: Peer) -> None:
        await peer.send(book(), book(asks=[["60000.1", "0"]]))

    async with (
        playing(relay, send_books) as server,
        watching(
            msgspec.structs.replace(server.endpoint, ws_url=f"{server.url}{SWAP}"),
            SWAP,
            venue=GoQuant(listed()),
        ) as watch,
    ):
        await watch.until(lambda: watch.health.books == 2)
        assert watch.broken[0][0] == SWAP
        assert isinstance(watch.broken[0][1], DecodeError)
        assert (watch.health.decode_errors, watch.health.reconnects) == (1, 1)
        assert watch.connection.phase(SWAP) is Phase.LIVE
        assert all(peer.requests == [] for peer in server.peers)


class FleetWatch(Watch):
    """Several symbols at a server whose address is the subscription."""

    async def __aenter__(self):
        self.task = asyncio.create_task(self.connection.run())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


def fleet(server):
    watch = FleetWatch()
    endpoint = msgspec.structs.replace(server.endpoint, ws_url=server.url + "okx/{symbol}")
    watch.connection = connection_to(
        GoQuant(listed()), endpoint, watch.on_event, watch.on_broken, pace=PACE
    )
    return watch


async def test_each_symbol_has_a_connection_of_its_own_at_its_own_address():
    async with playing(send_books) as server, fleet(server) as watch:
        watch.connection.follow(SWAP)
        watch.connection.follow(SPOT)
        await watch.until(lambda: watch.health.books == 2)
        paths = {peer.socket.request.path for peer in server.peers}
        assert paths == {f"/okx/{SWAP}", f"/okx/{SPOT}"}
        assert watch.health.state is FeedState.LIVE
        assert set(watch.connection.symbols) == {SWAP, SPOT}
        assert watch.connection.phase(SPOT) is Phase.LIVE


async def test_letting_go_of_a_symbol_closes_its_connection_alone():
    async with playing(send_books) as server, fleet(server) as watch:
        watch.connection.follow(SWAP)
        watch.connection.follow(SPOT)
        await watch.until(lambda: watch.health.books == 2)
        watch.connection.unfollow(SWAP)
        await watch.until(lambda: len(server.close_codes) == 1)
        assert watch.connection.symbols == (SPOT,)
        assert watch.health.books == 2


async def test_a_symbol_that_was_let_go_can_be_taken_up_again():
    async with playing(send_books) as server, fleet(server) as watch:
        watch.connection.follow(SWAP)
        await watch.until(lambda: watch.health.books == 1)
        watch.connection.unfollow(SWAP)
        await watch.until(lambda: len(server.close_codes) == 1)
        watch.connection.follow(SWAP)
        await watch.until(lambda: watch.connection.phase(SWAP) is Phase.LIVE)
        assert (watch.health.books, len(server.peers)) == (2, 2)


async def test_an_unlisted_symbol_is_refused_before_anything_is_opened():
    async with playing(send_books) as server:
        with pytest.raises(SubscribeRefused, match="lists no instrument"):
            fleet(server).connection.follow("NEW-USDT-SWAP")
        assert server.peers == []


def test_the_catalogue_knows_the_address_of_each_symbol():
    endpoint = VENUES["goquant"].endpoint().at(SWAP)
    assert endpoint.ws_url == "wss://ws.gomarket-cpp.goquant.io/ws/l2-orderbook/okx/BTC-USDT-SWAP"
    assert not endpoint.is_per_symbol


def test_a_feed_without_numbers_proves_no_book_complete_and_says_so():
    trust = judge(Signs(unverified=GoQuant.unverified))
    assert [(doubt.code, doubt.grade) for doubt in trust.doubts] == [("unverified", Grade.WARN)]
