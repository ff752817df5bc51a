import asyncio
import copy
import gzip
import json

import pytest

from feeds.base import (
    DecodeError,
    Endpoint,
    FeedState,
    KeepAlive,
    SequenceGap,
    Subscribed,
    SubscribeRefused,
    Unavailable,
)
from feeds.coinbase import Coinbase
from feeds.connection import Connection
from feeds.following import Phase
from feeds.recorded import open_recording
from feeds.replay import ReplayServer
from feeds.survey import survey
from market.book import BookUpdate, OrderBook
from market.instrument import Side
from market.trade import DayVolume, Trade
from tests.feeds.spoilt import RECV, after_spoiling, books, feed, frames_of, spot
from tests.feeds.venue_server import Peer, playing, watching

FILE = "coinbase/coinbase_advanced_20260809.jsonl.gz"
BTC, ETH = "BTC-USD", "ETH-USD"
TIME = "2026-11-20T10:00:00.123456789Z"


def listed():
    return spot("coinbase", BTC, "advanced") | spot("coinbase", ETH, "advanced")


def message(number, channel, *events):
    return json.dumps(
        {
            "channel": channel,
            "client_id": "",
            "timestamp": TIME,
            "sequence_num": number,
            "events": events,
        }
    ).encode()


def book(number, *levels, kind="update", symbol=BTC):
    updates = [
        {"side": side, "event_time": TIME, "price_level": price, "new_quantity": size}
        for side, price, size in levels
    ]
    return message(number, "l2_data", {"type": kind, "product_id": symbol, "updates": updates})


def snapshot(number, symbol=BTC):
    return book(number, ("bid", "99", "1"), ("offer", "101", "2"), kind="snapshot", symbol=symbol)


def heartbeat(number):
    return message(number, "heartbeats", {"current_time": "x", "heartbeat_counter": number})


@pytest.fixture
def venue():
    return Coinbase(listed())


# -- the sequence rule ---------------------------------------------------------------------------


def test_messages_of_all_channels_are_counted_together(venue):
    events = feed(
        venue, snapshot(0), heartbeat(1), book(2, ("bid", "99", "3")), message(3, "candles")
    )
    assert [type(event) for event in events] == [BookUpdate, KeepAlive, BookUpdate]
    assert [event.seq for event in events if isinstance(event, BookUpdate)] == [0, 2]


@pytest.mark.parametrize("number", [0, 1, 3, 17])
def test_a_number_that_does_not_follow_ends_the_connection(venue, number):
    feed(venue, snapshot(0), heartbeat(1))
    with pytest.raises(SequenceGap, match=f"expected message 2 .* got {number}") as caught:
        feed(venue, heartbeat(number))
    assert caught.value.ends_connection


def test_after_a_gap_nothing_passes_until_a_new_connection(venue):
    feed(venue, snapshot(0))
    with pytest.raises(SequenceGap):
        feed(venue, heartbeat(2))
    assert feed(venue, heartbeat(3), snapshot(4)) == []
    venue.reset()
    assert len(feed(venue, snapshot(0))) == 1


@pytest.mark.parametrize("frame", [b"", b"{", b"\xff", b'{"sequence_num":"x"}'])
def test_a_message_whose_number_cannot_be_read_ends_the_connection(venue, frame):
    with pytest.raises(DecodeError) as caught:
        feed(venue, frame)
    assert caught.value.ends_connection


def test_only_a_new_connection_brings_a_new_book(venue):
    with pytest.raises(Unavailable) as caught:
        venue.resync(BTC)
    assert caught.value.ends_connection


# -- books ---------------------------------------------------------------------------------------


def test_bids_come_first_and_offers_are_asks(venue):
    (update,) = feed(venue, book(0, ("offer", "101", "2"), ("bid", "99", "1"), kind="snapshot"))
    assert (update.is_snapshot, update.n_bids) == (True, 1)
    assert update.rows.tolist() == [[99, 1], [101, 2]]
    assert update.event_ns == 1_795_168_800_123_456_789


def test_updates_before_the_snapshot_are_dropped(venue):
    assert feed(venue, book(0, ("bid", "99", "1"))) == []


@pytest.mark.parametrize(
    "level",
    [
        ("bid", "nan", "1"),
        ("bid", "0", "1"),
        ("bid", "1", "-1"),
        ("ask", "1", "1"),
        ("bid", "", ""),
    ],
)
def test_an_impossible_level_silences_its_book_alone(venue, level):
    feed(venue, snapshot(0), snapshot(1, ETH))
    with pytest.raises(DecodeError, match=BTC) as caught:
        feed(venue, book(2, level))
    assert (caught.value.resync, caught.value.ends_connection) == (BTC, False)
    assert feed(venue, book(3, ("bid", "98", "1"))) == []
    assert len(feed(venue, book(4, ("bid", "98", "1"), symbol=ETH))) == 1


def test_a_removal_of_an_unknown_price_is_harmless(venue):
    held = OrderBook(BTC)
    for update in feed(venue, snapshot(0), book(1, ("bid", "50", "0"))):
        held.apply(update)
    assert held.level_count == (1, 1)


# -- the rest of the stream ----------------------------------------------------------------------


def test_a_heartbeat_confirms_every_live_book_and_no_other(venue):
    feed(venue, snapshot(0))
    assert feed(venue, heartbeat(1)) == [KeepAlive(symbol=BTC, recv_ns=RECV)]


def prints(number, kind, *trades):
    fields = ("trade_id", "price", "size", "side")
    return message(
        number,
        "market_trades",
        {
            "type": kind,
            "trades": [
                dict(zip(fields, trade, strict=True)) | {"product_id": BTC, "time": TIME}
                for trade in trades
            ],
        },
    )


def test_a_trade_names_its_maker_so_the_taker_is_the_other(venue):
    (trade,) = feed(venue, prints(0, "update", ("1", "100", "0.5", "SELL")))
    assert trade == Trade(
        symbol=BTC,
        price=100.0,
        size=0.5,
        aggressor=Side.BUY,
        event_ns=1_795_168_800_123_456_789,
        recv_ns=RECV,
    )


def test_trades_are_handed_on_oldest_first(venue):
    events = feed(venue, prints(0, "update", ("2", "102", "1", "BUY"), ("1", "101", "1", "BUY")))
    assert [event.price for event in events] == [101.0, 102.0]


def test_trades_of_the_greeting_are_no_news(venue):
    assert feed(venue, prints(0, "snapshot", ("1", "100", "0.5", "SELL"))) == []


def test_day_volume_in_money_is_coins_at_the_last_price(venue):
    ticker = {
        "product_id": BTC,
        "price": "100",
        "volume_24_h": "7",
        "low_24_h": "95",
        "high_24_h": "105",
    }
    (volume,) = feed(venue, message(0, "ticker", {"type": "update", "tickers": [ticker]}))
    assert isinstance(volume, DayVolume)
    assert (volume.base, volume.quote) == (7.0, 700.0)


def test_an_ack_that_repeats_what_is_known_says_only_what_is_new(venue):
    first = message(0, "subscriptions", {"subscriptions": {"level2": [BTC]}})
    second = message(1, "subscriptions", {"subscriptions": {"level2": [BTC, ETH]}})
    assert feed(venue, first, second) == [
        Subscribed(symbol=BTC, channel="level2"),
        Subscribed(symbol=ETH, channel="level2"),
    ]


def test_each_channel_is_asked_for_by_a_message_of_its_own_and_heartbeats_once(venue):
    asked = [json.loads(frame) for frame in (*venue.subscribe([BTC]), *venue.subscribe([ETH]))]
    assert [request["channel"] for request in asked] == [
        *("level2", "market_trades", "ticker", "heartbeats"),
        *("level2", "market_trades", "ticker"),
    ]
    assert asked[0] == {"type": "subscribe", "channel": "level2", "product_ids": [BTC]}


def test_an_error_that_names_a_product_is_its_refusal(venue):
    venue.subscribe([BTC])
    frame = b'{"type":"error","message":"BTC-USD is not a valid product"}'
    with pytest.raises(SubscribeRefused, match="not a valid product") as caught:
        feed(venue, frame)
    assert (caught.value.symbol, caught.value.is_final) == (BTC, True)


# -- the recording -------------------------------------------------------------------------------


def test_the_recording_links_to_its_end_and_no_book_is_crossed(recordings):
    venue, held, kinds = Coinbase({}), {}, []
    venue.admits_unlisted = True
    frames = frames_of(recordings / FILE)
    for frame in frames:
        for update in books(venue, frame):
            book = held.setdefault(update.symbol, OrderBook(update.symbol))
            book.apply(update)
            kinds.append(update.is_snapshot)
            assert book.shape == "ok"
    assert (sum(kinds), len(kinds) - sum(kinds)) == (2, 773)
    assert len(frames) - 1 == 1029
    assert venue.instruments[BTC].is_inferred
    assert venue.instruments[BTC].tick_size == 0.01


def test_most_recorded_trades_lie_on_their_taker_s_side_of_the_book(recordings):
    """What shows that the recorded side is the maker's: a buyer pays more than the mid."""
    venue, held, agree = Coinbase(listed()), {}, []
    for frame in frames_of(recordings / FILE):
        for event in feed(venue, frame):
            if isinstance(event, BookUpdate):
                held.setdefault(event.symbol, OrderBook(event.symbol)).apply(event)
            elif isinstance(event, Trade) and event.symbol in held:
                agree.append((event.price - held[event.symbol].mid) * event.aggressor.sign > 0)
    assert len(agree) > 50
    assert sum(agree) / len(agree) > 0.9


async def test_the_recording_over_a_real_socket_gives_the_same(recordings):
    broken = []
    async with ReplayServer(recordings / FILE, None) as server:
        connection = Connection(
            Coinbase(listed()),
            Endpoint(ws_url=server.ws_url, rest_url=server.rest_url),
            lambda event: None,
            lambda symbol, error: broken.append(str(error)),
        )
        connection.follow(BTC)
        async with asyncio.timeout(60):
            await connection.run()
    health = connection.health
    assert (health.state, health.snapshots, health.books) == (FeedState.ENDED, 2, 775)
    assert (health.gaps, health.decode_errors, health.resyncs, health.reconnects) == (0, 0, 0, 0)
    assert set(broken) == {"the recording has ended"}


def test_a_lost_doubled_or_late_frame_is_detected_at_once_wherever_it_is(recordings):
    frames = frames_of(recordings / FILE)
    venue = Coinbase(listed())
    for place, frame in enumerate(frames[:-2]):
        if place > 0 and place % 5 == 0 and len(frame) < 100_000:
            for _, spoilt in after_spoiling(frames, place):
                other = copy.deepcopy(venue)
                with pytest.raises(SequenceGap) as caught:
                    feed(other, *spoilt[:2])
                assert caught.value.ends_connection
                assert feed(other, *spoilt[:5]) == []
        feed(venue, frame)


@pytest.mark.parametrize("place", [500, 700, 900])
def test_a_lost_frame_of_a_recording_is_a_gap_of_each_book_in_its_survey(
    place, recordings, tmp_path
):
    text = gzip.decompress((recordings / FILE).read_bytes()).splitlines(keepends=True)
    path = tmp_path / "lossy.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(text[:place] + text[place + 1 :]), 1))
    found = survey(path, open_recording(path, "coinbase"))
    assert (found.gaps, found.errors) == (2, 0)
    assert {(book.symbol, book.gaps) for book in found.instruments} == {(BTC, 1), (ETH, 1)}


# -- over a socket -------------------------------------------------------------------------------


async def test_a_gap_invalidates_every_book_and_a_new_connection_brings_them_back():
    async def lossy(peer: Peer) -> None:
        await peer.request()
        await peer.send(snapshot(0), snapshot(1, ETH), heartbeat(3))

    async def good(peer: Peer) -> None:
        await peer.request()
        await peer.send(snapshot(0), snapshot(1, ETH), heartbeat(2))

    async with (
        playing(lossy, good) as server,
        watching(server.endpoint, BTC, ETH, venue=Coinbase(listed())) as watch,
    ):
        await watch.until(lambda: watch.health.snapshots == 4)
        assert [symbol for symbol, _ in watch.broken] == [BTC, ETH]
        assert all(isinstance(error, SequenceGap) for _, error in watch.broken)
        assert (watch.health.gaps, watch.health.reconnects) == (1, 1)
        assert watch.connection.phase(ETH) is Phase.LIVE


async def test_a_book_that_breaks_alone_is_mended_by_a_new_connection():
    async def wrong(peer: Peer) -> None:
        await peer.request()
        await peer.send(snapshot(0), book(1, ("bid", "nan", "1")))

    async def good(peer: Peer) -> None:
        await peer.request()
        await peer.send(snapshot(0))

    async with (
        playing(wrong, good) as server,
        watching(server.endpoint, BTC, venue=Coinbase(listed())) as watch,
    ):
        await watch.until(lambda: watch.health.snapshots == 2)
        assert (watch.health.decode_errors, watch.health.resyncs) == (1, 1)
        assert watch.health.reconnects == 1


async def test_a_whole_book_larger_than_a_usual_frame_is_taken():
    levels = [("bid", f"{99 - n / 1000:.3f}", "1") for n in range(20_000)]
    large = book(0, *levels, ("offer", "101", "1"), kind="snapshot")

    async def venue(peer: Peer) -> None:
        await peer.request()
        await peer.send(large)

    assert len(large) > 1 << 20
    async with (
        playing(venue) as server,
        watching(server.endpoint, BTC, venue=Coinbase(listed())) as watch,
    ):
        await watch.until(lambda: watch.health.snapshots == 1)
        assert watch.book(BTC).level_count == (20_000, 1)
