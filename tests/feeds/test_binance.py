"""Binance spot, USD-M and COIN-M: the splice, the stream, and three recordings."""

import asyncio
import json
from contextlib import suppress

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.backoff import Pauses
from feeds.base import (
    DecodeError,
    Endpoint,
    FeedError,
    FeedState,
    KeepAlive,
    SequenceGap,
    SnapshotTooOld,
    Subscribed,
    SubscribeRefused,
    Upgrade,
)
from feeds.binance import Binance, BinanceCoinm, BinanceUsdm
from feeds.binance_book import MAX_KEPT, MAX_REPEATS, FuturesRule, Link, SplicedBook, SpotRule
from feeds.binance_rest import BinanceRest
from feeds.connection import Connection
from feeds.following import Following, Phase
from feeds.line import Line as OpenLine
from feeds.recording import Direction, Line, read
from feeds.replay import ReplayServer
from feeds.rest import RestClient
from feeds.tape import TapedConnection, connection_to
from market.book import BookUpdate, OrderBook
from market.instrument import Instrument, Kind, Side
from market.trade import DayVolume, Trade
from tests.feeds.http_server import answering
from tests.feeds.recorded_books import Run, assert_never_wrong, damaged, run
from tests.feeds.venue_server import PACE, playing, watching

RECORDINGS = {
    Binance: "binance/binance_spot_btcusdt_20240808.jsonl.gz",
    BinanceUsdm: "binance/binance_usdm_btcusdt_20240808.jsonl.gz",
    BinanceCoinm: "binance/binance_coinm_ethusd_perp_20240808.jsonl.gz",
}
# (links, trades): the notes count the links between updates; the first update is one more.
STATED = {
    Binance: (3_448, 9_757),
    BinanceUsdm: (6_546, 21_313),
    BinanceCoinm: (22_886, 1_732),
}
PRODUCTS = list(RECORDINGS)
each_product = pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p.name)


def listed(product=Binance, symbol="BTCUSDT", **changes):
    is_inverse = product is BinanceCoinm
    facts = {
        "venue": "binance",
        "venue_symbol": symbol,
        "base": "BTC",
        "quote": "USD" if is_inverse else "USDT",
        "settle": {Binance: "", BinanceUsdm: "USDT", BinanceCoinm: "BTC"}[product],
        "kind": product.product.kind,
        "product": product.product.fees,
        "tick_size": 0.1,
        "lot_size": 0.001,
        "min_size": 0.001,
        "contract_size": 100.0 if is_inverse else 1.0,
    }
    return {symbol: Instrument(**facts | changes)}


def opened(product=Binance):
    return product(listed(product))


def change(first, last, before=None, bids=(("100.0", "1"),), asks=(), symbol="BTCUSDT", bare=False):
    body = {"e": "depthUpdate", "E": 1790000000123, "s": symbol, "U": first, "u": last}
    if before is not None:
        body["pu"] = before
    body |= {"b": [list(row) for row in bids], "a": [list(row) for row in asks]}
    frame = body if bare else {"stream": f"{symbol.lower()}@depth@100ms", "data": body}
    return json.dumps(frame, separators=(",", ":")).encode()


def fetched(seq, bids=(("99.0", "5"),), asks=(("101.0", "5"),)):
    book = {"lastUpdateId": seq, "bids": [list(b) for b in bids], "asks": [list(a) for a in asks]}
    return json.dumps(book, separators=(",", ":")).encode()


def live(product=Binance):
    """A venue whose book was spliced at 100 and went on to 110."""
    venue = opened(product)
    venue.receive(change(95, 110, 90), 1)
    snapshot, update = venue.recall("", fetched(100), 2)
    assert (snapshot.seq, update.seq) == (100, 110)
    return venue


# -- the rule, against a model that knows every single change ------------------------------------

PRICES = 5


@st.composite
def histories(draw, has_holes):
    """(states by id, updates as (link, changes)): each id sets one price; updates are runs of ids.

    With holes some ids belong to other instruments, as on futures.
    """
    ids, now = [], 0
    for _ in range(draw(st.integers(6, 30))):
        now += draw(st.integers(1, 3)) if has_holes else 1
        ids.append(now)
    sets = [(draw(st.integers(1, PRICES)), draw(st.integers(0, 3))) for _ in ids]
    states, levels, at = {0: {}}, {}, 0
    for each, (price, size) in zip(ids, sets, strict=True):
        for hole in range(at + 1, each):
            states[hole] = dict(levels)
        levels = {**levels, price: size}
        states[each] = dict(levels)
        at = each
    updates, start, before = [], 0, 0
    while start < len(ids):
        end = min(len(ids), start + draw(st.integers(1, 4)))
        link = Link(ids[start], ids[end - 1], before if has_holes else -1)
        updates.append((link, dict(sets[start:end])))
        start, before = end, ids[end - 1]
    return states, updates


def event(seq, levels, is_snapshot):
    rows = [(float(price), float(size)) for price, size in sorted(levels.items(), reverse=True)]
    return BookUpdate(
        symbol="X",
        is_snapshot=is_snapshot,
        rows=np.array(rows).reshape(-1, 2),
        n_bids=len(rows),
        seq=seq,
        event_ns=1,
        recv_ns=1,
    )


def held(levels):
    return {float(price): float(size) for price, size in levels.items() if size}


@pytest.mark.parametrize("rule", [SpotRule(), FuturesRule()], ids=["spot", "futures"])
@given(data=st.data())
def test_whatever_is_lost_doubled_or_moved_a_book_that_is_shown_is_right(rule, data):
    states, updates = data.draw(histories(isinstance(rule, FuturesRule)))
    places = data.draw(st.permutations(range(len(updates)))) if data.draw(st.booleans()) else None
    order = list(places or range(len(updates)))
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(order) - 1))
        order[place : place + 1] = data.draw(st.sampled_from([[], [order[place]] * 2])) or []
        if not order:
            break
    fetches = data.draw(
        st.lists(st.tuples(st.integers(0, len(order)), st.sampled_from(sorted(states)[1:])))
    )
    book, splice = OrderBook("X"), SplicedBook("binance", "X", rule)
    for step in range(len(order) + 1):
        out = []
        for at, seq in fetches:
            if at == step:
                with suppress(SnapshotTooOld):
                    out += splice.splice(event(seq, states[seq], True))
        if step < len(order):
            link, changes = updates[order[step]]
            with suppress(SequenceGap):
                out += splice.take(link, event(link.last, changes, False))
        for each in out:
            book.apply(each)
            levels, (n, _) = book.raw()
            shown = dict(zip(levels[0, 0, :n], levels[0, 1, :n], strict=True))
            assert shown == held(states[each.seq])


@pytest.mark.parametrize("rule", [SpotRule(), FuturesRule()], ids=["spot", "futures"])
@given(data=st.data())
def test_with_nothing_lost_a_book_that_some_update_covers_is_spliced_and_kept_to_the_end(
    rule, data
):
    states, updates = data.draw(histories(isinstance(rule, FuturesRule)))
    covering = data.draw(st.integers(0, len(updates) - 1))
    link = updates[covering][0]
    seq = data.draw(st.integers(link.first, link.last))
    fetched_after = data.draw(st.integers(0, len(updates)))
    splice, last = SplicedBook("binance", "X", rule), None
    for step in range(len(updates) + 1):
        if step == fetched_after:
            out = splice.splice(event(seq, states[seq], True))
            assert out[0].is_snapshot
            last = out[-1].seq
        if step < len(updates):
            for each in splice.take(updates[step][0], event(updates[step][0].last, {}, False)):
                last = each.seq
    assert last == max(updates[-1][0].last, seq)


def test_spot_joins_a_book_that_ends_right_before_the_first_change():
    book = SplicedBook("binance", "X", SpotRule())
    book.take(Link(101, 105), event(105, {}, False))
    assert [e.seq for e in book.splice(event(100, {1: 1}, True))] == [100, 105]


def test_futures_want_a_change_that_holds_the_id_of_the_book():
    book = SplicedBook("binance", "X", FuturesRule())
    book.take(Link(101, 105, 100), event(105, {}, False))
    with pytest.raises(SnapshotTooOld, match="100"):
        book.splice(event(100, {1: 1}, True))


def test_futures_use_a_change_that_ends_where_the_book_does():
    book = SplicedBook("binance", "X", FuturesRule())
    book.take(Link(95, 100, 90), event(100, {}, False))
    assert [e.seq for e in book.splice(event(100, {1: 1}, True))] == [100, 100]


def test_spot_drops_a_change_that_ends_where_the_book_does():
    book = SplicedBook("binance", "X", SpotRule())
    book.take(Link(95, 100), event(100, {}, False))
    assert [e.seq for e in book.splice(event(100, {1: 1}, True))] == [100]


def test_a_book_without_a_time_gets_that_of_the_first_change_kept():
    book = SplicedBook("binance", "X", SpotRule())
    book.take(Link(101, 105), event(105, {}, False))
    untimed = msgspec.structs.replace(event(100, {1: 1}, True), event_ns=0)
    assert book.splice(untimed)[0].event_ns == 1


def test_no_more_is_kept_than_the_limit():
    book = SplicedBook("binance", "X", SpotRule())
    for n in range(MAX_KEPT + 1):
        book.take(Link(n, n), event(n, {}, False))
    # Only the last one is left, so the book right before it fits.
    assert len(book.splice(event(MAX_KEPT - 1, {1: 1}, True))) == 2


def test_spot_numbers_that_start_anew_do_not_freeze_the_book():
    venue = live()
    for n in range(1, MAX_REPEATS + 1):
        assert venue.receive(change(n, n), 3) == ()
    with pytest.raises(SequenceGap):
        venue.receive(change(MAX_REPEATS + 1, MAX_REPEATS + 1), 3)


# -- the stream ----------------------------------------------------------------------------------


@each_product
def test_changes_wait_for_a_book(product):
    venue = opened(product)
    assert not venue.wants_snapshot("BTCUSDT")
    assert venue.receive(change(1, 2, 0), 1) == ()
    assert venue.wants_snapshot("BTCUSDT")


@each_product
def test_a_fetched_book_releases_what_was_kept(product):
    venue = live(product)
    assert not venue.wants_snapshot("BTCUSDT")
    (update,) = venue.receive(change(111, 120, 110), 3)
    assert (update.seq, update.recv_ns, update.event_ns) == (120, 3, 1790000000123 * 10**6)


@each_product
def test_a_missing_change_is_a_gap_and_the_book_waits_again(product):
    venue = live(product)
    with pytest.raises(SequenceGap) as caught:
        venue.receive(change(121, 130, 120), 3)
    assert caught.value.resync == "BTCUSDT"
    assert venue.receive(change(131, 140, 130), 4) == ()
    assert venue.wants_snapshot("BTCUSDT")


@each_product
def test_the_change_that_showed_the_gap_is_not_lost_for_the_next_book(product):
    venue = live(product)
    with pytest.raises(SequenceGap):
        venue.receive(change(121, 130, 120), 3)
    assert [e.seq for e in venue.recall("", fetched(125), 4)] == [125, 130]


def test_a_change_sent_twice_is_ignored_on_spot():
    assert live().receive(change(95, 110), 3) == ()


@pytest.mark.parametrize("product", [BinanceUsdm, BinanceCoinm])
def test_a_change_sent_twice_breaks_the_chain_of_futures(product):
    with pytest.raises(SequenceGap):
        live(product).receive(change(95, 110, 90), 3)


def test_a_book_older_than_the_buffer_is_fetched_again():
    venue = opened()
    venue.receive(change(200, 210), 1)
    snapshot = msgspec.structs.replace(event(100, {1: 1}, True), symbol="BTCUSDT")
    with pytest.raises(SnapshotTooOld):
        venue.splice(snapshot)
    assert venue.wants_snapshot("BTCUSDT")


def test_bare_and_wrapped_frames_mean_the_same():
    venue = live()
    (update,) = venue.receive(change(111, 120, bare=True), 3)
    assert update.seq == 120


def test_two_symbols_do_not_share_a_chain():
    venue = Binance(listed() | listed(symbol="ETHUSDT"))
    venue.receive(change(1, 2), 1)
    venue.receive(change(50, 60, symbol="ETHUSDT"), 1)
    eth = venue.recall("https://x/api/v3/depth?symbol=ETHUSDT&limit=1000", fetched(55), 2)
    assert [e.symbol for e in eth] == ["ETHUSDT", "ETHUSDT"]
    assert venue.wants_snapshot("BTCUSDT")


def test_a_recorded_book_without_an_address_is_nobodys_when_two_wait():
    venue = Binance(listed() | listed(symbol="ETHUSDT"))
    venue.receive(change(1, 2), 1)
    venue.receive(change(1, 2, symbol="ETHUSDT"), 1)
    assert venue.recall("", fetched(2), 2) == ()


def test_contracts_of_coin_margined_futures_come_out_as_coins():
    venue = opened(BinanceCoinm)
    venue.receive(change(95, 110, 90, bids=[("50000.0", "25")]), 1)
    _, update = venue.recall("", fetched(100), 2)
    # 25 contracts of 100 USD at 50,000 are 0.05 BTC.
    assert update.bids.tolist() == [[50000.0, 0.05]]


@pytest.mark.parametrize(("maker_bought", "aggressor"), [(True, Side.SELL), (False, Side.BUY)])
@pytest.mark.parametrize("kind", ["trade", "aggTrade"])
def test_when_the_buyer_was_the_maker_the_taker_sold(kind, maker_bought, aggressor):
    body = {"e": kind, "E": 1, "s": "BTCUSDT", "p": "60000.1", "q": "0.2", "T": 5}
    frame = json.dumps({"stream": "x", "data": body | {"m": maker_bought}}).encode()
    (trade,) = opened().receive(frame, 9)
    assert trade == Trade(
        symbol="BTCUSDT",
        price=60000.1,
        size=0.2,
        aggressor=aggressor,
        event_ns=5 * 10**6,
        recv_ns=9,
    )


def test_trades_that_did_not_come_from_the_book_are_left_out():
    body = {"e": "trade", "s": "BTCUSDT", "p": "0", "q": "1", "T": 5, "m": True, "X": "ADL"}
    assert opened(BinanceUsdm).receive(json.dumps(body).encode(), 9) == ()


def ticker(v, q, symbol="BTCUSDT"):
    body = {"e": "24hrTicker", "E": 7, "s": symbol, "h": "61000", "l": "59000", "v": v, "q": q}
    return json.dumps({"stream": "x", "data": body}).encode()


@pytest.mark.parametrize(
    ("product", "v", "q", "base", "quote"),
    [
        (Binance, "10", "600000", 10, 600_000),
        (BinanceUsdm, "10", "600000", 10, 600_000),
        # v counts contracts of 100 USD, q coins: 6,000 contracts are 600,000 USD for 10 BTC.
        (BinanceCoinm, "6000", "10", 10, 600_000),
    ],
)
def test_day_volume_comes_in_coins_and_money(product, v, q, base, quote):
    (volume,) = opened(product).receive(ticker(v, q), 9)
    assert (volume.base, volume.quote, volume.event_ns) == (base, quote, 7 * 10**6)


def test_a_day_volume_that_fits_no_price_is_said_once_and_not_used():
    venue = opened()
    with pytest.raises(DecodeError, match="fits no price"):
        venue.receive(ticker("10", "6"), 9)
    assert venue.receive(ticker("10", "6"), 9) == ()


def test_the_best_bid_and_ask_stream_is_tolerated():
    body = {"u": 5, "s": "BTCUSDT", "b": "1", "B": "2", "a": "3", "A": "4"}
    venue = opened()
    assert venue.receive(json.dumps(body).encode(), 1) == ()
    assert venue.receive(json.dumps({"stream": "x", "data": body}).encode(), 1) == ()


def test_an_announced_shutdown_asks_for_the_next_connection():
    (notice,) = opened().receive(b'{"e":"serverShutdown","E":1790000000123}', 1)
    assert isinstance(notice, Upgrade)


@pytest.mark.parametrize(
    "row",
    [
        ("nan", "1"),
        ("inf", "1"),
        ("-1", "1"),
        ("0", "1"),
        ("1", "-1"),
        ("1", "1e999"),
        ("1_0", "1"),
        ("", "1"),
        ("1 ", "1"),
    ],
)
def test_a_level_no_market_has_costs_that_book_its_trust(row):
    venue = live()
    with pytest.raises(DecodeError) as caught:
        venue.receive(change(111, 120, bids=[row]), 3)
    assert caught.value.resync == "BTCUSDT"
    assert venue.receive(change(121, 130), 4) == ()


def test_a_change_of_another_shape_costs_that_book_its_trust():
    venue = live()
    frame = change(111, 120).replace(b'"u":120', b'"u":"120"')
    with pytest.raises(DecodeError) as caught:
        venue.receive(frame, 3)
    assert caught.value.resync == "BTCUSDT"
    assert venue.receive(change(121, 130), 4) == ()


@given(st.binary(max_size=60))
def test_rubbish_is_a_decode_error_and_nothing_else(frame):
    with suppress(FeedError):
        opened().receive(frame, 1)


@given(st.integers(0, 120))
def test_a_frame_cut_short_is_a_decode_error(at):
    with pytest.raises(DecodeError):
        opened().receive(change(1, 2)[:at], 1)


def test_numbers_with_exponents_are_read():
    venue = live()
    (update,) = venue.receive(change(111, 120, bids=[("1e2", "5E-1")]), 3)
    assert update.bids.tolist() == [[100.0, 0.5]]


def test_a_symbol_that_is_not_listed_is_refused_for_its_unit_is_unknown():
    with pytest.raises(DecodeError, match="not in the instrument list"):
        opened().receive(change(1, 2, symbol="NEWUSDT"), 1)


# -- requests ------------------------------------------------------------------------------------


def test_one_request_asks_for_all_streams_of_a_symbol_in_lower_case():
    (text,) = opened().subscribe(["BTCUSDT"])
    assert json.loads(text) == {
        "method": "SUBSCRIBE",
        "params": ["btcusdt@depth@100ms", "btcusdt@aggTrade", "btcusdt@ticker"],
        "id": 1,
    }


def test_many_symbols_take_few_requests():
    assert len(opened().subscribe([f"S{n}" for n in range(100)])) == 3


def test_an_ack_names_the_symbols_that_were_asked_for():
    venue = opened()
    venue.subscribe(["BTCUSDT"])
    assert venue.receive(b'{"result":null,"id":1}', 1) == [
        Subscribed(symbol="BTCUSDT", channel="depth@100ms")
    ]


@pytest.mark.parametrize(
    "frame",
    [
        b'{"code":2,"msg":"Invalid request","id":1}',
        b'{"error":{"code":2,"msg":"Invalid request"},"id":1}',
    ],
)
def test_a_refusal_names_the_only_symbol_it_can_mean(frame):
    venue = opened()
    venue.subscribe(["BTCUSDT"])
    with pytest.raises(SubscribeRefused, match="Invalid request") as caught:
        venue.receive(frame, 1)
    assert (caught.value.symbol, caught.value.is_final) == ("BTCUSDT", True)


def test_a_refusal_of_many_symbols_is_final_for_none():
    venue = opened()
    venue.subscribe(["A", "B"])
    with pytest.raises(SubscribeRefused) as caught:
        venue.receive(b'{"code":2,"msg":"Invalid request","id":1}', 1)
    assert (caught.value.symbol, caught.value.is_final) == (None, False)


def test_a_resync_needs_no_request_while_the_stream_is_alive():
    venue = live()
    with pytest.raises(SequenceGap):
        venue.receive(change(121, 130), 3)
    assert venue.resync("BTCUSDT") == []


def test_a_stream_that_never_spoke_is_asked_for_again():
    (text,) = opened().resync("BTCUSDT")
    assert json.loads(text)["method"] == "SUBSCRIBE"


def test_the_end_of_a_connection_reminds_of_the_day_it_lasts():
    assert "24 h" in opened().close_text(1006, "")


class Sent:
    """The part of a socket that a line sends through."""

    def __init__(self):
        self.frames = []

    async def send(self, frame):
        self.frames.append(frame)


async def test_requests_are_spaced_as_the_venue_counts_them():
    line = OpenLine(Sent(), opened(), 0.0, 1.0)
    line.post(["a", "b", "c"])
    for now, sent in ((0.0, 1), (0.2, 1), (0.25, 2), (0.3, 2), (0.5, 3)):
        await line.flush(now)
        assert len(line.socket.frames) == sent


# -- over sockets --------------------------------------------------------------------------------


def quick():
    venue = opened()
    venue.splice_after_s = 0.01
    return venue


async def test_over_a_socket_the_book_is_fetched_spliced_and_mended_after_a_gap():
    async def script(peer):
        await peer.request()
        await peer.send(change(95, 110), change(111, 120))
        await spliced.wait()
        await peer.send(change(131, 140))

    spliced = asyncio.Event()
    answers = [(200, fetched(n).decode()) for n in (50, 100, 135)]
    async with playing(script) as server, answering(*answers) as http, RestClient(http.url) as web:
        rest = BinanceRest(web, lambda: 1)
        async with watching(server.endpoint, "BTCUSDT", venue=quick(), rest=rest) as watch:
            await watch.until(lambda: watch.book("BTCUSDT").seq == 120)
            assert http.requests == ["/api/v3/depth?symbol=BTCUSDT&limit=1000"] * 2
            spliced.set()
            await watch.until(lambda: watch.book("BTCUSDT").seq == 140)
            assert (watch.health.gaps, watch.health.snapshots) == (1, 2)
            assert [symbol for symbol, _ in watch.broken] == ["BTCUSDT"]


@each_product
def test_a_connection_is_renewed_before_the_day_after_which_binance_ends_it(product):
    assert product.cut_after_s == 86_400


async def test_before_the_cut_a_fresh_line_takes_over_and_no_book_is_unpriced():
    async def script(peer):
        await peer.request()
        await peer.send(change(95, 110))
        for last in range(111, 100_000):
            await peer.send(change(last, last))
            await asyncio.sleep(0.01)

    venue = quick()
    venue.cut_after_s = 0.2
    async with (
        playing(script) as server,
        answering((200, fetched(100).decode())) as http,
        RestClient(http.url) as web,
    ):
        rest = BinanceRest(web, lambda: 1)
        async with watching(server.endpoint, "BTCUSDT", venue=venue, rest=rest) as watch:
            await watch.until(lambda: watch.health.handovers >= 2)
            assert (watch.broken, watch.health.reconnects) == ([], 0)


async def test_a_stream_that_is_acked_and_silent_misses_its_deadline():
    async def script(peer):
        asked = await peer.request()
        await peer.send(json.dumps({"result": None, "id": asked["id"]}).encode())
        again = await peer.request()
        assert again["params"] == asked["params"]
        await peer.send(change(95, 110))

    venue = quick()
    venue.first_book_s = 0.1
    async with (
        playing(script) as server,
        answering((200, fetched(100).decode())) as http,
        RestClient(http.url) as web,
    ):
        rest = BinanceRest(web, lambda: 1)
        async with watching(server.endpoint, "BTCUSDT", venue=venue, rest=rest) as watch:
            await watch.until(lambda: watch.connection.phase("BTCUSDT") is Phase.LIVE)
            assert "no book for" in str(watch.broken[0][1])


def test_pauses_between_fetched_books_of_no_use_double():
    following = Following("BTCUSDT", Pauses())
    following.asked(0.0, 0.5)
    for due in (0.5, 1.0, 2.0, 4.0):
        following.fetch_failed(0.0, 0.5)
        assert following.fetch_at == due


async def test_usd_margined_trades_come_from_their_own_address_and_confirm_no_book():
    async def books(peer):
        asked = await peer.request()
        assert asked["params"] == ["btcusdt@depth@100ms"]

    async def tape(peer):
        asked = await peer.request()
        assert asked["params"] == ["btcusdt@aggTrade", "btcusdt@ticker"]
        await peer.send(ticker("10", "600000"))

    events, broken = [], []
    async with playing(books) as one, playing(tape) as other:
        endpoint = Endpoint(ws_url=one.url, rest_url="http://127.0.0.1:9", tape_url=other.url)
        connection = connection_to(
            opened(BinanceUsdm),
            endpoint,
            events.append,
            lambda *args: broken.append(args),
            pace=PACE,
        )
        assert isinstance(connection, TapedConnection)
        connection.follow("BTCUSDT")
        task = asyncio.create_task(connection.run())
        async with asyncio.timeout(5):
            while not events:
                await asyncio.sleep(0.002)
        assert [type(e) for e in events] == [DayVolume]
        assert connection.phase("BTCUSDT") is Phase.WAITING
        assert connection.health.state is FeedState.SYNCING
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    # Only the books' own end breaks the book.
    assert len(broken) == 1


def test_a_tape_shows_that_it_lives_even_when_its_volume_is_doubted():
    tape = opened(BinanceUsdm).tape()
    with pytest.raises(DecodeError):
        tape.receive(ticker("10", "6"), 9)
    assert tape.receive(ticker("10", "6"), 9) == (KeepAlive(symbol="BTCUSDT", recv_ns=9),)


def test_one_address_needs_one_connection():
    endpoint = Endpoint(ws_url="ws://127.0.0.1:9", rest_url="http://127.0.0.1:9")
    connection = connection_to(opened(BinanceUsdm), endpoint, lambda _: None, lambda *_: None)
    assert type(connection) is Connection


# -- recordings ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lines(recordings):
    """By product: the received and fetched lines, read once."""
    cache: dict[type, list[Line]] = {}

    def of(product):
        if product not in cache:
            path = recordings / RECORDINGS[product]
            cache[product] = [
                line for line in read(path) if line.t in (Direction.RECV, Direction.HTTP)
            ]
        return cache[product]

    return of


@pytest.fixture(scope="module")
def clean(lines):
    """By product: the whole recording, played once."""
    cache: dict[type, tuple[Run, dict[str, Instrument]]] = {}

    def of(product):
        if product not in cache:
            venue = product({})
            cache[product] = run(venue, lines(product)), venue.instruments
        return cache[product]

    return of


@each_product
def test_a_recording_has_the_links_and_trades_its_notes_state(product, clean):
    played, _ = clean(product)
    links, trades = STATED[product]
    assert (played.counts["snapshots"], played.counts["updates"]) == (1, links + 1)
    assert played.counts["Trade"] == trades
    assert (played.errors, played.crossed) == ([], 0)


@each_product
def test_the_book_ends_on_the_last_best_bid_and_ask(product, lines, clean):
    played, instruments = clean(product)
    (symbol,) = instruments
    book = played.books[symbol].snapshot(1)
    tickers = [m for line in lines(product)[-2000:] if (m := best(line)) is not None]
    last = tickers[-1]
    assert (book.bid_prices[0], book.ask_prices[0]) == (float(last["b"]), float(last["a"]))
    # Sizes move on between two changes of a book, so they are those of the same id.
    last = next(m for m in reversed(tickers) if m["u"] <= book.seq)
    instrument = instruments[symbol]
    for size, text, price in (
        (book.bid_sizes[0], last["B"], book.bid_prices[0]),
        (book.ask_sizes[0], last["A"], book.ask_prices[0]),
    ):
        assert size == pytest.approx(instrument.base_of(float(text), price), rel=1e-12)


def best(line):
    if line.t != Direction.RECV or "@bookTicker" not in line.raw[:40]:
        return None
    return json.loads(line.raw)["data"]


@pytest.mark.parametrize(
    ("product", "kind", "tick", "lot", "contract"),
    [
        (Binance, Kind.SPOT, 0.01, 1e-5, 1.0),
        (BinanceUsdm, Kind.LINEAR, 0.1, 0.001, 1.0),
        (BinanceCoinm, Kind.INVERSE, 0.01, 1.0, 10.0),
    ],
)
def test_without_a_listing_the_instrument_is_inferred_and_marked_so(
    product, kind, tick, lot, contract, clean
):
    (instrument,) = clean(product)[1].values()
    assert instrument.is_inferred
    assert (instrument.kind, instrument.contract_size) == (kind, contract)
    assert (instrument.tick_size, instrument.lot_size) == (tick, lot)
    assert (instrument.venue, instrument.product) == ("binance", product.product.fees)


def test_nothing_is_inferred_while_a_live_venue_speaks():
    with pytest.raises(DecodeError):
        Binance({}).receive(change(1, 2), 1)


FRAMES_DAMAGED = 600
"""From the start: the buffer, the book, and the links after it."""
POSITIONS = 40


@each_product
@pytest.mark.parametrize("how", ["dropped", "doubled", "swapped"])
def test_one_frame_dropped_doubled_or_swapped_is_never_silent(product, how, lines):
    books = [
        line for line in lines(product) if best(line) is None and "@trade" not in line.raw[:40]
    ]
    books = books[:FRAMES_DAMAGED]
    whole = run(product({}), books, keep_states=True)
    told = 0
    frames = [n for n, line in enumerate(books[:-1]) if line.t == Direction.RECV]
    places = frames[:: len(frames) // POSITIONS]
    for place in places:
        broken = run(product({}), damaged(books, how, place))
        assert_never_wrong(broken, whole)
        told += bool(broken.errors)
    is_ignored = product is Binance and how == "doubled"
    # Without the very first change the buffer merely begins one later.
    assert told == 0 if is_ignored else told >= len(places) - 1


@each_product
async def test_a_recording_over_a_real_socket_gives_the_same(product, recordings, clean):
    direct, instruments = clean(product)
    played, broken = Run(), []
    async with ReplayServer(recordings / RECORDINGS[product], None) as server:
        connection = Connection(
            product(dict(instruments)),
            Endpoint(ws_url=server.ws_url, rest_url=server.rest_url),
            played.take,
            lambda symbol, error: broken.append(str(error)),
        )
        connection.follow(next(iter(instruments)))
        async with asyncio.timeout(60):
            await connection.run()
    health = connection.health
    assert health.state is FeedState.ENDED
    assert played.counts == direct.counts
    assert (health.gaps, health.decode_errors, health.resyncs, health.reconnects) == (0, 0, 0, 0)
    assert len(broken) == 1
