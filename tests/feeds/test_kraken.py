import asyncio
import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.base import (
    ChecksumMismatch,
    DecodeError,
    Endpoint,
    FeedError,
    FeedState,
    Pong,
    RateLimited,
    Send,
    SequenceGap,
    Subscribed,
    SubscribeRefused,
    Unavailable,
)
from feeds.connection import Connection
from feeds.following import Phase
from feeds.kraken import Kraken
from feeds.kraken_book import checksum
from feeds.replay import ReplayServer
from market.book import OrderBook
from market.instrument import Side
from market.trade import DayVolume, Trade
from tests.feeds.spoilt import RECV, after_spoiling, best, books, feed, frames_of, spot
from tests.feeds.venue_server import Peer, playing, watching

FILE = "kraken/kraken_v2_book_btcusd_20260802.jsonl.gz"
BTC = "BTC/USD"
DEPTH = 10

ASKS = (
    "45285.2/0.00100000 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 "
    "45290.2/0.15890660 45291.8/1.54553491 45294.7/0.04454749 45296.1/0.35380000 "
    "45297.5/0.09945542 45299.5/0.18772827"
)
BIDS = (
    "45283.5/0.10000000 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 "
    "45280.3/1.54592586 45279.0/0.07990000 45277.6/0.03310103 45277.5/0.30000000 "
    "45277.3/1.54602737 45276.6/0.15445238"
)


def levels(text):
    return [tuple(level.split("/")) for level in text.split()]


def rows(side):
    return "[" + ",".join(f'{{"price":{price},"qty":{size}}}' for price, size in side) + "]"


class Twin:
    """Kraken's end of one book: says what it does, with the checksum of what it then holds."""

    def __init__(self, depth=DEPTH):
        self.depth = depth
        self.sides = ({}, {})
        self.ms = 0

    def frame(self, bids=(), asks=(), *, kind="update", wrong=0, ms=None):
        self.ms += 1
        for side, changes in zip(self.sides, (bids, asks), strict=True):
            for price, size in changes:
                if float(size):
                    side[price] = size
                else:
                    side.pop(price, None)
        for side, is_bid in zip(self.sides, (True, False), strict=True):
            for price in sorted(side, key=float, reverse=is_bid)[self.depth :]:
                del side[price]
        best_first = [
            [(p, side[p]) for p in sorted(side, key=float, reverse=is_bid)]
            for side, is_bid in zip(self.sides, (True, False), strict=True)
        ]
        total = checksum(*best_first) + wrong
        stamp = f"2026-11-20T10:00:00.{ms if ms is not None else self.ms:06d}Z"
        return (
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{BTC}","bids":{rows(bids)},'
            f'"asks":{rows(asks)},"checksum":{total},"timestamp":"{stamp}"}}]}}'
        ).encode()

    def snapshot(self):
        self.sides = ({}, {})
        return self.frame(levels(BIDS), levels(ASKS), kind="snapshot")


def ack(request_id, channel="book", method="subscribe", depth=DEPTH, **changed):
    result = {"channel": channel, "depth": depth, "snapshot": True, "symbol": BTC}
    return json.dumps(
        {"method": method, "result": result, "success": True, "req_id": request_id, **changed}
    ).encode()


def refusal(request_id, text):
    return json.dumps(
        {"method": "subscribe", "success": False, "error": text, "req_id": request_id}
    ).encode()


@pytest.fixture
def venue():
    return Kraken(spot("kraken", BTC), depth=DEPTH)


# -- the checksum --------------------------------------------------------------------------------


def test_the_documented_test_vector_gives_the_documented_checksum():
    assert checksum(levels(BIDS), levels(ASKS)) == 3310070434


def test_only_the_ten_best_levels_count():
    assert checksum([*levels(BIDS), ("1", "1")], levels(ASKS)) == 3310070434


def test_zeros_at_the_end_of_a_number_count(venue):
    frame = Twin().snapshot()
    with pytest.raises(ChecksumMismatch):
        feed(venue, frame.replace(b'"qty":0.10000000', b'"qty":0.1', 1))


def test_a_wrong_checksum_names_the_book_and_silences_it_until_a_snapshot(venue):
    twin = Twin()
    feed(venue, twin.snapshot())
    with pytest.raises(ChecksumMismatch, match=BTC) as caught:
        feed(venue, twin.frame(bids=[("45283.5", "2.00000000")], wrong=1))
    assert caught.value.resync == BTC
    assert feed(venue, twin.frame(bids=[("45283.5", "3.00000000")])) == []
    (event,) = feed(venue, twin.snapshot())
    assert event.is_snapshot


def test_updates_before_any_snapshot_are_dropped(venue):
    assert feed(venue, Twin().frame(bids=[("45283.5", "2.00000000")])) == []


# -- the depth -----------------------------------------------------------------------------------


def test_levels_that_fall_out_of_the_depth_leave_whoever_applies_the_update(venue):
    twin, book = Twin(), OrderBook(BTC)
    for frame in (twin.snapshot(), twin.frame(bids=[("45283.6", "1.00000000")])):
        for event in feed(venue, frame):
            book.apply(event)
    assert book.level_count == (10, 10)
    assert book.snapshot().bid_prices[-1] == 45277.3


def test_the_depth_is_the_one_that_was_acknowledged():
    venue, twin = Kraken(spot("kraken", BTC), depth=1000), Twin()
    feed(venue, ack(1), twin.snapshot(), twin.frame(bids=[("45283.6", "1.00000000")]))
    (event,) = feed(venue, twin.frame(bids=[("45283.6", "0.00000000")]))
    assert len(event.rows) == 1


def test_a_depth_that_kraken_does_not_offer_is_refused():
    with pytest.raises(ValueError, match="depth 20"):
        Kraken({}, depth=20)


def test_one_message_may_touch_a_price_twice_and_the_last_word_counts(venue):
    twin, book = Twin(), OrderBook(BTC)
    twice = [("45283.5", "0.00000000"), ("45283.5", "7.00000000")]
    for event in feed(venue, twin.snapshot(), twin.frame(bids=twice)):
        book.apply(event)
    assert book.snapshot().bid_sizes[0] == 7.0


@given(
    st.lists(
        st.tuples(
            st.booleans(), st.integers(0, 30), st.sampled_from(["0.00000000", "1.50000000", "2.0"])
        ),
        max_size=40,
    )
)
def test_whatever_changes_come_the_book_handed_out_is_kraken_s_book(changes):
    venue, twin, book = Kraken(spot("kraken", BTC), depth=DEPTH), Twin(), OrderBook(BTC)
    frames = [twin.snapshot()]
    for is_bid, ticks, size in changes:
        price = f"{45283.5 - ticks / 10:.1f}" if is_bid else f"{45285.2 + ticks / 10:.1f}"
        change = [(price, size)]
        frames.append(twin.frame(**{"bids" if is_bid else "asks": change}))
    for event in feed(venue, *frames):
        book.apply(event)
    held = [sorted((float(p), float(s)) for p, s in side.items()) for side in twin.sides]
    kept, counts = book.raw()
    assert [
        sorted(zip(*kept[side, :, : counts[side]].tolist(), strict=True)) for side in range(2)
    ] == held


# -- order ---------------------------------------------------------------------------------------


def test_an_update_from_before_the_last_one_is_a_gap(venue):
    twin = Twin()
    feed(venue, twin.snapshot(), twin.frame(ms=9))
    with pytest.raises(SequenceGap, match="out of order"):
        feed(venue, twin.frame(ms=8))


def test_the_same_message_twice_is_a_gap(venue):
    twin = Twin()
    frame = twin.frame
    feed(venue, twin.snapshot())
    change = frame(bids=[("45283.5", "2.00000000")])
    feed(venue, change)
    with pytest.raises(SequenceGap, match="twice"):
        feed(venue, change)


# -- wrong frames --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "size"),
    [("0", "1"), ("-1", "1"), ("1", "-1"), ("1e400", "1"), ("null", "1"), ('"nan"', "1")],
)
def test_an_impossible_level_names_the_book_that_starts_afresh(venue, price, size):
    feed(venue, Twin().snapshot())
    frame = Twin().frame(bids=[("1.0", "1.0")]).replace(b'"price":1.0,"qty":1.0', b"@")
    with pytest.raises(DecodeError, match=BTC) as caught:
        feed(venue, frame.replace(b"@", f'"price":{price},"qty":{size}'.encode()))
    assert caught.value.resync == BTC


@pytest.mark.parametrize("frame", [b"", b"{", b"[]", b"\xff", b'{"channel":"book","data":[{}]}'])
def test_a_message_that_cannot_be_read_ends_the_connection_for_nothing_counts_them(venue, frame):
    with pytest.raises(DecodeError) as caught:
        feed(venue, frame)
    assert caught.value.ends_connection


def test_data_of_an_unlisted_symbol_is_refused(venue):
    with pytest.raises(DecodeError, match="not in the instrument list"):
        feed(venue, Twin().snapshot().replace(b"BTC/USD", b"NEW/USD"))


# -- what is asked and answered ------------------------------------------------------------------


def test_book_trades_and_ticker_are_asked_for(venue):
    asked = [json.loads(frame) for frame in venue.subscribe([BTC])]
    assert [request["params"]["channel"] for request in asked] == ["book", "trade", "ticker"]
    assert asked[0]["params"] == {
        "channel": "book",
        "symbol": [BTC],
        "depth": DEPTH,
        "snapshot": True,
    }


def test_a_resync_unsubscribes_and_the_answer_to_that_subscribes(venue):
    venue.subscribe([BTC])
    assert feed(venue, ack(1)) == [Subscribed(symbol=BTC, channel="book")]
    (end,) = map(json.loads, venue.resync(BTC))
    assert end["method"] == "unsubscribe"
    (again,) = feed(venue, ack(end["req_id"], method="unsubscribe"))
    assert isinstance(again, Send)
    assert json.loads(again.text)["method"] == "subscribe"


def test_what_was_never_acknowledged_is_simply_asked_for_again(venue):
    (request,) = map(json.loads, venue.resync(BTC))
    assert request["method"] == "subscribe"


@pytest.mark.parametrize(
    ("text", "kind", "is_final"),
    [
        ("Currency pair not supported BTC/USD", SubscribeRefused, True),
        ("Exceeded msg rate", RateLimited, False),
        ("Something unheard of", SubscribeRefused, False),
    ],
)
def test_a_refusal_says_whether_asking_again_can_help(venue, text, kind, is_final):
    venue.subscribe([BTC])
    with pytest.raises(kind, match="BTC/USD") as caught:
        feed(venue, refusal(1, text))
    assert caught.value.is_final is is_final
    assert (caught.value.resync is None) is is_final


def test_a_refused_ticker_leaves_the_book_alone(venue):
    venue.subscribe([BTC])
    with pytest.raises(SubscribeRefused) as caught:
        feed(venue, refusal(3, "Currency pair not supported BTC/USD"))
    assert caught.value.symbol is None


def test_maintenance_is_told(venue):
    frame = b'{"channel":"status","type":"update","data":[{"system":"maintenance"}]}'
    with pytest.raises(Unavailable, match="maintenance"):
        feed(venue, frame)


def test_heartbeats_and_pongs_are_no_news(venue):
    assert feed(venue, b'{"channel":"heartbeat"}') == []
    assert feed(venue, b'{"method":"pong","req_id":1}') == [Pong()]


# -- trades and volume ---------------------------------------------------------------------------

PRINT = (
    b'{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","qty":0.5,'
    b'"price":45283.50,"ord_type":"market","trade_id":1,"timestamp":"2026-11-20T10:00:00.5Z"}]}'
)


def test_a_trade_is_told_by_its_taker(venue):
    assert feed(venue, PRINT) == [
        Trade(
            symbol=BTC,
            price=45283.5,
            size=0.5,
            aggressor=Side.SELL,
            event_ns=1_795_168_800_500_000_000,
            recv_ns=RECV,
        )
    ]


def test_trades_from_before_we_watched_are_no_news(venue):
    assert feed(venue, PRINT.replace(b"update", b"snapshot")) == []


def test_day_volume_in_money_is_coins_at_their_average_price(venue):
    frame = (
        b'{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":1,"ask":2,'
        b'"last":45000.0,"volume":100.0,"vwap":45100.0,"low":44000.0,"high":46000.0}]}'
    )
    (volume,) = feed(venue, frame)
    assert isinstance(volume, DayVolume)
    assert (volume.base, volume.quote) == (100.0, 4_510_000.0)


# -- the recording -------------------------------------------------------------------------------


def test_every_checksum_of_the_recording_holds_and_no_book_is_crossed(recordings):
    venue, book, kinds = Kraken({}), OrderBook(BTC), []
    venue.admits_unlisted = True
    for frame in frames_of(recordings / FILE):
        for event in books(venue, frame):
            book.apply(event)
            kinds.append(event.is_snapshot)
            assert book.shape == "ok"
            assert book.level_count == (25, 25)
    assert (sum(kinds), len(kinds)) == (1, 2052)
    assert venue.checksums_verified == 2052


def test_a_recording_without_a_list_says_enough_to_price_its_book(recordings):
    venue = Kraken({})
    venue.admits_unlisted = True
    feed(venue, *frames_of(recordings / FILE)[:3])
    instrument = venue.instruments[BTC]
    assert (instrument.symbol, instrument.is_inferred, instrument.is_live) == (BTC, True, True)
    assert (instrument.tick_size, instrument.lot_size) == (0.1, 1e-8)


async def test_the_recording_over_a_real_socket_gives_the_same(recordings):
    updates, broken = [], []
    venue = Kraken(spot("kraken", BTC))
    async with ReplayServer(recordings / FILE, None) as server:
        connection = Connection(
            venue,
            Endpoint(ws_url=server.ws_url, rest_url=server.rest_url),
            updates.append,
            lambda symbol, error: broken.append(str(error)),
        )
        connection.follow(BTC)
        async with asyncio.timeout(30):
            await connection.run()
    health = connection.health
    assert (health.state, health.checksums_verified) == (FeedState.ENDED, 2052)
    assert (health.snapshots, health.books) == (1, 2052)
    assert (health.gaps, health.checksum_failures, health.decode_errors) == (0, 0, 0)
    assert (health.resyncs, health.reconnects) == (0, 0)
    assert broken == ["the recording has ended"]


PLACES = range(120, 1900, 37)


def test_a_doubled_or_late_frame_is_detected_at_once_wherever_it_is(recordings):
    frames = frames_of(recordings / FILE)
    is_book = [b'"channel":"book"' in frame for frame in frames]
    venue = Kraken(spot("kraken", BTC))
    for place, frame in enumerate(frames[:1900]):
        if place in PLACES and is_book[place] and is_book[place + 1]:
            for how, spoilt in after_spoiling(frames, place):
                if how != "dropped":
                    with pytest.raises(FeedError) as caught:
                        feed(copy.deepcopy(venue), *spoilt[:3])
                    assert isinstance(caught.value, SequenceGap | ChecksumMismatch)
                    assert caught.value.resync == BTC
        feed(venue, frame)


def test_after_a_lost_frame_no_wrong_level_is_ever_among_the_ten_best(recordings):
    """What the checksum covers. A loss beyond them is seen when it rises into them."""
    frames = frames_of(recordings / FILE)
    venue, book, truth, copies = Kraken(spot("kraken", BTC)), OrderBook(BTC), [], {}
    for place, frame in enumerate(frames):
        if place in PLACES and b'"channel":"book"' in frame:
            copies[place] = copy.deepcopy(venue), copy.deepcopy(book)
        for event in books(venue, frame):
            book.apply(event)
        truth.append(best(book))
    detected = 0
    for place, (late, wrong) in copies.items():
        try:
            for at in range(place + 1, min(place + 120, len(frames))):
                for event in books(late, frames[at]):
                    wrong.apply(event)
                    assert best(wrong) == truth[at]
        except ChecksumMismatch as error:
            assert error.resync == BTC
            detected += 1
    assert detected > len(copies) / 2


# -- over a socket -------------------------------------------------------------------------------


async def test_only_the_book_that_broke_is_asked_for_again_and_comes_back():
    async def kraken(peer: Peer) -> None:
        twin = Twin()
        for _ in range(3):
            request = await peer.request()
            await peer.send(ack(request["req_id"], request["params"]["channel"]))
        await peer.send(twin.snapshot(), twin.frame(bids=[("45283.5", "2.00000000")], wrong=1))
        end = await peer.request()
        await peer.send(ack(end["req_id"], method="unsubscribe"))
        again = await peer.request()
        await peer.send(ack(again["req_id"]), twin.snapshot())

    venue = Kraken(spot("kraken", BTC), depth=DEPTH)
    async with playing(kraken) as server, watching(server.endpoint, BTC, venue=venue) as watch:
        await watch.until(lambda: watch.health.snapshots == 2)
        assert watch.connection.phase(BTC) is Phase.LIVE
        assert (watch.health.checksum_failures, watch.health.resyncs) == (1, 1)
        assert [symbol for symbol, _ in watch.broken] == [BTC]
        assert watch.health.reconnects == 0
        assert [r["method"] for r in server.peers[0].requests[3:]] == ["unsubscribe", "subscribe"]


async def test_a_link_without_a_heartbeat_is_cut_and_opened_anew():
    async def silent(peer: Peer) -> None:
        await peer.request()

    venue = Kraken(spot("kraken", BTC), depth=DEPTH)
    venue.ping_after_s = 0.05
    async with playing(silent) as server, watching(server.endpoint, BTC, venue=venue) as watch:
        await watch.until(lambda: watch.health.reconnects >= 1)
        assert "no word" in watch.health.last_error
