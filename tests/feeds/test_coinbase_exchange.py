import json

import pytest

from engine.trust import Signs, judge
from feeds.base import (
    DecodeError,
    KeepAlive,
    SequenceGap,
    Subscribed,
    SubscribeRefused,
    Unavailable,
)
from feeds.coinbase_exchange import CoinbaseExchange
from feeds.following import Phase
from market.instrument import Side
from market.trade import DayVolume, Trade
from market.trust import Grade
from tests.feeds.spoilt import RECV, feed, spot
from tests.feeds.venue_server import Peer, playing, watching

BTC = "BTC-USD"


def frame(kind, **fields):
    return json.dumps({"type": kind, "product_id": BTC, **fields}).encode()


def snapshot():
    return frame("snapshot", bids=[["99", "1"], ["98", "2"]], asks=[["101", "2"]])


def update(*changes, second=1):
    return frame("l2update", time=f"2026-11-20T10:00:{second:02d}.5Z", changes=changes)


HEARTBEAT = frame("heartbeat", sequence=90, last_trade_id=20, time="2026-11-20T10:00:01Z")


@pytest.fixture
def venue():
    return CoinbaseExchange(spot("coinbase", BTC, "exchange"))


def test_changes_are_read_by_their_sides(venue):
    change = update(["sell", "101", "0.00"], ["buy", "99.5", "0.4"])
    first, second = feed(venue, snapshot(), change)
    assert (first.is_snapshot, first.n_bids) == (True, 2)
    assert (second.is_snapshot, second.n_bids) == (False, 1)
    assert second.rows.tolist() == [[99.5, 0.4], [101, 0]]
    assert second.event_ns == 1_795_168_801_500_000_000


def test_updates_before_the_snapshot_are_dropped(venue):
    assert feed(venue, update(["buy", "99", "1"])) == []


def test_a_time_that_runs_backwards_is_a_gap(venue):
    feed(venue, snapshot(), update(second=5))
    with pytest.raises(SequenceGap, match="out of order") as caught:
        feed(venue, update(second=4))
    assert caught.value.resync == BTC
    assert feed(venue, update(second=6)) == []


@pytest.mark.parametrize(
    "change",
    [
        ["buy", "nan", "1"],
        ["buy", "-1", "1"],
        ["buy", "1", "-1"],
        ["bid", "1", "1"],
        ["buy", "", ""],
    ],
)
def test_an_impossible_change_silences_the_book_until_a_snapshot(venue, change):
    feed(venue, snapshot())
    with pytest.raises(DecodeError, match=BTC) as caught:
        feed(venue, update(change))
    assert caught.value.resync == BTC
    assert feed(venue, update(["buy", "99", "1"]), HEARTBEAT) == []
    assert len(feed(venue, snapshot())) == 1


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff", b"[]"])
def test_a_message_that_cannot_be_read_ends_the_connection_for_nothing_counts_them(venue, garbage):
    feed(venue, snapshot())
    with pytest.raises(DecodeError) as caught:
        feed(venue, garbage)
    assert caught.value.ends_connection
    assert feed(venue, snapshot()) == []


def test_only_a_new_connection_brings_a_new_book(venue):
    with pytest.raises(Unavailable) as caught:
        venue.resync(BTC)
    assert caught.value.ends_connection


def test_a_heartbeat_confirms_a_live_book(venue):
    assert feed(venue, HEARTBEAT) == []
    assert feed(venue, snapshot(), HEARTBEAT)[1:] == [KeepAlive(symbol=BTC, recv_ns=RECV)]


def test_a_match_names_its_maker_so_the_taker_is_the_other(venue):
    match = frame("match", side="sell", price="100", size="0.5", time="2026-11-20T10:00:00Z")
    assert feed(venue, match) == [
        Trade(
            symbol=BTC,
            price=100.0,
            size=0.5,
            aggressor=Side.BUY,
            event_ns=1_795_168_800_000_000_000,
            recv_ns=RECV,
        )
    ]


def test_day_volume_in_money_is_coins_at_the_last_price(venue):
    ticker = frame("ticker", price="100", volume_24h="7", low_24h="95", high_24h="105")
    (volume,) = feed(venue, ticker)
    assert isinstance(volume, DayVolume)
    assert (volume.base, volume.quote) == (7.0, 700.0)


def test_all_channels_are_asked_for_in_one_message(venue):
    (request,) = map(json.loads, venue.subscribe([BTC]))
    assert request == {
        "type": "subscribe",
        "product_ids": [BTC],
        "channels": ["level2_batch", "matches", "ticker", "heartbeat"],
    }


def test_an_ack_lists_the_book_channel(venue):
    channels = [{"name": "level2_batch", "product_ids": [BTC]}, {"name": "ticker"}]
    ack = json.dumps({"type": "subscriptions", "channels": channels}).encode()
    assert feed(venue, ack) == [Subscribed(symbol=BTC, channel="level2_batch")]


def test_an_error_that_names_a_product_is_its_refusal(venue):
    venue.subscribe([BTC])
    error = {"type": "error", "message": "Failed to subscribe", "reason": "BTC-USD is delisted"}
    with pytest.raises(SubscribeRefused, match="delisted") as caught:
        feed(venue, json.dumps(error).encode())
    assert (caught.value.symbol, caught.value.is_final) == (BTC, True)


async def test_after_garbage_a_new_connection_brings_the_book_back():
    async def wrong(peer: Peer) -> None:
        await peer.request()
        await peer.send(snapshot(), b"{")

    async def good(peer: Peer) -> None:
        await peer.request()
        await peer.send(snapshot())

    venue = CoinbaseExchange(spot("coinbase", BTC, "exchange"))
    async with (
        playing(wrong, good) as server,
        watching(server.endpoint, BTC, venue=venue) as watch,
    ):
        await watch.until(lambda: watch.health.snapshots == 2)
        assert [symbol for symbol, _ in watch.broken] == [BTC]
        assert (watch.health.decode_errors, watch.health.reconnects) == (1, 1)
        assert watch.connection.phase(BTC) is Phase.LIVE


def test_a_feed_without_numbers_proves_no_book_complete_and_says_so():
    trust = judge(Signs(unverified=CoinbaseExchange.unverified))
    assert [(doubt.code, doubt.grade) for doubt in trust.doubts] == [("unverified", Grade.WARN)]
