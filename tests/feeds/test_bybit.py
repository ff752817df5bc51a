"""Bybit v5 spot and linear: the chain, the stream, and a recording."""

import asyncio
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.base import (
    DecodeError,
    Endpoint,
    FeedError,
    FeedState,
    Pong,
    RateLimited,
    SequenceGap,
    Subscribed,
    SubscribeRefused,
)
from feeds.bybit import DEPTHS, Bybit, BybitSpot
from feeds.connection import Connection
from feeds.recording import Direction, read
from feeds.replay import ReplayServer
from market.instrument import Instrument, Kind, Side
from market.trade import Trade
from tests.feeds.recorded_books import Run, assert_never_wrong, damaged, run
from tests.feeds.venue_server import playing, watching

RECORDING = "bybit/bybit_linear_20260809.jsonl.gz"
LINKS = {"BTCUSDT": 413, "ETHUSDT": 420, "SOLUSDT": 382, "DOGEUSDT": 379}  # 1,594 together
TRADE_MESSAGES = 102


def listed(symbol="BTCUSDT"):
    return {
        symbol: Instrument(
            venue="bybit",
            venue_symbol=symbol,
            base=symbol.removesuffix("USDT"),
            quote="USDT",
            settle="USDT",
            kind=Kind.LINEAR,
            product="linear",
            tick_size=0.1,
            lot_size=0.001,
            min_size=0.001,
        )
    }


def opened():
    return Bybit(listed())


def book(
    kind, u, bids=(("60000", "1.2"),), asks=(("60000.1", "0.5"),), symbol="BTCUSDT", depth=200
):
    data = {"s": symbol, "b": [list(b) for b in bids], "a": [list(a) for a in asks], "u": u}
    message = {"topic": f"orderbook.{depth}.{symbol}", "type": kind, "ts": 1790000000123}
    text = json.dumps(message | {"data": data | {"seq": 9}, "cts": 5}, separators=(",", ":"))
    return text.encode()


def live(u=100):
    venue = opened()
    venue.receive(book("snapshot", u), 1)
    return venue


# -- the chain -----------------------------------------------------------------------------------


def test_a_snapshot_starts_the_book():
    (update,) = opened().receive(book("snapshot", 100), 7)
    assert update.is_snapshot
    assert update.bids.tolist() == [[60000.0, 1.2]]
    assert update.asks.tolist() == [[60000.1, 0.5]]
    assert (update.seq, update.event_ns, update.recv_ns) == (100, 1790000000123 * 10**6, 7)


def test_the_next_number_follows():
    (update,) = live().receive(book("delta", 101), 7)
    assert (update.is_snapshot, update.seq) == (False, 101)


@pytest.mark.parametrize("u", [99, 100, 102, 5000, 2])
def test_any_other_number_is_a_gap(u):
    with pytest.raises(SequenceGap) as caught:
        live().receive(book("delta", u), 7)
    assert caught.value.resync == "BTCUSDT"


def test_after_a_gap_nothing_passes_until_a_snapshot():
    venue = live()
    with pytest.raises(SequenceGap):
        venue.receive(book("delta", 103), 7)
    assert venue.receive(book("delta", 104), 8) == ()
    assert len(venue.receive(book("snapshot", 105), 9)) == 1
    assert len(venue.receive(book("delta", 106), 10)) == 1


def test_a_snapshot_may_come_at_any_moment_and_replaces_the_book():
    venue = live()
    (update,) = venue.receive(book("snapshot", 5000), 7)
    assert update.is_snapshot
    assert len(venue.receive(book("delta", 5001), 8)) == 1


def test_a_message_with_number_one_is_a_snapshot_whatever_it_says():
    venue = live()
    (update,) = venue.receive(book("delta", 1), 7)
    assert update.is_snapshot
    assert len(venue.receive(book("delta", 2), 8)) == 1


def test_a_change_before_any_snapshot_says_nothing():
    assert opened().receive(book("delta", 100), 7) == ()


def test_books_of_two_symbols_do_not_share_a_chain():
    venue = Bybit(listed() | listed("ETHUSDT"))
    venue.receive(book("snapshot", 100), 1)
    venue.receive(book("snapshot", 500, symbol="ETHUSDT"), 1)
    assert len(venue.receive(book("delta", 101), 2)) == 1
    assert len(venue.receive(book("delta", 501, symbol="ETHUSDT"), 2)) == 1


def test_the_best_level_alone_is_marked_as_partial():
    venue = Bybit(listed(), depth=1)
    (update,) = venue.receive(book("snapshot", 100, depth=1), 1)
    assert update.is_partial


def test_keys_may_come_in_any_order():
    message = json.loads(book("snapshot", 100))
    shuffled = json.dumps(dict(reversed(message.items()))).encode()
    (update,) = opened().receive(shuffled, 1)
    assert update.seq == 100


@pytest.mark.parametrize(
    "row", [("nan", "1"), ("-1", "1"), ("0", "1"), ("1", "-1"), ("1", "1e999"), ("", "1")]
)
def test_a_level_no_market_has_costs_that_book_its_trust(row):
    venue = live()
    with pytest.raises(DecodeError) as caught:
        venue.receive(book("delta", 101, bids=[row]), 7)
    assert caught.value.resync == "BTCUSDT"
    assert venue.receive(book("delta", 102), 8) == ()


def test_a_book_of_another_shape_costs_its_trust():
    venue = live()
    with pytest.raises(DecodeError) as caught:
        venue.receive(book("delta", 101).replace(b'"u":101', b'"u":"101"'), 7)
    assert caught.value.resync == "BTCUSDT"
    assert venue.receive(book("delta", 102), 8) == ()


@given(st.binary(max_size=60))
def test_rubbish_is_a_decode_error_and_nothing_else(frame):
    with suppress(FeedError):
        opened().receive(frame, 1)


def test_a_symbol_that_is_not_listed_is_refused_for_its_unit_is_unknown():
    with pytest.raises(DecodeError, match="not in the instrument list"):
        opened().receive(book("snapshot", 1, symbol="NEWUSDT"), 1)


# -- trades and tickers --------------------------------------------------------------------------


def trades(*prints):
    return json.dumps({"topic": "publicTrade.BTCUSDT", "type": "snapshot", "data": prints}).encode()


PRINT = {"T": 5, "s": "BTCUSDT", "S": "Sell", "v": "0.004", "p": "60000", "BT": False}


@pytest.mark.parametrize(("text", "side"), [("Buy", Side.BUY), ("Sell", Side.SELL)])
def test_a_trade_names_the_taker(text, side):
    assert opened().receive(trades(PRINT | {"S": text}), 9) == [
        Trade(
            symbol="BTCUSDT",
            price=60000.0,
            size=0.004,
            aggressor=side,
            event_ns=5 * 10**6,
            recv_ns=9,
        )
    ]


def test_block_trades_are_left_out_for_they_met_no_book():
    assert opened().receive(trades(PRINT | {"BT": True}), 9) == []


@pytest.mark.parametrize("wrong", [{"S": "sell"}, {"p": "0"}, {"v": "-1"}, {"v": "nan"}])
def test_a_trade_no_market_has_is_a_decode_error(wrong):
    with pytest.raises(DecodeError):
        opened().receive(trades(PRINT | wrong), 9)


def ticker(kind, **fields):
    message = {"topic": "tickers.BTCUSDT", "type": kind, "ts": 7}
    return json.dumps(message | {"data": {"symbol": "BTCUSDT"} | fields}).encode()


DAY = {
    "volume24h": "10",
    "turnover24h": "600000",
    "lowPrice24h": "59000",
    "highPrice24h": "61000",
}


def test_a_whole_ticker_gives_the_day_volume():
    (volume,) = opened().receive(ticker("snapshot", **DAY), 9)
    assert (volume.base, volume.quote, volume.event_ns) == (10, 600_000, 7 * 10**6)


def test_a_field_that_is_absent_has_not_changed():
    venue = opened()
    venue.receive(ticker("snapshot", **DAY), 9)
    (volume,) = venue.receive(ticker("delta", turnover24h="601000"), 9)
    assert (volume.base, volume.quote) == (10, 601_000)


def test_a_ticker_that_says_nothing_of_volume_makes_no_event():
    venue = opened()
    venue.receive(ticker("snapshot", **DAY), 9)
    assert venue.receive(ticker("delta", bid1Price="60000"), 9) == ()


def test_a_change_of_a_ticker_that_never_came_makes_no_event():
    assert opened().receive(ticker("delta", volume24h="10"), 9) == ()


def test_a_day_volume_that_fits_no_price_is_said_once_and_not_used():
    venue = opened()
    wrong = ticker("snapshot", **DAY | {"turnover24h": "6"})
    with pytest.raises(DecodeError, match="fits no price"):
        venue.receive(wrong, 9)
    assert venue.receive(wrong, 9) == ()


# -- requests ------------------------------------------------------------------------------------


def test_each_symbol_is_asked_for_alone():
    first, second = opened().subscribe(["BTCUSDT", "ETHUSDT"])
    assert json.loads(first) == {
        "req_id": "f1",
        "op": "subscribe",
        "args": ["orderbook.200.BTCUSDT", "publicTrade.BTCUSDT", "tickers.BTCUSDT"],
    }
    assert json.loads(second)["req_id"] == "f2"


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_depth_of_the_book_can_be_chosen(depth):
    (text,) = Bybit(listed(), depth).subscribe(["BTCUSDT"])
    assert f"orderbook.{depth}.BTCUSDT" in text


def test_a_depth_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="500"):
        Bybit(listed(), 500)


def answer(**fields):
    return json.dumps({"success": True, "ret_msg": "", "conn_id": "c"} | fields).encode()


def test_an_ack_is_told_by_its_request():
    venue = opened()
    venue.subscribe(["BTCUSDT"])
    assert venue.receive(answer(req_id="f1", op="subscribe"), 1) == (
        Subscribed(symbol="BTCUSDT", channel="orderbook.200"),
    )


def test_an_ack_of_a_request_that_is_not_ours_says_nothing():
    assert opened().receive(answer(req_id="", op="subscribe"), 1) == ()


def test_the_answer_to_a_ping_keeps_its_name():
    assert opened().receive(answer(op="ping", ret_msg="pong"), 1) == (Pong(),)


def test_a_refusal_names_its_symbol_and_is_final():
    venue = opened()
    venue.subscribe(["BTCUSDT"])
    with pytest.raises(SubscribeRefused, match="handler not found") as caught:
        venue.receive(
            answer(success=False, req_id="f1", op="subscribe", ret_msg="handler not found"), 1
        )
    assert (caught.value.symbol, caught.value.is_final) == ("BTCUSDT", True)


def test_too_many_requests_are_tried_again_later():
    venue = opened()
    venue.subscribe(["BTCUSDT"])
    with pytest.raises(RateLimited) as caught:
        venue.receive(answer(success=False, req_id="f1", op="subscribe", retCode=10006), 1)
    assert caught.value.resync == "BTCUSDT"


def test_what_is_subscribed_already_is_no_refusal():
    venue = opened()
    venue.subscribe(["BTCUSDT"])
    text = "error:already subscribed,topic:orderbook.200.BTCUSDT"
    assert venue.receive(answer(success=False, req_id="f1", op="subscribe", ret_msg=text), 1) == ()


def test_a_resync_ends_the_subscription_and_starts_it():
    venue = live()
    ops = [json.loads(text)["op"] for text in venue.resync("BTCUSDT")]
    assert ops == ["unsubscribe", "subscribe"]
    assert venue.receive(book("delta", 101), 2) == ()


async def test_over_a_socket_a_gap_is_mended_by_a_new_subscription():
    async def script(peer):
        await peer.request()
        await peer.send(book("snapshot", 100), book("delta", 102))
        assert (await peer.request())["op"] == "unsubscribe"
        assert (await peer.request())["op"] == "subscribe"
        await peer.send(book("delta", 103), book("snapshot", 104), book("delta", 105))

    async with (
        playing(script) as server,
        watching(server.endpoint, "BTCUSDT", venue=opened()) as watch,
    ):
        await watch.until(lambda: watch.book("BTCUSDT").seq == 105)
        assert (watch.health.gaps, watch.health.resyncs, watch.health.snapshots) == (1, 1, 2)


# -- the recording -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lines(recordings):
    return [line for line in read(recordings / RECORDING) if line.t == Direction.RECV]


@pytest.fixture(scope="module")
def clean(lines):
    venue = Bybit({})
    return run(venue, lines, keep_states=True), venue.instruments


def test_the_recording_has_the_links_and_trades_its_notes_state(clean, lines):
    played, _ = clean
    assert (played.counts["snapshots"], played.counts["updates"]) == (4, sum(LINKS.values()))
    assert (played.errors, played.crossed) == ([], 0)
    messages = [json.loads(line.raw) for line in lines if '"publicTrade.' in line.raw[:40]]
    assert len(messages) == TRADE_MESSAGES
    assert played.counts["Trade"] == sum(len(message["data"]) for message in messages)


def test_the_books_end_on_the_last_best_prices_of_the_tickers(clean, lines):
    played, _ = clean
    quotes = {}
    for line in lines:
        message = json.loads(line.raw)
        if message.get("topic", "").startswith("tickers."):
            quotes.setdefault(message["data"]["symbol"], {}).update(message["data"])
    for symbol in LINKS:
        top = played.books[symbol].snapshot(1)
        quote = quotes[symbol]
        assert top.bid_prices[0] == pytest.approx(float(quote["bid1Price"]), rel=2e-4)
        assert top.ask_prices[0] == pytest.approx(float(quote["ask1Price"]), rel=2e-4)


@pytest.mark.parametrize(
    ("symbol", "tick", "lot"),
    [
        ("BTCUSDT", 0.1, 0.001),
        ("ETHUSDT", 0.01, 0.01),
        ("SOLUSDT", 0.01, 0.1),
        ("DOGEUSDT", 1e-5, 1.0),
    ],
)
def test_without_a_listing_the_instrument_is_inferred_and_marked_so(symbol, tick, lot, clean):
    instrument = clean[1][symbol]
    assert instrument.is_inferred
    assert (instrument.symbol, instrument.product) == (
        f"{symbol.removesuffix('USDT')}/USDT:USDT",
        "linear",
    )
    assert (instrument.tick_size, instrument.lot_size) == (tick, lot)


def test_spot_is_inferred_as_spot():
    venue = BybitSpot({})
    venue.admits_unlisted = True
    venue.receive(book("snapshot", 1), 1)
    instrument = venue.instruments["BTCUSDT"]
    assert (instrument.symbol, instrument.venue, instrument.product) == (
        "BTC/USDT",
        "bybit",
        "spot",
    )


POSITIONS = 30


@pytest.mark.parametrize("how", ["dropped", "doubled", "swapped"])
def test_one_frame_dropped_doubled_or_swapped_is_never_silent(how, lines, clean):
    whole, _ = clean
    books = [line for line in lines if '"orderbook.' in line.raw[:40]]
    last = {json.loads(line.raw)["data"]["s"]: n for n, line in enumerate(books)}
    places = range(len(LINKS), min(last.values()) - 1, len(books) // POSITIONS)
    for place in places:
        broken = run(Bybit({}), damaged(books, how, place))
        assert_never_wrong(broken, whole)
        is_one_book = books[place].raw[:40] == books[place + 1].raw[:40]
        assert len(broken.errors) == (0 if how == "swapped" and not is_one_book else 1)


async def test_the_recording_over_a_real_socket_gives_the_same(recordings, clean):
    direct, instruments = clean
    played, broken = Run(), []
    async with ReplayServer(recordings / RECORDING, None) as server:
        connection = Connection(
            Bybit(dict(instruments)),
            Endpoint(ws_url=server.ws_url, rest_url=server.rest_url),
            played.take,
            lambda symbol, error: broken.append(symbol),
        )
        connection.follow("BTCUSDT")
        async with asyncio.timeout(60):
            await connection.run()
    health = connection.health
    assert health.state is FeedState.ENDED
    assert played.counts == direct.counts
    assert (health.gaps, health.decode_errors, health.resyncs, health.reconnects) == (0, 0, 0, 0)
    assert sorted(broken) == sorted(LINKS)
