import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.base import (
    DecodeError,
    Pong,
    RateLimited,
    Send,
    SequenceGap,
    Subscribed,
    SubscribeRefused,
)
from feeds.deribit import Deribit
from feeds.following import Phase
from market.book import OrderBook
from market.instrument import Instrument, Kind, Side
from market.trade import DayVolume, Trade
from tests.feeds.spoilt import RECV, after_spoiling, feed
from tests.feeds.venue_server import Peer, playing, watching

INVERSE, LINEAR = "BTC-PERPETUAL", "BTC_USDC-PERPETUAL"
MS = 1_790_000_000_000


def perpetual(symbol, kind, contract_size, quote, settle):
    return Instrument(
        venue="deribit",
        venue_symbol=symbol,
        base="BTC",
        quote=quote,
        settle=settle,
        kind=kind,
        product="perpetual",
        tick_size=0.5,
        lot_size=1,
        min_size=1,
        contract_size=contract_size,
    )


def listed():
    found = (
        perpetual(INVERSE, Kind.INVERSE, 10, "USD", "BTC"),
        perpetual(LINEAR, Kind.LINEAR, 0.001, "USDC", "USDC"),
    )
    return {instrument.venue_symbol: instrument for instrument in found}


def note(channel, data):
    return json.dumps(
        {
            "jsonrpc": "2.0",
            "method": "subscription",
            "params": {"channel": channel, "data": data},
        }
    ).encode()


def book(change_id, prev=None, bids=(), asks=(), symbol=INVERSE):
    data = {
        "type": "snapshot" if prev is None else "change",
        "timestamp": MS,
        "instrument_name": symbol,
        "change_id": change_id,
        "bids": bids,
        "asks": asks,
    }
    if prev is not None:
        data["prev_change_id"] = prev
    return note(f"book.{symbol}.100ms", data)


def snapshot(change_id=10, symbol=INVERSE):
    bids, asks = [["new", 50000.0, 10000.0]], [["new", 50001.0, 20000.0]]
    return book(change_id, bids=bids, asks=asks, symbol=symbol)


def answer(request_id, **body):
    return json.dumps({"jsonrpc": "2.0", "id": request_id, **body}).encode()


@pytest.fixture
def venue():
    return Deribit(listed())


# -- the sequence rule ---------------------------------------------------------------------------


def test_linked_changes_pass_however_far_their_ids_jump(venue):
    events = feed(venue, snapshot(10), book(15, 10), book(90, 15))
    assert [event.seq for event in events] == [10, 15, 90]
    assert [event.is_snapshot for event in events] == [True, False, False]


def test_every_lost_doubled_or_late_change_is_detected_at_once():
    ids = list(range(10, 80, 3))
    frames = [book(b, a, [["new", 50.0 + b, 10.0]]) for a, b in pairwise(ids)]
    for place in range(1, len(frames) - 2):
        for _, spoilt in after_spoiling(frames, place):
            venue = Deribit(listed())
            feed(venue, snapshot(10), *frames[:place])
            with pytest.raises(SequenceGap, match=INVERSE) as caught:
                feed(venue, *spoilt[:2])
            assert caught.value.resync == INVERSE
            assert feed(venue, *spoilt[2:]) == []


def test_a_gap_in_one_book_leaves_the_other_alone(venue):
    feed(venue, snapshot(10), snapshot(20, LINEAR))
    with pytest.raises(SequenceGap):
        feed(venue, book(12, 11))
    assert len(feed(venue, book(21, 20, symbol=LINEAR))) == 1


def test_changes_before_the_snapshot_are_dropped(venue):
    assert feed(venue, book(12, 11)) == []


# -- amounts -------------------------------------------------------------------------------------


def test_amounts_of_an_inverse_contract_are_dollars_and_become_coins(venue):
    (update,) = feed(venue, snapshot())
    np.testing.assert_allclose(update.rows, [[50000.0, 0.2], [50001.0, 20000 / 50001]])


def test_amounts_of_a_linear_contract_are_coins_already(venue):
    (update,) = feed(venue, book(1, bids=[["new", 50000.0, 0.25]], symbol=LINEAR))
    assert update.rows.tolist() == [[50000.0, 0.25]]


@given(st.floats(1, 1e6), st.floats(1, 1e9))
def test_the_value_of_an_inverse_level_is_its_amount(price, amount):
    (update,) = feed(Deribit(listed()), book(1, bids=[["new", price, amount]]))
    assert update.rows[0, 0] * update.rows[0, 1] == pytest.approx(amount)


def test_a_deletion_removes_whatever_its_amount_and_unknown_ones_are_harmless(venue):
    held = OrderBook(INVERSE)
    gone = [["delete", 50000.0, 7.0], ["delete", 49000.0, 0.0]]
    for update in feed(venue, snapshot(), book(11, 10, bids=gone)):
        held.apply(update)
    assert held.level_count == (0, 1)


# -- wrong frames --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        *(["new", 0.0, 1.0], ["new", -1.0, 1.0], ["new", 1.0, -1.0], ["moved", 1.0, 1.0]),
        *(["new", "1", 1.0], ["new", 1.0], ["new", None, 1.0]),
    ],
)
def test_an_impossible_level_names_the_book_and_silences_it(venue, row):
    feed(venue, snapshot(10))
    with pytest.raises(DecodeError, match=INVERSE) as caught:
        feed(venue, book(11, 10, bids=[row]))
    assert caught.value.resync == INVERSE
    assert feed(venue, book(12, 11)) == []


def test_a_number_too_large_for_a_float_is_refused(venue):
    with pytest.raises(DecodeError):
        feed(venue, snapshot().replace(b"50000.0", b"1e999"))


def test_a_book_of_another_instrument_than_its_channel_is_refused(venue):
    frame = snapshot().replace(b'"instrument_name": "BTC-', b'"instrument_name": "ETH-')
    with pytest.raises(DecodeError, match="ETH-PERPETUAL"):
        feed(venue, frame)


@pytest.mark.parametrize("frame", [b"", b"{", b"[]", b"\xff"])
def test_garbage_is_a_decode_error(venue, frame):
    with pytest.raises(DecodeError):
        feed(venue, frame)


# -- what is asked and answered ------------------------------------------------------------------


def test_the_heartbeat_is_set_once_and_each_symbol_asked_for_alone(venue):
    asked = [
        json.loads(frame) for frame in (*venue.subscribe([INVERSE]), *venue.subscribe([LINEAR]))
    ]
    assert [request["method"] for request in asked] == [
        *("public/set_heartbeat", "public/subscribe", "public/subscribe")
    ]
    assert asked[1]["params"]["channels"] == [
        f"{kind}.{INVERSE}.100ms" for kind in ("book", "trades", "ticker")
    ]


def test_a_test_request_is_answered_and_a_heartbeat_is_not(venue):
    question = b'{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}'
    (event,) = feed(venue, question)
    assert isinstance(event, Send)
    assert json.loads(event.text)["method"] == "public/test"
    assert feed(venue, question.replace(b"test_request", b"heartbeat")) == []


def test_the_answer_to_our_own_question_is_a_pong(venue):
    assert feed(venue, answer(0, result={"version": "1"})) == [Pong()]


def asked_for(venue):
    return json.loads(venue.subscribe([INVERSE])[-1])["id"]


def test_a_book_in_the_result_is_accepted(venue):
    result = [f"book.{INVERSE}.100ms"]
    assert feed(venue, answer(asked_for(venue), result=result)) == [
        Subscribed(symbol=INVERSE, channel="book")
    ]


def test_a_book_that_the_result_leaves_out_was_refused(venue):
    with pytest.raises(SubscribeRefused, match=INVERSE) as caught:
        feed(venue, answer(asked_for(venue), result=[f"trades.{INVERSE}.100ms"]))
    assert caught.value.is_final


@pytest.mark.parametrize(
    ("code", "kind", "is_final"),
    [
        (10028, RateLimited, False),
        (-32602, SubscribeRefused, True),
        (13028, SubscribeRefused, False),
    ],
)
def test_an_error_says_whether_asking_again_can_help(venue, code, kind, is_final):
    error = {"code": code, "message": "no"}
    with pytest.raises(kind, match=str(code)) as caught:
        feed(venue, answer(asked_for(venue), error=error))
    assert (caught.value.is_final, caught.value.symbol) == (is_final, INVERSE)


# -- trades and volume ---------------------------------------------------------------------------


def test_a_trade_of_an_inverse_contract_is_told_in_coins(venue):
    print_ = {
        "instrument_name": INVERSE,
        "price": 50000.0,
        "amount": 10000.0,
        "direction": "sell",
        "timestamp": MS,
        "trade_id": "1",
    }
    assert feed(venue, note(f"trades.{INVERSE}.100ms", [print_])) == [
        Trade(
            symbol=INVERSE,
            price=50000.0,
            size=0.2,
            aggressor=Side.SELL,
            event_ns=MS * 10**6,
            recv_ns=RECV,
        )
    ]


def ticker(**stats):
    data = {"instrument_name": INVERSE, "timestamp": MS, "last_price": 50000.0, "stats": stats}
    return note(f"ticker.{INVERSE}.100ms", data)


def test_day_volume_is_in_coins_and_dollars(venue):
    (volume,) = feed(venue, ticker(volume=2.0, volume_usd=101_000.0, low=49000.0, high=51000.0))
    assert isinstance(volume, DayVolume)
    assert (volume.base, volume.quote) == (2.0, 101_000.0)


def test_before_the_first_trade_there_is_no_day_volume(venue):
    assert feed(venue, ticker(volume=None, volume_usd=None, low=None, high=None)) == []


def test_a_day_volume_whose_units_are_swapped_is_refused(venue):
    with pytest.raises(DecodeError, match="fits no price"):
        feed(venue, ticker(volume=101_000.0, volume_usd=2.0, low=49000.0, high=51000.0))


# -- over a socket -------------------------------------------------------------------------------


async def accept(peer: Peer) -> dict:
    """The next request, answered as Deribit would."""
    request = await peer.request()
    result = request["params"].get("channels", "ok")
    await peer.send(answer(request["id"], result=result))
    return request


async def test_a_gap_resubscribes_that_book_and_it_comes_back():
    async def deribit(peer: Peer) -> None:
        await accept(peer)
        await accept(peer)
        await peer.send(snapshot(10), book(11, 10), book(14, 13))
        await accept(peer)
        await accept(peer)
        await peer.send(snapshot(20), book(21, 20))

    async with (
        playing(deribit) as server,
        watching(server.endpoint, INVERSE, venue=Deribit(listed())) as watch,
    ):
        await watch.until(lambda: watch.health.books == 4)
        assert watch.connection.phase(INVERSE) is Phase.LIVE
        assert (watch.health.gaps, watch.health.resyncs, watch.health.reconnects) == (1, 1, 0)
        assert [request["method"] for request in server.peers[0].requests] == [
            *("public/set_heartbeat", "public/subscribe"),
            *("public/unsubscribe", "public/subscribe"),
        ]


async def test_the_venue_s_question_whether_we_live_is_answered():
    async def deribit(peer: Peer) -> None:
        await accept(peer)
        await accept(peer)
        await peer.send(
            snapshot(10),
            b'{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}',
        )
        await peer.request()

    async with (
        playing(deribit) as server,
        watching(server.endpoint, INVERSE, venue=Deribit(listed())) as watch,
    ):
        await watch.until(lambda: server.peers and len(server.peers[0].requests) == 3)
        assert server.peers[0].requests[-1]["method"] == "public/test"
        assert watch.health.reconnects == 0


async def test_a_silent_link_is_asked_and_then_given_up():
    async def silent(peer: Peer) -> None:
        while True:
            await peer.request()

    venue = Deribit(listed())
    venue.ping_after_s = 0.05
    async with playing(silent) as server, watching(server.endpoint, INVERSE, venue=venue) as watch:
        await watch.until(lambda: watch.health.reconnects >= 1)
        assert any(request["id"] == 0 for request in server.peers[0].requests)
