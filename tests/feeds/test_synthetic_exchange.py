"""The embedded exchange speaks OKX v5 over real sockets, WebSocket and REST on one port."""

import asyncio
import gc
import json
import signal
import sys
import time
import zlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from feeds.synthetic import BY_ID, LISTED, Exchange, messages
from feeds.synthetic.channels import LinkedBook, build_channel
from feeds.synthetic.depth_view import Change
from feeds.synthetic.listing import open_listings
from feeds.synthetic.session import BUSINESS_PATH, PUBLIC_PATH, Rules, Session, Topic

SWAP, SPOT = "BTC-USDT-SWAP", "BTC-USDT"
ALL = tuple(listed.inst_id for listed in LISTED)
Message = dict[str, Any]


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with Exchange(seed=7, rate_hz=50, rest_limits=False) as running:
        yield running


@pytest.fixture
async def socket(exchange: Exchange) -> AsyncIterator[ClientConnection]:
    async with connect(exchange.ws_url) as opened:
        yield opened


@pytest.fixture
async def rest(exchange: Exchange) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{exchange.rest_url}/api/v5") as client:
        yield client


def request(channel: str, *inst_ids: str, op: str = "subscribe", **more: object) -> str:
    args = [{"channel": channel, "instId": inst_id} for inst_id in inst_ids]
    return json.dumps({"op": op, "args": args, **more})


async def receive(socket: ClientConnection) -> Message:
    async with asyncio.timeout(5):
        message: Message = json.loads(await socket.recv())
        return message


async def data(socket: ClientConnection, channel: str) -> Message:
    """The next message of a channel that carries data."""
    while True:
        message = await receive(socket)
        if "data" in message and message["arg"]["channel"] == channel:
            return message


async def rows(client: httpx.AsyncClient, path: str, **query: object) -> list[Any]:
    answer = (await client.get(path, params={k: str(v) for k, v in query.items()})).json()
    assert answer["code"] == "0", answer
    found: list[Any] = answer["data"]
    return found


class Book:
    """What a subscriber holds."""

    def __init__(self, snapshot: Message) -> None:
        self.sides: dict[str, dict[Decimal, str]] = {"bids": {}, "asks": {}}
        self.apply(snapshot)

    def apply(self, message: Message) -> None:
        entry = message["data"][0]
        for name, side in self.sides.items():
            for price, size, dead, count in entry[name]:
                assert dead == "0"
                if size == "0":
                    assert count == "0"
                    del side[Decimal(price)]
                else:
                    side[Decimal(price)] = size

    def best_first(self, name: str) -> list[tuple[Decimal, str]]:
        return sorted(self.sides[name].items(), reverse=name == "bids")


# -- books --------------------------------------------------------------------------------------


async def test_a_subscription_starts_with_a_snapshot_of_400_levels(
    socket: ClientConnection,
) -> None:
    await socket.send(request("books", SWAP))
    await receive(socket)
    snapshot = await receive(socket)
    entry = snapshot["data"][0]
    assert snapshot["action"] == "snapshot"
    assert entry["prevSeqId"] == -1
    assert len(entry["asks"]) == len(entry["bids"]) == 400
    asks, bids = ([Decimal(row[0]) for row in entry[side]] for side in ("asks", "bids"))
    assert asks == sorted(asks)
    assert bids == sorted(bids, reverse=True)


async def test_every_update_names_its_predecessor(socket: ClientConnection) -> None:
    await socket.send(request("books", *ALL))
    last: dict[str, int] = {}
    for _ in range(200):
        message = await data(socket, "books")
        entry, inst_id = message["data"][0], message["arg"]["instId"]
        assert entry["prevSeqId"] == last.get(inst_id, -1)
        assert entry["seqId"] > entry["prevSeqId"]
        last[inst_id] = entry["seqId"]
    assert set(last) == set(ALL)


async def test_snapshot_and_updates_add_up_to_the_rest_book(
    socket: ClientConnection, rest: httpx.AsyncClient
) -> None:
    await socket.send(request("books", SWAP))
    message = await data(socket, "books")
    book, seq = Book(message), message["data"][0]["seqId"]
    (full,) = await rows(rest, "/market/books", instId=SWAP, sz=400)
    while seq < full["seqId"]:
        message = await data(socket, "books")
        seq = message["data"][0]["seqId"]
        book.apply(message)
    assert seq == full["seqId"]
    for side in ("bids", "asks"):
        held = [[str(price), size] for price, size in book.best_first(side)]
        assert held == [[str(Decimal(row[0])), row[1]] for row in full[side]]


@pytest.mark.parametrize("inst_id", ALL)
async def test_books_stay_on_the_grid_and_uncrossed(socket: ClientConnection, inst_id: str) -> None:
    listed = BY_ID[inst_id]
    tick, lot = Decimal(listed.price_text(1)), Decimal(listed.size_text(1))
    await socket.send(request("books", inst_id))
    book = Book(await data(socket, "books"))
    for _ in range(20):
        assert book.best_first("bids")[0][0] < book.best_first("asks")[0][0]
        for side in book.sides.values():
            assert all(price % tick == 0 for price in side)
            assert all(Decimal(size) % lot == 0 and Decimal(size) > 0 for size in side.values())
        book.apply(await data(socket, "books"))


async def test_two_connections_get_the_same_bytes(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as one, connect(exchange.ws_url) as two:
        heard: list[set[str]] = []
        for socket in (one, two):
            await socket.send(request("books", SPOT))
        for socket in (one, two):
            async with asyncio.timeout(5):
                heard.append({str(await socket.recv()) for _ in range(40)})
    # They may have joined a tick or two apart.
    assert len(heard[0] & heard[1]) > 30


async def test_the_same_seed_sends_the_same_books_after_the_same_ticks() -> None:
    def play() -> list[str]:
        (listing,) = open_listings([SWAP], 7, 400, now_ms=1_790_000_000_000).values()
        book = build_channel("books", listing, with_checksum=False)
        texts = book.greeting()
        for tick in range(100):
            listing.owe(0.1)
            listing.advance(1_790_000_000_000 + 100 * (tick + 1))
            texts += book.news()
        return texts

    assert play() == play()


async def test_the_checksum_is_zero_as_on_okx_today(socket: ClientConnection) -> None:
    await socket.send(request("books", SWAP))
    for _ in range(5):
        assert (await data(socket, "books"))["data"][0]["checksum"] == 0


async def test_the_old_checksum_can_be_switched_on_and_holds() -> None:
    async with (
        Exchange(seed=7, rate_hz=50, checksum=True) as exchange,
        connect(exchange.ws_url) as socket,
    ):
        await socket.send(request("books", SPOT))
        message = await data(socket, "books")
        texts = {row[0]: row[0] for side in ("bids", "asks") for row in message["data"][0][side]}
        book = Book(message)
        for _ in range(20):
            parts = []
            best = [book.best_first("bids")[:25], book.best_first("asks")[:25]]
            for pair in zip(*best, strict=True):
                parts += [f"{texts.get(str(price), price)}:{size}" for price, size in pair]
            crc = zlib.crc32(":".join(parts).encode())
            signed = crc - 2**32 if crc >= 2**31 else crc
            assert message["data"][0]["checksum"] == signed
            message = await data(socket, "books")
            book.apply(message)


@pytest.mark.parametrize(
    ("bids", "asks", "expected"),
    [
        ([(33_661, 700), (33_660, 600)], [(33_668, 900), (33_680, 800)], -1_881_014_294),
        ([(33_661, 700)], [(33_668, 900), (33_680, 800), (33_720, 800)], 831_078_360),
    ],
)
def test_the_checksum_matches_the_documented_strings(
    bids: list[tuple[int, int]], asks: list[tuple[int, int]], expected: int
) -> None:
    levels = [[Change(*level) for level in side] for side in (bids, asks)]
    assert messages.checksum(BY_ID[SWAP], *levels) == expected


def test_a_book_without_change_says_so_after_a_minute() -> None:
    (listing,) = open_listings([SWAP], 7, 400, now_ms=0).values()
    book = build_channel("books", listing, with_checksum=False)
    assert isinstance(book, LinkedBook)
    listing.built_ms += 59_999
    assert book.news() == []
    listing.built_ms += 1
    (text,) = book.news()
    entry = json.loads(text)["data"][0]
    assert entry["asks"] == entry["bids"] == []
    assert entry["prevSeqId"] == entry["seqId"] == book.last_seq


async def test_books5_repeats_the_whole_top_and_names_its_instrument(
    socket: ClientConnection,
) -> None:
    await socket.send(request("books5", SWAP))
    for _ in range(5):
        message = await data(socket, "books5")
        (entry,) = message["data"]
        assert set(entry) == {"asks", "bids", "instId", "ts", "seqId"}
        assert len(entry["asks"]) == len(entry["bids"]) == 5
        assert "action" not in message


async def test_bbo_tbt_sends_one_level_a_side(socket: ClientConnection) -> None:
    await socket.send(request("bbo-tbt", SWAP))
    for _ in range(5):
        (entry,) = (await data(socket, "bbo-tbt"))["data"]
        assert len(entry["asks"]) == len(entry["bids"]) == 1


async def test_a_fast_exchange_updates_a_subscribed_book_hundreds_of_times_a_second() -> None:
    async with (
        Exchange(seed=7, rate_hz=1_000, instruments=[SWAP]) as exchange,
        connect(exchange.ws_url) as socket,
    ):
        await socket.send(request("books", SWAP))
        stamps = [int((await data(socket, "books"))["data"][0]["ts"]) for _ in range(600)]
    # 1,000 a second are due; a busy machine may merge some.
    assert stamps[-1] - stamps[0] < 3_000


# -- trades and tickers -------------------------------------------------------------------------


async def test_trades_carry_the_documented_fields_and_rising_ids(
    socket: ClientConnection,
) -> None:
    await socket.send(request("trades", *ALL))
    seen: dict[str, int] = {}
    for _ in range(20):
        (entry,) = (await data(socket, "trades"))["data"]
        assert set(entry) == {
            "instId",
            "tradeId",
            "px",
            "sz",
            "side",
            "ts",
            "count",
            "source",
            "seqId",
        }
        assert entry["side"] in ("buy", "sell")
        assert int(entry["tradeId"]) > seen.get(entry["instId"], 0)
        seen[entry["instId"]] = int(entry["tradeId"])


async def test_a_ticker_is_uncrossed_and_inside_its_day(socket: ClientConnection) -> None:
    await socket.send(request("tickers", SWAP))
    for _ in range(3):
        (entry,) = (await data(socket, "tickers"))["data"]
        assert Decimal(entry["bidPx"]) < Decimal(entry["askPx"])
        assert Decimal(entry["low24h"]) <= Decimal(entry["last"]) <= Decimal(entry["high24h"])


# -- requests -----------------------------------------------------------------------------------


async def test_each_arg_is_acknowledged_with_the_id_and_the_connection(
    socket: ClientConnection,
) -> None:
    await socket.send(request("bbo-tbt", *ALL, id="b1"))
    acks: list[Message] = []
    while len(acks) < len(ALL):
        message = await receive(socket)
        if "event" in message:
            acks.append(message)
    assert [ack["arg"]["instId"] for ack in acks] == list(ALL)
    assert {(ack["id"], ack["event"], ack["connId"]) for ack in acks} == {
        ("b1", "subscribe", acks[0]["connId"])
    }


async def test_subscribing_again_repeats_the_ack_but_not_the_snapshot(
    socket: ClientConnection,
) -> None:
    await socket.send(request("books", SWAP))
    await data(socket, "books")
    await socket.send(request("books", SWAP, id="again"))
    following = [await receive(socket) for _ in range(10)]
    assert [m["id"] for m in following if "event" in m] == ["again"]
    assert {m["action"] for m in following if "data" in m} == {"update"}


async def test_after_an_unsubscription_nothing_more_comes_until_a_fresh_snapshot(
    socket: ClientConnection,
) -> None:
    await socket.send(request("books", SWAP))
    await data(socket, "books")
    await socket.send(request("books", SWAP, op="unsubscribe"))
    while (await receive(socket)).get("event") != "unsubscribe":
        pass
    await socket.send(request("bbo-tbt", SWAP))
    assert all([(await receive(socket))["arg"]["channel"] == "bbo-tbt" for _ in range(5)])
    await socket.send(request("books", SWAP))
    assert (await data(socket, "books"))["action"] == "snapshot"


async def test_a_text_ping_is_answered_with_a_text_pong(socket: ClientConnection) -> None:
    await socket.send("ping")
    assert await socket.recv() == "pong"


def error_code(
    text: str, *, path: str = PUBLIC_PATH, vip: bool = False, limit: int = 480
) -> str | None:
    """Code of the last answer a session gives, None when it was no error."""
    rules = Rules(instruments=ALL, vip=vip, requests_per_hour=limit)
    session = Session("c0ffee00", path, rules, lambda topic: None)
    for line in text.splitlines():
        answer = json.loads(session.receive(line, now_s=0.0)[-1].text)
    code: str | None = answer.get("code")
    return code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "60012"),
        ('"ping"', "60012"),
        ("[1]", "60012"),
        ('{"op":"ping"}', "60012"),
        ('{"args":[]}', "60012"),
        ('{"op":"shout","args":[]}', "60019"),
        ('{"op":"login","args":[{}]}', "60028"),
        ('{"op":"subscribe"}', "60013"),
        ('{"op":"subscribe","args":[]}', "60013"),
        ('{"op":"subscribe","args":["books"]}', "60013"),
        ('{"op":"subscribe","args":[{"channel":"books"}]}', "60013"),
        (request("books", SWAP, id="x" * 33), "60033"),
        (request("books", SWAP, id="no-dash"), "60033"),
        (request("pictures", SWAP), "60018"),
        (request("books", "DOGE-USDT"), "60018"),
        (request("candle1m", SWAP), "64001"),
        (request("books-l2-tbt", SWAP), "64003"),
        (request("books50-l2-tbt", SWAP), "64003"),
        (request("books", SWAP), None),
        (request("books", SWAP, op="unsubscribe"), None),
    ],
)
def test_a_wrong_request_is_refused_by_number(text: str, code: str | None) -> None:
    assert error_code(text) == code


def test_public_channels_are_refused_on_the_business_path() -> None:
    assert error_code(request("books", SWAP), path=BUSINESS_PATH) == "64002"


def test_the_full_tick_by_tick_book_excludes_the_ordinary_one() -> None:
    both = request("books", SWAP) + "\n" + request("books-l2-tbt", SWAP)
    assert error_code(both, vip=True) == "64004"


def test_the_481st_request_of_an_hour_is_refused() -> None:
    assert error_code("\n".join([request("books", SWAP)] * 480)) is None
    assert error_code("\n".join([request("books", SWAP)] * 481)) == "60014"


def test_requests_are_allowed_again_after_an_hour() -> None:
    rules = Rules(instruments=ALL, requests_per_hour=1)
    session = Session("c0ffee00", PUBLIC_PATH, rules, lambda topic: None)
    codes = [
        json.loads(session.receive(request("books", SWAP), now_s)[-1].text).get("code")
        for now_s in (0.0, 3_599.0, 3_600.0)
    ]
    assert codes == [None, "60014", None]


@pytest.mark.parametrize(("channel", "levels"), [("books-l2-tbt", 400), ("books50-l2-tbt", 50)])
async def test_tick_by_tick_books_are_served_to_a_high_fee_tier(channel: str, levels: int) -> None:
    async with (
        Exchange(seed=7, rate_hz=50, vip=True) as exchange,
        connect(exchange.ws_url) as socket,
    ):
        await socket.send(request(channel, SWAP))
        message = await data(socket, channel)
        book = Book(message)
        seq = message["data"][0]["seqId"]
        for _ in range(10):
            message = await data(socket, channel)
            assert message["data"][0]["prevSeqId"] == seq
            seq = message["data"][0]["seqId"]
            book.apply(message)
        assert {len(side) for side in book.sides.values()} == {levels}


async def test_the_business_path_opens_and_refuses_books(exchange: Exchange) -> None:
    url = exchange.ws_url.replace("public", "business")
    async with connect(url) as socket:
        await socket.send(request("books", SWAP))
        assert (await receive(socket))["code"] == "64002"


# -- ends of connections ------------------------------------------------------------------------


async def closing_code(socket: ClientConnection) -> int | None:
    """Read on until the other side closes."""
    async with asyncio.timeout(5):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


async def test_a_frame_over_64_kilobytes_closes_with_1009(socket: ClientConnection) -> None:
    await socket.send("x" * 65_537)
    assert await closing_code(socket) == 1009


async def test_a_connection_without_subscription_is_cut_with_4004() -> None:
    async with (
        Exchange(rate_hz=50, idle_timeout_s=0.2) as exchange,
        connect(exchange.ws_url) as socket,
    ):
        assert await closing_code(socket) == 4004


async def test_a_subscription_that_hears_nothing_is_cut_with_4004() -> None:
    async with (
        Exchange(rate_hz=50, idle_timeout_s=0.2) as exchange,
        connect(exchange.ws_url) as socket,
    ):
        await socket.send(request("books", SWAP))
        exchange.inject("stall", SWAP)
        assert await closing_code(socket) == 4004


async def test_a_subscription_that_hears_something_is_kept() -> None:
    async with (
        Exchange(rate_hz=100, idle_timeout_s=0.2) as exchange,
        connect(exchange.ws_url) as socket,
    ):
        await socket.send(request("books", SWAP))
        for _ in range(60):  # 0.6 s
            await data(socket, "books")


async def test_a_client_that_does_not_read_is_dropped_and_the_others_go_on() -> None:
    topic = Topic("trades", SWAP)
    async with (
        Exchange(rate_hz=10, buffer_limit=1_000_000) as exchange,
        connect(exchange.ws_url, max_queue=1) as stuck,
        connect(exchange.ws_url) as healthy,
    ):
        for socket in (stuck, healthy):
            await socket.send(request("trades", SWAP))
            await receive(socket)
        heavy = json.dumps({"arg": topic._asdict(), "data": ["x" * 60_000]})
        async with asyncio.timeout(20):
            while len(exchange.wire.clients) == 2:
                exchange.wire.publish(topic, [heavy], asyncio.get_running_loop().time())
                await data(healthy, "trades")
        await data(healthy, "trades")
        assert await closing_code(stuck) in (4005, None)  # None: cut before it could read that far


async def test_stopping_closes_with_going_away_and_frees_the_port() -> None:
    exchange = Exchange()
    await exchange.start()
    host, port = exchange.address
    async with connect(exchange.ws_url) as socket:
        await exchange.stop()
        assert await closing_code(socket) == 1001
    again = Exchange()
    await again.start(host, port)
    await again.stop()
    await again.stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "::"])
async def test_an_address_others_could_reach_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        await Exchange().start(host)


@pytest.mark.parametrize(
    "options",
    [{"rate_hz": 0.0}, {"rate_hz": 1_001.0}, {"levels": 0}, {"instruments": ["DOGE-USDT"]}],
)
def test_impossible_settings_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"rate_hz|levels|not listed"):
        Exchange(**options)


async def test_a_late_loop_does_not_try_to_make_up_all_lost_time() -> None:
    exchange = Exchange(rate_hz=1_000, instruments=[SWAP])
    async with exchange:
        before = exchange.ticks
        asyncio.get_running_loop().call_soon(time.sleep, 0.3)
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        assert exchange.ticks - before < 50  # 300 were due


# -- REST ---------------------------------------------------------------------------------------


async def test_instruments_carry_contract_values_and_steps(rest: httpx.AsyncClient) -> None:
    swaps = {row["instId"]: row for row in await rows(rest, "/public/instruments", instType="SWAP")}
    facts = {
        inst_id: (row["ctVal"], row["ctValCcy"], row["tickSz"], row["lotSz"], row["minSz"])
        for inst_id, row in swaps.items()
    }
    assert facts == {
        "BTC-USDT-SWAP": ("0.01", "BTC", "0.1", "0.01", "0.01"),
        "ETH-USDT-SWAP": ("0.1", "ETH", "0.01", "0.01", "0.01"),
        "SOL-USDT-SWAP": ("1", "SOL", "0.01", "0.01", "0.01"),
    }


async def test_spot_has_currencies_but_no_contract(rest: httpx.AsyncClient) -> None:
    (spot,) = await rows(rest, "/public/instruments", instType="SPOT", instId=SPOT)
    assert (spot["baseCcy"], spot["quoteCcy"], spot["ctVal"]) == ("BTC", "USDT", "")
    assert (spot["tickSz"], spot["lotSz"], spot["minSz"]) == ("0.1", "0.00000001", "0.00001")


async def test_a_swap_s_daily_volume_is_in_contracts_and_in_coin(rest: httpx.AsyncClient) -> None:
    (ticker,) = await rows(rest, "/market/ticker", instId=SWAP)
    assert Decimal(ticker["vol24h"]) * Decimal("0.01") == Decimal(ticker["volCcy24h"])
    assert 20_000 < float(ticker["volCcy24h"]) < 200_000  # BTC a day


async def test_a_spot_s_daily_volume_is_in_coin_and_in_money(rest: httpx.AsyncClient) -> None:
    (ticker,) = await rows(rest, "/market/ticker", instId=SPOT)
    average = float(ticker["volCcy24h"]) / float(ticker["vol24h"])
    assert float(ticker["low24h"]) <= average <= float(ticker["high24h"])
    assert 1_500 < float(ticker["vol24h"]) < 20_000  # BTC a day


async def test_tickers_lists_one_type(rest: httpx.AsyncClient) -> None:
    found = await rows(rest, "/market/tickers", instType="SWAP")
    assert [row["instId"] for row in found] == [i for i in ALL if i.endswith("SWAP")]


async def test_rest_books_have_four_fields_and_one_level_by_default(
    rest: httpx.AsyncClient,
) -> None:
    (book,) = await rows(rest, "/market/books", instId=SWAP)
    assert [len(row) for row in book["asks"] + book["bids"]] == [4, 4]
    assert "checksum" not in book


async def test_the_full_book_has_three_fields_and_more_than_400_levels(
    rest: httpx.AsyncClient,
) -> None:
    (book,) = await rows(rest, "/market/books-full", instId=SWAP, sz=5_000)
    assert {len(row) for row in book["asks"] + book["bids"]} == {3}
    assert min(len(book["asks"]), len(book["bids"])) > 400


async def test_candles_come_newest_first_and_only_the_newest_is_forming(
    rest: httpx.AsyncClient,
) -> None:
    found = await rows(rest, "/market/candles", instId=SWAP, limit=300)
    stamps = [int(row[0]) for row in found]
    assert stamps == list(range(stamps[0], stamps[0] - 300 * 60_000, -60_000))
    assert [row[8] for row in found] == ["0"] + ["1"] * 299


@pytest.mark.parametrize(("inst_id", "contract"), [(SWAP, "0.01"), ("ETH-USDT-SWAP", "0.1")])
async def test_swap_candles_count_contracts_coin_and_money(
    rest: httpx.AsyncClient, inst_id: str, contract: str
) -> None:
    for row in (await rows(rest, "/market/candles", instId=inst_id))[1:]:
        _, _, high, low, _, contracts, coin, money, _ = map(Decimal, row)
        assert contracts * Decimal(contract) == coin
        assert low * coin <= money <= high * coin


async def test_spot_candles_count_coin_and_money_twice(rest: httpx.AsyncClient) -> None:
    for row in (await rows(rest, "/market/candles", instId=SPOT))[1:]:
        _, _, high, low, _, coin, money, again, _ = map(Decimal, row)
        assert money == again
        assert low * coin <= money <= high * coin


async def test_after_asks_for_older_candles_and_before_for_newer_ones(
    rest: httpx.AsyncClient,
) -> None:
    ten = [int(row[0]) for row in await rows(rest, "/market/candles", instId=SWAP, limit=10)]
    older = await rows(rest, "/market/candles", instId=SWAP, after=ten[4], limit=2)
    newer = await rows(rest, "/market/candles", instId=SWAP, before=ten[4])
    assert [int(row[0]) for row in older] == ten[5:7]
    assert [int(row[0]) for row in newer][-4:] == ten[:4]


async def test_history_reaches_back_a_month(rest: httpx.AsyncClient) -> None:
    days = await rows(rest, "/market/history-candles", instId=SWAP, bar="1Dutc")
    assert 30 <= len(days) <= 32
    assert all(int(row[0]) % 86_400_000 == 0 for row in days)


async def test_a_plain_daily_bar_opens_at_midnight_in_hong_kong(rest: httpx.AsyncClient) -> None:
    days = await rows(rest, "/market/candles", instId=SWAP, bar="1D")
    assert {int(row[0]) % 86_400_000 for row in days[:-1]} == {16 * 3_600_000}


async def test_server_time_is_the_clock_of_the_exchange() -> None:
    async with (
        Exchange(clock=lambda: 1_790_000_000_123_456_789) as exchange,
        httpx.AsyncClient(base_url=exchange.rest_url) as client,
    ):
        assert await rows(client, "/api/v5/public/time") == [{"ts": "1790000000123"}]


async def test_no_maintenance_is_announced(rest: httpx.AsyncClient) -> None:
    assert await rows(rest, "/system/status") == []


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/market/ticker?instId=DOGE-USDT", 200, "51001"),
        ("/market/books?instId=DOGE-USDT", 200, "51001"),
        ("/market/candles?instId=DOGE-USDT", 200, "51001"),
        ("/public/instruments?instType=SWAP&instId=DOGE-USDT-SWAP", 200, "51001"),
        ("/market/ticker", 400, "50014"),
        ("/public/instruments", 400, "50014"),
        ("/public/instruments?instType=BOND", 400, "51000"),
        ("/market/books?instId=BTC-USDT&sz=401", 400, "51000"),
        ("/market/books?instId=BTC-USDT&sz=-1", 400, "51000"),
        ("/market/candles?instId=BTC-USDT&limit=301", 400, "51000"),
        ("/market/candles?instId=BTC-USDT&bar=7m", 400, "51000"),
        ("/market/gossip", 404, "404"),
    ],
)
async def test_a_wrong_rest_call_is_refused_by_number(
    rest: httpx.AsyncClient, target: str, status: int, code: str
) -> None:
    answer = await rest.get(target)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_too_many_rest_calls_are_refused_with_50011() -> None:
    async with (
        Exchange() as exchange,
        httpx.AsyncClient(base_url=exchange.rest_url) as client,
    ):
        answers = [await client.get("/api/v5/public/time") for _ in range(11)]
    assert [answer.json()["code"] for answer in answers] == ["0"] * 10 + ["50011"]
    assert answers[-1].status_code == 429


# -- alone --------------------------------------------------------------------------------------


async def test_it_runs_alone_prints_its_addresses_and_stops_on_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "feeds.synthetic", "--port", "0", "--instruments", SWAP),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        ws_url = (await process.stdout.readline()).split()[1].decode()
        rest_url = (await process.stdout.readline()).split()[1].decode()
        async with connect(ws_url) as socket:
            await socket.send(request("books", SWAP))
            await data(socket, "books")
        async with httpx.AsyncClient(base_url=rest_url) as client:
            assert await rows(client, "/api/v5/system/status") == []
        process.send_signal(signal.SIGTERM)
        assert (await process.stdout.read()).decode().strip() == "stopped"
        assert await process.wait() == 0


async def test_a_start_that_is_cancelled_leaves_no_socket_behind():
    for turns in range(12):
        exchange = Exchange(instruments=["BTC-USDT"])
        starting = asyncio.create_task(exchange.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await exchange.stop()
        gc.collect()  # an open socket would complain here, and fail this test
