import json

import numpy as np
import pytest

from feeds.base import (
    ChecksumMismatch,
    DecodeError,
    KeepAlive,
    Pong,
    RateLimited,
    Send,
    SequenceGap,
    SnapshotTooOld,
    Subscribed,
    SubscribeRefused,
    Upgrade,
)
from feeds.okx import Okx
from feeds.okx_book import checksum
from market.book import BookUpdate
from market.instrument import Side
from tests.feeds import okx_frames as okx

RECV = 1_790_000_000_150_000_000


@pytest.fixture
def venue():
    return Okx(okx.listed())


def feed(venue, *frames):
    """All events of these frames, in order."""
    return [event for frame in frames for event in venue.receive(frame, RECV)]


# -- the sequence rule ---------------------------------------------------------------------------


def test_linked_updates_pass_with_keep_alive_and_restart_of_the_numbering(venue):
    links = [(-1, 10), (10, 15), (15, 15), (15, 3), (3, 5)]
    frames = [
        okx.book(seq, prev, **({"asks": (), "bids": ()} if prev == seq else {}))
        for prev, seq in links
    ]
    events = feed(venue, *frames)
    assert [type(event) for event in events] == [BookUpdate] * 2 + [KeepAlive] + [BookUpdate] * 2
    assert [event.seq for event in events if isinstance(event, BookUpdate)] == [10, 15, 3, 5]


@pytest.mark.parametrize(("prev", "seq"), [(9, 12), (14, 16), (16, 20), (10, 15)])
def test_an_update_that_does_not_link_is_a_gap_that_names_the_book(venue, prev, seq):
    feed(venue, okx.book(10), okx.book(15, 10))
    with pytest.raises(SequenceGap, match=okx.SWAP) as caught:
        feed(venue, okx.book(seq, prev))
    assert caught.value.resync == okx.SWAP


def test_after_a_gap_a_book_is_silent_until_a_snapshot(venue):
    feed(venue, okx.book(10))
    with pytest.raises(SequenceGap):
        feed(venue, okx.book(12, 11))
    assert feed(venue, okx.book(13, 12), okx.book(14, 13)) == []
    (event,) = feed(venue, okx.book(20))
    assert event.is_snapshot


def test_a_gap_in_one_book_leaves_the_others_alone(venue):
    feed(venue, okx.book(10), okx.book(7, symbol="BTC-USDT"))
    with pytest.raises(SequenceGap):
        feed(venue, okx.book(12, 11))
    assert len(feed(venue, okx.book(8, 7, symbol="BTC-USDT"))) == 1


def test_a_second_snapshot_replaces_the_first_and_its_chain(venue):
    events = feed(venue, okx.book(10), okx.book(40), okx.book(41, 40))
    assert [event.is_snapshot for event in events] == [True, True, False]


def test_updates_before_any_snapshot_are_kept_back(venue):
    assert feed(venue, okx.book(11, 10), okx.book(12, 11)) == []


def test_a_numberless_update_after_a_numbered_one_is_a_gap(venue):
    feed(venue, okx.book(10))
    with pytest.raises(SequenceGap, match="without a number"):
        feed(venue, okx.unnumbered("update", 0))


def test_a_new_connection_forgets_every_chain(venue):
    feed(venue, okx.book(10))
    venue.reset()
    assert feed(venue, okx.book(12, 11)) == []


# -- the splice with a book over REST ------------------------------------------------------------


def fetched(seq):
    (event,) = feed(Okx(okx.listed()), okx.book(seq))
    return event


def spliced(venue, snapshot_seq, *links):
    feed(venue, okx.ack(), *(okx.book(seq, prev) for prev, seq in links))
    assert venue.wants_snapshot(okx.SWAP)
    return [event.seq for event in venue.splice(fetched(snapshot_seq))]


@pytest.mark.parametrize(
    ("snapshot_seq", "expected"),
    [
        (10, [10, 12, 15, 20]),  # just before the first kept
        (11, [11, 12, 15, 20]),  # inside the first kept: 10 <= 11 < 12
        (12, [12, 15, 20]),  # the first is already in the book
        (16, [16, 20]),
        (20, [20]),  # all of them are
        (99, [99]),
    ],
)
def test_a_fetched_book_goes_before_the_updates_that_follow_it(venue, snapshot_seq, expected):
    assert spliced(venue, snapshot_seq, (10, 12), (12, 15), (15, 20)) == expected


def test_a_fetched_book_older_than_the_first_update_is_fetched_again(venue):
    with pytest.raises(SnapshotTooOld):
        spliced(venue, 9, (10, 12))
    assert venue.wants_snapshot(okx.SWAP)


def test_a_hole_among_the_kept_updates_is_a_gap(venue):
    with pytest.raises(SequenceGap):
        spliced(venue, 12, (10, 12), (12, 15), (16, 20))


def test_after_the_splice_the_normal_rule_holds(venue):
    spliced(venue, 12, (10, 12), (12, 15))
    assert len(feed(venue, okx.book(16, 15))) == 1
    with pytest.raises(SequenceGap):
        feed(venue, okx.book(18, 17))


def test_no_book_is_wanted_over_rest_while_the_stream_gives_one(venue):
    feed(venue, okx.ack(), okx.book(10), okx.book(11, 10))
    assert not venue.wants_snapshot(okx.SWAP)
    assert list(venue.splice(fetched(11))) == []


def test_no_book_is_wanted_over_rest_after_a_gap(venue):
    feed(venue, okx.book(10))
    with pytest.raises(SequenceGap):
        feed(venue, okx.book(12, 11))
    feed(venue, okx.book(13, 12))
    assert not venue.wants_snapshot(okx.SWAP)


# -- checksums -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bids", "asks", "expected"),
    [
        ([("3366.1", "7"), ("3366", "6")], [("3366.8", "9"), ("3368", "8")], -1881014294),
        ([("3366.1", "7")], [("3366.8", "9"), ("3368", "8"), ("3372", "8")], 831078360),
    ],
)
def test_the_checksum_alternates_bids_and_asks_and_is_signed(bids, asks, expected):
    assert checksum(bids, asks) == expected


SNAPSHOT_SUM = checksum([("99", "1")], [("101", "2")])
UPDATE_SUM = checksum([("99", "1")], [("101", "5.50")])


def test_a_checksum_is_verified_over_the_text_as_received(venue):
    feed(
        venue,
        okx.unnumbered("snapshot", SNAPSHOT_SUM),
        okx.unnumbered("update", UPDATE_SUM, asks=(("101", "5.50"),), bids=()),
    )
    assert venue.checksums_verified == 2


def test_a_wrong_checksum_breaks_the_book(venue):
    feed(venue, okx.unnumbered("snapshot", SNAPSHOT_SUM))
    with pytest.raises(ChecksumMismatch, match=okx.SWAP) as caught:
        feed(venue, okx.unnumbered("update", UPDATE_SUM, asks=(("101", "5.5"),)))
    assert caught.value.resync == okx.SWAP
    assert feed(venue, okx.unnumbered("update", UPDATE_SUM)) == []


def test_a_checksum_of_zero_is_absent_and_never_a_mismatch(venue):
    feed(venue, okx.book(10), okx.book(11, 10))
    assert venue.checksums_verified == 0


def test_checksums_that_begin_in_mid_stream_restart_the_book_once_and_are_then_verified(venue):
    feed(venue, okx.book(10))
    with pytest.raises(ChecksumMismatch, match="began"):
        feed(venue, okx.book(11, 10, checksum=77))
    feed(venue, okx.book(20), okx.book(21, 20, checksum=SNAPSHOT_SUM))
    assert venue.checksums_verified == 1


def test_removing_a_price_that_is_not_held_is_ignored_by_the_checksum_too(venue):
    feed(
        venue,
        okx.unnumbered("snapshot", SNAPSHOT_SUM),
        okx.unnumbered("update", SNAPSHOT_SUM, asks=(("150", "0"),), bids=()),
    )
    assert venue.checksums_verified == 2


# -- units ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("BTC-USDT", [[99.0, 1.0], [101.0, 2.0]]),  # spot: coins as they are
        ("BTC-USDT-SWAP", [[99.0, 0.01], [101.0, 0.02]]),  # 0.01 BTC a contract
        ("BTC-USD-SWAP", [[99.0, 100 / 99], [101.0, 200 / 101]]),  # 100 USD a contract
    ],
)
@pytest.mark.parametrize("channel", ["books", "books5", "bbo-tbt", "books-l2-tbt"])
def test_sizes_come_out_in_coins_bids_first(channel, symbol, expected):
    venue = Okx(okx.listed(), channel)
    is_whole = channel in ("books5", "bbo-tbt")
    message = (
        okx.whole_book(channel, symbol) if is_whole else okx.book(5, symbol=symbol, channel=channel)
    )
    (event,) = feed(venue, message)
    np.testing.assert_array_equal(event.rows, expected)
    assert (event.n_bids, event.seq, event.is_partial) == (1, 5, is_whole)
    assert (event.event_ns, event.recv_ns) == (1_790_000_000_100_000_000, RECV)


def test_a_trade_of_contracts_is_a_trade_of_coins(venue):
    (event,) = feed(venue, okx.trade(px="100", sz="3", side="sell"))
    assert (event.price, event.size, event.aggressor) == (100.0, 0.03, Side.SELL)


@pytest.mark.parametrize(
    ("symbol", "vol", "vol_ccy"),
    [
        ("BTC-USDT", "50", "5000"),  # coins, money
        ("BTC-USDT-SWAP", "5000", "50"),  # contracts, coins
        ("BTC-USD-SWAP", "50", "50"),  # contracts of 100 USD, coins
    ],
)
def test_day_volume_comes_out_in_coins_and_money(venue, symbol, vol, vol_ccy):
    (event,) = feed(venue, okx.ticker(vol, vol_ccy, symbol=symbol))
    assert (event.base, event.quote) == (50.0, 5000.0)


def test_a_day_volume_in_the_wrong_unit_is_reported_once_and_then_left_out(venue):
    swapped = okx.ticker("50", "5000")
    with pytest.raises(DecodeError, match="fits no price") as caught:
        feed(venue, swapped)
    assert caught.value.resync is None
    assert feed(venue, swapped) == []


def test_a_listing_without_a_trade_has_no_day_volume(venue):
    assert feed(venue, okx.ticker("", "", last="")) == []


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "price", ["NaN", "-1", "0", "0.0", "", "1_0", " 1", "inf", "1e999", "1.7e308", "x"]
)
def test_a_price_that_is_none_breaks_the_book_and_names_it(venue, price):
    feed(venue, okx.book(10))
    with pytest.raises(DecodeError, match=okx.SWAP) as caught:
        feed(venue, okx.book(11, 10, asks=((price, "1"),)))
    assert caught.value.resync == okx.SWAP
    assert feed(venue, okx.book(12, 11)) == []


@pytest.mark.parametrize("size", ["NaN", "-1", "", "Infinity", "1,5", "1e300"])
def test_a_size_that_is_none_breaks_the_book(venue, size):
    feed(venue, okx.book(10))
    with pytest.raises(DecodeError):
        feed(venue, okx.book(11, 10, bids=(("99", size),)))


def test_exponents_are_numbers(venue):
    (event,) = feed(venue, okx.book(10, asks=(("1.01e2", "2E0"),)))
    np.testing.assert_array_equal(event.asks, [[101.0, 0.02]])


@pytest.mark.parametrize(
    "junk",
    [b"", b"{", b"null", b"[]", b"7", b"\xff\xfe", b'{"arg":7}', b'"ping"', b"[" * 100_000],
)
def test_junk_is_a_decode_error_and_harms_no_book(venue, junk):
    feed(venue, okx.book(10))
    with pytest.raises(DecodeError):
        feed(venue, junk)
    assert len(feed(venue, okx.book(11, 10))) == 1


def test_a_book_message_without_its_rows_breaks_that_book(venue):
    feed(venue, okx.book(10))
    message = json.loads(okx.book(11, 10))
    del message["data"][0]["asks"]
    with pytest.raises(DecodeError) as caught:
        feed(venue, okx.frame(message))
    assert caught.value.resync == okx.SWAP


@pytest.mark.parametrize("bad", [{"px": "-1"}, {"sz": "0"}, {"sz": "NaN"}, {"side": "up"}])
def test_a_trade_that_cannot_be_is_refused_without_a_resync(venue, bad):
    with pytest.raises(DecodeError, match=okx.SWAP) as caught:
        feed(venue, okx.trade(**bad))
    assert caught.value.resync is None


def test_data_of_an_unlisted_symbol_is_refused_for_its_unit_is_unknown(venue):
    with pytest.raises(DecodeError, match="not in the instrument list"):
        feed(venue, okx.book(1, symbol="NEW-USDT-SWAP"))


def test_a_recording_may_hold_unlisted_symbols_which_are_marked_not_live(venue):
    venue.admits_unlisted = True
    (event,) = feed(venue, okx.book(1, symbol="NEW-USDT-SWAP"))
    np.testing.assert_array_equal(event.asks, [[101.0, 2.0]])
    assert not venue.instruments["NEW-USDT-SWAP"].is_live


def test_channels_and_events_we_did_not_ask_for_are_ignored(venue):
    assert feed(venue, okx.frame({"arg": {"channel": "candle1m"}, "data": []})) == []
    assert feed(venue, okx.frame({"event": "channel-conn-count", "channel": "x"})) == []


# -- asking and answers --------------------------------------------------------------------------


def test_one_request_asks_for_book_trades_and_ticker_of_one_symbol(venue):
    (text,) = venue.subscribe([okx.SWAP])
    request = json.loads(text)
    assert request["op"] == "subscribe"
    assert [arg["channel"] for arg in request["args"]] == ["books", "trades", "tickers"]


def test_an_ack_is_an_event_and_not_yet_a_book(venue):
    assert feed(venue, okx.ack()) == [Subscribed(symbol=okx.SWAP, channel="books")]


def test_a_resync_waits_for_the_end_of_the_old_subscription(venue):
    feed(venue, okx.ack(), okx.book(10))
    (request,) = (json.loads(text) for text in venue.resync(okx.SWAP))
    assert (request["op"], [arg["channel"] for arg in request["args"]]) == (
        "unsubscribe",
        ["books"],
    )
    assert feed(venue, okx.book(11, 10)) == []
    (event,) = feed(venue, okx.ack("unsubscribe"))
    assert isinstance(event, Send)
    assert json.loads(event.text)["op"] == "subscribe"
    assert feed(venue, okx.ack(), okx.book(30))[-1].is_snapshot


def test_what_was_never_acknowledged_is_simply_asked_for_again(venue):
    venue.subscribe([okx.SWAP])
    (request,) = (json.loads(text) for text in venue.resync(okx.SWAP))
    assert request["op"] == "subscribe"
    assert len(request["args"]) == 3


@pytest.mark.parametrize(
    ("code", "kind", "is_final"),
    [
        ("60018", SubscribeRefused, True),
        ("60012", SubscribeRefused, True),
        ("64004", SubscribeRefused, True),
        ("63999", SubscribeRefused, False),
        ("64007", SubscribeRefused, False),
        ("60014", RateLimited, False),
        ("12345", SubscribeRefused, False),
    ],
)
def test_an_error_says_by_its_number_whether_to_try_again(venue, code, kind, is_final):
    arg = {"channel": "books", "instId": okx.SWAP}
    with pytest.raises(kind, match=code) as caught:
        feed(venue, okx.error(code, arg=arg))
    assert (caught.value.symbol, caught.value.is_final) == (okx.SWAP, is_final)
    assert caught.value.resync == (None if is_final else okx.SWAP)


def test_an_error_without_an_arg_is_matched_by_its_id(venue):
    requests = venue.subscribe(["BTC-USDT", okx.SWAP])
    second = json.loads(requests[1])["id"]
    with pytest.raises(SubscribeRefused) as caught:
        feed(venue, okx.error("60018", id=second))
    assert caught.value.symbol == okx.SWAP


def test_a_refused_trades_channel_leaves_the_book_alone(venue):
    arg = {"channel": "trades", "instId": okx.SWAP}
    with pytest.raises(SubscribeRefused) as caught:
        feed(venue, okx.error("60018", arg=arg))
    assert caught.value.symbol is None


@pytest.mark.parametrize("code", ["60029", "60030", "64003"])
def test_a_tier_too_low_falls_back_to_the_public_book(code):
    venue = Okx(okx.listed(), "books-l2-tbt")
    (request,) = (json.loads(text) for text in venue.subscribe([okx.SWAP]))
    with pytest.raises(SubscribeRefused, match="fee tier") as caught:
        feed(venue, okx.error(code, id=request["id"]))
    assert caught.value.resync == okx.SWAP
    (again,) = (json.loads(text) for text in venue.resync(okx.SWAP))
    assert (again["op"], again["args"][0]["channel"]) == ("subscribe", "books")


def test_an_upgrade_is_announced_by_notice_64008(venue):
    notice = okx.frame({"event": "notice", "code": "64008", "msg": "soon", "connId": "a"})
    (event,) = feed(venue, notice)
    assert isinstance(event, Upgrade)


def test_pong_is_not_json(venue):
    assert feed(venue, b"pong") == [Pong()]


def test_a_close_code_is_put_into_words(venue):
    assert "30 s" in venue.close_text(4004, "")
    assert "too slowly" in venue.close_text(4005, "")
    assert "1006" in venue.close_text(1006, "")


def test_an_unknown_book_channel_is_refused_at_once():
    with pytest.raises(ValueError, match="books9"):
        Okx(okx.listed(), "books9")
