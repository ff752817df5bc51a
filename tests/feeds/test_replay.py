import asyncio
import gzip
import itertools
import json

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from feeds.base import RECORDING_ENDED, REPLAY_HEADER, Endpoint, FeedState, SequenceGap
from feeds.coinbase import Coinbase
from feeds.connection import Connection
from feeds.okx import Okx
from feeds.replay import ReplayServer
from market.book import BookUpdate
from tests import builders
from tests.feeds import okx_frames as okx

MS = 1_000_000


def line(t, ts_ns=None, **fields):
    return {"t": t, "ts_ns": ts_ns, "conn": "a", **fields}


@pytest.fixture
def recorded(tmp_path):
    """Writes a recording of these lines."""

    def write(*lines):
        path = tmp_path / "session.jsonl.gz"
        path.write_bytes(gzip.compress("".join(json.dumps(x) + "\n" for x in lines).encode()))
        return path

    return write


FRAMES = [line("recv", 0, raw="one"), line("recv", 20 * MS, raw='{"two": 2 }')]
HTTP = [
    line("http", url="https://www.okx.com/api/v5/public/instruments?instType=SPOT", raw="spot"),
    line("http", url="https://www.okx.com/api/v5/market/books?instId=A&sz=400", raw="book"),
]


async def played(server, hello="hello"):
    """(frames, close code, reason) of one connection."""
    frames = []
    async with asyncio.timeout(10), connect(server.ws_url) as socket:
        if hello:
            await socket.send(hello)
        try:
            while True:
                frames.append(await socket.recv())
        except ConnectionClosed as closed:
            return frames, closed.rcvd.code, closed.rcvd.reason


async def test_received_frames_are_played_as_they_were_and_the_end_is_said(recorded):
    path = recorded(HTTP[0], line("send", 0, raw="ask"), *FRAMES)
    async with ReplayServer(path, None) as server:
        assert await played(server) == (["one", '{"two": 2 }'], 1000, RECORDING_ENDED)


async def test_every_connection_is_played_from_the_start(recorded):
    async with ReplayServer(recorded(*FRAMES), None) as server:
        first, second = await asyncio.gather(played(server), played(server))
        assert first == second


async def test_playing_begins_without_a_word_from_the_client_after_the_grace(recorded):
    async with ReplayServer(recorded(*FRAMES), None, grace_s=0.01) as server:
        assert (await played(server, hello=None))[0][0] == "one"


async def test_a_looping_replay_asks_the_client_to_come_back(recorded):
    async with ReplayServer(recorded(*FRAMES), None, loop=True) as server:
        assert (await played(server))[1] == 1012


class Sleeps:
    """Notes pauses instead of making them, so that the schedule shows as a list."""

    def __init__(self):
        self.seconds = []

    async def __call__(self, seconds):
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@pytest.mark.parametrize(("speed", "pause"), [(0.1, 40.0), (1.0, 4.0), (100.0, 0.04)])
async def test_pauses_are_those_of_the_recording_divided_by_the_speed(recorded, speed, pause):
    path = recorded(line("recv", 5, raw="a"), line("recv", 5 + 4000 * MS, raw="b"))
    sleeps = Sleeps()
    async with ReplayServer(path, speed, sleep=sleeps) as server:
        await played(server)
    assert max(sleeps.seconds) == pytest.approx(pause, rel=0.1, abs=0.03)


async def test_frames_without_a_stamp_are_played_at_a_small_even_distance(recorded):
    sleeps = Sleeps()
    path = recorded(*(line("recv", None, raw=str(n)) for n in range(4)))
    async with ReplayServer(path, 0.1, sleep=sleeps) as server:
        await played(server)
    steps = [after - before for before, after in itertools.pairwise(sleeps.seconds)]
    assert steps == pytest.approx([0.1] * len(steps), abs=0.05)


async def test_a_hole_in_the_recording_is_not_sat_through(recorded):
    sleeps = Sleeps()
    path = recorded(line("recv", 0, raw="a"), line("recv", 3_600_000 * MS, raw="b"))
    async with ReplayServer(path, 1.0, sleep=sleeps) as server:
        await played(server)
    assert max(sleeps.seconds) < 5.1


async def test_a_clock_that_went_back_does_not_stop_the_replay(recorded):
    path = recorded(line("recv", 10**18, raw="a"), line("recv", 5, raw="b"))
    async with ReplayServer(path, 0.1) as server:
        assert (await played(server))[0] == ["a", "b"]


@pytest.mark.parametrize("speed", [0.0, -1.0, 0.05, 101.0, float("nan")])
def test_a_speed_outside_the_range_is_refused(recorded, speed):
    with pytest.raises(ValueError, match=r"0\.1 to 100"):
        ReplayServer(recorded(), speed)


async def get(server, target):
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(server.rest_url + target)
        return reply.status_code, reply.text


async def test_rest_is_answered_from_the_recording_whatever_the_order_of_the_query(recorded):
    async with ReplayServer(recorded(*FRAMES, *HTTP), None) as server:
        assert await get(server, "/api/v5/public/instruments?instType=SPOT") == (200, "spot")
        assert await get(server, "/api/v5/market/books?sz=400&instId=A") == (200, "book")


@pytest.mark.parametrize(
    "target", ["/", "/api/v5/public/instruments", "/api/v5/public/instruments?instType=SWAP"]
)
async def test_what_was_not_recorded_is_not_found(recorded, target):
    async with ReplayServer(recorded(*HTTP), None) as server:
        assert (await get(server, target))[0] == 404


async def test_a_text_ping_is_answered(recorded):
    async with ReplayServer(recorded(*FRAMES), None) as server:
        assert "pong" in (await played(server, hello="ping"))[0]


async def test_a_replay_says_that_it_is_one(recorded):
    async with ReplayServer(recorded(), None) as server, connect(server.ws_url) as socket:
        assert REPLAY_HEADER in socket.response.headers


async def test_a_damaged_recording_is_played_to_the_damage_and_says_so(recorded):
    path = recorded(FRAMES[0], {"t": 5}, FRAMES[1])
    async with ReplayServer(path, None) as server:
        frames, code, reason = await played(server)
        assert (frames, code) == (["one"], 1000)
        assert reason.startswith(RECORDING_ENDED)
        assert "line 2" in reason


async def test_a_client_that_leaves_early_leaves_no_task(recorded):
    before = asyncio.all_tasks()
    path = recorded(*(line("recv", n * 10 * MS, raw="x") for n in range(1000)))
    async with ReplayServer(path, 1.0) as server, connect(server.ws_url) as socket:
        await socket.send("hello")
        await socket.recv()
    assert asyncio.all_tasks() == before


# -- breaks of the recording, as a viewer sees them ----------------------------------------------


def told(number, last=-1, ts_ns=0):
    return line("recv", ts_ns, raw=okx.book(number, last).decode())


async def watched(path):
    """Why books were doubted, the numbers of the books, and the health at the end."""
    doubts, numbers = [], []

    def on_event(event):
        if isinstance(event, BookUpdate):
            numbers.append(event.seq)

    async with ReplayServer(path, None) as server:
        connection = Connection(
            Okx(okx.listed()),
            Endpoint(ws_url=server.ws_url, rest_url=server.rest_url),
            on_event,
            lambda symbol, error: doubts.append(str(error)),
        )
        connection.follow(okx.SWAP)
        async with asyncio.timeout(10):
            await connection.run()
    return doubts, numbers, connection.health


async def test_a_gap_of_the_recording_is_a_break_and_what_follows_needs_a_new_book(recorded):
    gap = line("gap", missed=3, note="the disk did not keep up")
    path = recorded(told(10), told(11, 10), gap, told(20, 19), told(30), told(31, 30))
    doubts, numbers, health = await watched(path)
    assert doubts[0] == "3 frames are not in the recording: the disk did not keep up"
    assert (numbers, doubts[-1]) == ([10, 11, 30, 31], "the recording has ended")
    assert health.state is FeedState.ENDED


async def test_the_end_of_a_recorded_connection_is_a_break_and_the_next_one_goes_on(recorded):
    again = line("connect", url="wss://x/")
    path = recorded(told(10), line("close", note="1006"), again, told(5), told(6, 5))
    doubts, numbers, health = await watched(path)
    assert (doubts, numbers) == (["1006", "the recording has ended"], [10, 5, 6])
    assert (health.reconnects, health.gaps, health.state) == (1, 0, FeedState.ENDED)


async def test_a_connection_that_took_over_from_another_starts_its_own_numbers(recorded):
    path = recorded(told(10), line("connect", url="wss://x/"), told(5), told(6, 5))
    doubts, numbers, _ = await watched(path)
    assert (doubts[0], numbers) == ("the connection was opened anew", [10, 5, 6])


async def test_a_loss_that_ends_a_connection_in_life_does_not_start_a_replay_over(
    recordings, tmp_path
):
    file = recordings / "coinbase/coinbase_advanced_20260809.jsonl.gz"
    text = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    path = tmp_path / "lossy.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(text[:500] + text[501:]), 1))
    doubts = []
    async with ReplayServer(path, None) as server:
        connection = Connection(
            Coinbase({}),
            Endpoint(ws_url=server.ws_url, rest_url=server.rest_url),
            lambda event: None,
            lambda symbol, error: doubts.append((symbol, type(error))),
        )
        connection.venue.instruments["BTC-USD"] = builders.instrument(venue_symbol="BTC-USD")
        connection.follow("BTC-USD")
        async with asyncio.timeout(20):
            await connection.run()
    health = connection.health
    assert ("BTC-USD", SequenceGap) in doubts
    assert (health.gaps, health.reconnects, health.state) == (1, 0, FeedState.ENDED)
