"""Each fault of the embedded exchange does what it says, once, over a real socket."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from feeds.synthetic import Exchange
from feeds.synthetic.faults import BAD_NUMBERS, FAULTS

SWAP, OTHER = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
SUBSCRIBE = json.dumps({"op": "subscribe", "args": [{"channel": "books", "instId": SWAP}]})
Entry = dict[str, Any]


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with Exchange(seed=7, rate_hz=50, rest_limits=False) as running:
        yield running


@pytest.fixture
async def socket(exchange: Exchange) -> AsyncIterator[ClientConnection]:
    """A connection that has its snapshot of the swap's book."""
    async with connect(exchange.ws_url) as opened:
        await opened.send(SUBSCRIBE)
        await opened.recv()
        await opened.recv()
        yield opened


async def entry(socket: ClientConnection) -> Entry:
    """Data of the next book message."""
    async with asyncio.timeout(5):
        found: Entry = json.loads(await socket.recv())["data"][0]
        return found


async def closing_code(socket: ClientConnection) -> int | None:
    """Code of the close frame the other side sent; None when it sent none."""
    async with asyncio.timeout(5):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


def sizes(entries: list[Entry], side: str) -> dict[str, str]:
    """Levels after some updates, from nothing."""
    held = {price: size for each in entries for price, size, *_ in each[side]}
    return {price: size for price, size in held.items() if size != "0"}


# -- the chain of updates -----------------------------------------------------------------------


async def test_a_gap_breaks_the_chain_once(exchange: Exchange, socket: ClientConnection) -> None:
    first = await entry(socket)
    exchange.inject("gap", SWAP)
    following = [first] + [await entry(socket) for _ in range(10)]
    breaks = [b["prevSeqId"] != a["seqId"] for a, b in itertools.pairwise(following)]
    assert breaks.count(True) == 1


async def test_a_duplicate_comes_twice_in_a_row(
    exchange: Exchange, socket: ClientConnection
) -> None:
    exchange.inject("duplicate", SWAP)
    following = [await entry(socket) for _ in range(10)]
    repeats = [a == b for a, b in itertools.pairwise(following)]
    assert repeats.count(True) == 1


async def test_a_reorder_swaps_two_neighbours(exchange: Exchange, socket: ClientConnection) -> None:
    exchange.inject("reorder", SWAP)
    following = [await entry(socket) for _ in range(10)]
    sequence = [each["seqId"] for each in following]
    falls = [b < a for a, b in itertools.pairwise(sequence)]
    assert falls.count(True) == 1
    following.sort(key=lambda each: int(each["seqId"]))
    assert all(b["prevSeqId"] == a["seqId"] for a, b in itertools.pairwise(following))


async def test_a_sequence_reset_links_but_restarts_the_number(
    exchange: Exchange, socket: ClientConnection
) -> None:
    exchange.inject("sequence_reset", SWAP, to=3)
    following = [await entry(socket) for _ in range(10)]
    assert all(b["prevSeqId"] == a["seqId"] for a, b in itertools.pairwise(following))
    falls = [each["seqId"] < each["prevSeqId"] for each in following]
    assert falls.count(True) == 1
    assert following[-1]["seqId"] < 1_000


async def test_a_keep_alive_has_empty_sides_and_links_to_itself(
    exchange: Exchange, socket: ClientConnection
) -> None:
    first = await entry(socket)
    exchange.inject("keep_alive", SWAP)
    following = [first] + [await entry(socket) for _ in range(10)]
    (quiet,) = [each for each in following if not each["asks"] and not each["bids"]]
    assert quiet["prevSeqId"] == quiet["seqId"]
    before = following[following.index(quiet) - 1]
    assert quiet["prevSeqId"] == before["seqId"]


async def test_a_fault_of_one_instrument_leaves_the_others_alone(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as socket:
        await socket.send(SUBSCRIBE.replace(SWAP, OTHER))
        await socket.recv()
        last = (await entry(socket))["seqId"]
        exchange.inject("gap", SWAP, count=5)
        for _ in range(10):
            each = await entry(socket)
            assert each["prevSeqId"] == last
            last = each["seqId"]


# -- wrong content ------------------------------------------------------------------------------


async def snapshot_and_updates(exchange: Exchange, fault: str, **options: Any) -> list[Entry]:
    """A snapshot, then twelve updates with the fault among them."""
    async with connect(exchange.ws_url) as socket:
        await socket.send(SUBSCRIBE)
        await socket.recv()
        first = await entry(socket)
        exchange.inject(fault, SWAP, **options)
        return [first] + [await entry(socket) for _ in range(12)]


async def test_a_crossed_book_is_put_right_after_some_updates(exchange: Exchange) -> None:
    entries = await snapshot_and_updates(exchange, "crossed", updates=3)
    crossed = [
        max(map(float, sizes(entries[:count], "bids")))
        >= min(map(float, sizes(entries[:count], "asks")))
        for count in range(1, len(entries) + 1)
    ]
    # A fast market may run over the false bid a little earlier.
    assert 1 <= crossed.count(True) <= 3
    assert not crossed[-1]


@pytest.mark.parametrize("side", ["asks", "bids"])
async def test_a_one_sided_book_gets_its_side_back(exchange: Exchange, side: str) -> None:
    entries = await snapshot_and_updates(exchange, "one_sided", side=side, updates=3)
    levels = [len(sizes(entries[:count], side)) for count in range(1, len(entries) + 1)]
    assert levels.count(0) == 3
    assert levels[-1] == levels[0] == 400


async def test_junk_is_not_json(exchange: Exchange, socket: ClientConnection) -> None:
    exchange.inject("junk", SWAP)
    bad = 0
    for _ in range(10):
        try:
            json.loads(await socket.recv())
        except json.JSONDecodeError:
            bad += 1
    assert bad == 1


@pytest.mark.parametrize("kind", BAD_NUMBERS)
@pytest.mark.parametrize(("field", "column"), [("price", 0), ("size", 1)])
async def test_a_bad_number_appears_once(
    exchange: Exchange, socket: ClientConnection, kind: str, field: str, column: int
) -> None:
    exchange.inject("bad_number", SWAP, kind=kind, field=field)
    following = [await entry(socket) for _ in range(6)]
    found = [row[column] for each in following for row in each["asks"] + each["bids"]]
    assert found.count(BAD_NUMBERS[kind]) == 1


# -- the connection -----------------------------------------------------------------------------


async def test_a_stall_is_silent_with_the_socket_open(
    exchange: Exchange, socket: ClientConnection
) -> None:
    exchange.inject("stall")
    ticks = exchange.ticks
    await socket.send("ping")
    heard = 0
    while exchange.ticks < ticks + 10:
        try:
            async with asyncio.timeout(0.05):
                await socket.recv()
            heard += 1
        except TimeoutError:
            pass
    assert heard <= 1  # what was on its way when the stall began
    exchange.inject("resume")
    assert (await entry(socket))["asks"] is not None


async def test_a_stall_may_end_by_itself(exchange: Exchange, socket: ClientConnection) -> None:
    last = (await entry(socket))["seqId"]
    exchange.inject("stall", SWAP, seconds=0.1)
    chain = [await entry(socket) for _ in range(5)]
    links = [last, *(each["seqId"] for each in chain)]
    assert [each["prevSeqId"] for each in chain] != links[:-1]


async def test_a_tcp_reset_ends_without_a_close_frame(
    exchange: Exchange, socket: ClientConnection
) -> None:
    exchange.inject("tcp_reset")
    assert await closing_code(socket) is None


@pytest.mark.parametrize(("code", "received"), [(1006, None), (1009, 1009), (4004, 4004)])
async def test_a_close_carries_its_code(
    exchange: Exchange, socket: ClientConnection, code: int, received: int | None
) -> None:
    exchange.inject("close", code=code)
    assert await closing_code(socket) == received


async def test_an_upgrade_notice_comes_before_the_end(
    exchange: Exchange, socket: ClientConnection
) -> None:
    exchange.inject("notice", lead_s=0.1)
    while "event" not in (message := json.loads(await socket.recv())):
        pass
    assert (message["event"], message["code"]) == ("notice", "64008")
    assert await closing_code(socket) == 1001


async def test_a_connection_made_after_the_notice_survives_it(
    exchange: Exchange, socket: ClientConnection
) -> None:
    exchange.inject("notice", lead_s=0.1)
    async with connect(exchange.ws_url) as second:
        await second.send(SUBSCRIBE)
        await closing_code(socket)
        await second.send("ping")
        while await second.recv() != "pong":
            pass


async def test_a_refused_subscription_answers_with_the_code_and_the_next_one_works(
    exchange: Exchange,
) -> None:
    exchange.inject("refuse", SWAP, code="60018")
    async with connect(exchange.ws_url) as socket:
        await socket.send(SUBSCRIBE)
        refusal = json.loads(await socket.recv())
        await socket.send(SUBSCRIBE)
        ack = json.loads(await socket.recv())
    assert (refusal["event"], refusal["code"]) == ("error", "60018")
    assert ack["event"] == "subscribe"


@pytest.mark.parametrize("status", [429, 451, 500, 503])
async def test_an_http_error_answers_the_next_rest_call(exchange: Exchange, status: int) -> None:
    exchange.inject("http_error", status=status, headers={"Retry-After": "2"})
    async with httpx.AsyncClient(base_url=exchange.rest_url) as client:
        answers = [await client.get("/api/v5/public/time") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status, 200]
    assert answers[0].headers["Retry-After"] == "2"


# -- all of them --------------------------------------------------------------------------------


ENDING = {"close", "tcp_reset", "notice", "huge_frame"}
"""Faults that end the connection, so that nothing more can be read from it."""


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - ENDING))
async def test_a_fresh_subscription_after_a_fault_gets_a_sound_book(
    exchange: Exchange, socket: ClientConnection, fault: str
) -> None:
    exchange.inject(fault, SWAP)
    for _ in range(0 if fault == "stall" else 8):
        await socket.recv()
    exchange.inject("resume", SWAP)
    async with connect(exchange.ws_url) as fresh:
        while True:
            await fresh.send(SUBSCRIBE)
            if json.loads(await fresh.recv())["event"] == "subscribe":
                break
        chain = [await entry(fresh) for _ in range(5)]
    assert chain[0]["prevSeqId"] == -1
    assert len(chain[0]["asks"]) == len(chain[0]["bids"]) == 400
    assert all(b["prevSeqId"] == a["seqId"] for a, b in itertools.pairwise(chain))


def test_an_unknown_fault_is_refused_with_the_known_names() -> None:
    with pytest.raises(ValueError, match="known: age_cut, bad_number"):
        Exchange().inject("gremlins")


def test_a_fault_on_an_unlisted_instrument_is_refused() -> None:
    with pytest.raises(ValueError, match="not listed: DOGE-USDT"):
        Exchange().inject("gap", "DOGE-USDT")


def test_a_fault_with_impossible_options_is_refused() -> None:
    with pytest.raises(ValueError, match="asks or bids"):
        Exchange().inject("one_sided", SWAP, side="middle")
    with pytest.raises(ValueError, match="linked book"):
        Exchange().inject("gap", SWAP, channel="trades")
