"""Recording: real sockets from the embedded exchange, real files, real kills."""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from feeds import segment as segments
from feeds.base import Endpoint, FeedState, Unavailable
from feeds.connection import Connection
from feeds.disk_budget import LEAST, RESERVE, DiskBudget, DiskFull
from feeds.okx import Okx
from feeds.okx_rest import OkxRest
from feeds.playback import Playback
from feeds.recorded import open_recording
from feeds.recorder import Recorder, RecorderState, Rotation
from feeds.recording import Direction, Line, read
from feeds.replay import ReplayServer
from feeds.rest import RestClient
from feeds.segment import Room, Segment, answer
from feeds.survey import survey
from feeds.synthetic import Exchange
from market.book import BookUpdate, OrderBook
from tests.conftest import PROJECT
from tests.feeds import okx_frames as okx
from tests.feeds.venue_server import PACE, playing

SWAP, SPOT = "BTC-USDT-SWAP", "BTC-USDT"
SYMBOLS = (SWAP, SPOT)
ROOMY = 1 << 30
NOTICE = okx.frame({"event": "notice", "code": "64008", "msg": "soon", "connId": "a"})


async def until(is_so, timeout_s=10):
    async with asyncio.timeout(timeout_s):
        while not is_so():
            await asyncio.sleep(0.01)


@pytest.fixture
async def exchange():
    async with Exchange(seed=3, rate_hz=50, instruments=SYMBOLS) as running:
        yield running


class Scene:
    """An exchange, its facts, and the books that a recorded connection fed."""

    def __init__(self, exchange, instruments, facts):
        self.exchange = exchange
        self.endpoint = Endpoint(ws_url=exchange.ws_url, rest_url=exchange.rest_url)
        self.instruments = instruments
        self.facts = facts
        self.opened = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.books = {}

    @asynccontextmanager
    async def connection(self, tap):
        self.opened += 1
        await self.gate.wait()
        books = {symbol: OrderBook(symbol) for symbol in SYMBOLS}
        self.books = books

        def on_event(event):
            if isinstance(event, BookUpdate):
                books[event.symbol].apply(event)

        connection = Connection(
            Okx(dict(self.instruments)), self.endpoint, on_event, lambda *_: None, tap=tap
        )
        for symbol in SYMBOLS:
            connection.follow(symbol)
        yield connection

    def recorder(self, folder, total=ROOMY, may_delete_oldest=False, **options):
        budget = DiskBudget(folder, total, may_delete_oldest=may_delete_oldest)
        return Recorder(f"okx_{SWAP}", "okx", self.connection, budget, facts=self.facts, **options)


@pytest.fixture
async def scene(exchange):
    facts = []
    client = RestClient(
        exchange.rest_url, on_body=lambda url, body: facts.append(answer("okx", url, body, 1))
    )
    async with client:
        instruments = await OkxRest(client, lambda: 1).instruments()
    return Scene(exchange, instruments, facts)


@asynccontextmanager
async def recording(recorder):
    task = asyncio.create_task(recorder.run())
    try:
        yield recorder
    finally:
        recorder.stop()
        await task


async def record_some(scene, folder, frames=60, **options):
    recorder = scene.recorder(folder, **options)
    async with recording(recorder):
        await until(lambda: recorder.status.frames >= frames)
    return recorder.status


def final_books(path):
    books = {symbol: OrderBook(symbol) for symbol in SYMBOLS}
    for step in Playback(path, open_recording(path)):
        for event in step.events:
            if isinstance(event, BookUpdate):
                books[event.symbol].apply(event)
    return books


def same(one, other):
    ours, theirs = one.snapshot(), other.snapshot()
    return all(
        np.array_equal(getattr(ours, name), getattr(theirs, name))
        for name in ("bid_prices", "bid_sizes", "ask_prices", "ask_sizes")
    )


# -- what is in the file -----------------------------------------------------------------------


async def test_a_replayed_recording_ends_on_the_books_the_connection_had(scene, tmp_path):
    status = await record_some(scene, tmp_path)
    replayed = final_books(status.files[0])
    assert all(same(replayed[symbol], scene.books[symbol]) for symbol in SYMBOLS)


async def test_a_recording_plays_over_a_socket_to_the_same_books(scene, tmp_path):
    status = await record_some(scene, tmp_path)
    books = {symbol: OrderBook(symbol) for symbol in SYMBOLS}

    def on_event(event):
        if isinstance(event, BookUpdate):
            books[event.symbol].apply(event)

    async with ReplayServer(status.files[0], speed=None) as server:
        endpoint = Endpoint(ws_url=server.ws_url, rest_url=server.rest_url)
        connection = Connection(Okx(dict(scene.instruments)), endpoint, on_event, lambda *_: None)
        for symbol in SYMBOLS:
            connection.follow(symbol)
        await connection.run()
    assert connection.health.state is FeedState.ENDED
    assert all(same(books[symbol], scene.books[symbol]) for symbol in SYMBOLS)


async def test_a_file_begins_with_the_connect_the_facts_and_the_requests(scene, tmp_path):
    status = await record_some(scene, tmp_path)
    kinds = [line.t for line in read(status.files[0])]
    assert kinds[: 1 + len(scene.facts)] == ["connect", *["http"] * len(scene.facts)]
    assert "send" in kinds[: 8 + len(scene.facts)]


async def test_the_first_message_of_every_book_is_the_venues_own_snapshot(scene, tmp_path):
    status = await record_some(scene, tmp_path)
    seen = {}
    for line in read(status.files[0]):
        message = json.loads(line.raw) if line.t == "recv" else {}
        if message.get("arg", {}).get("channel") == "books" and "action" in message:
            seen.setdefault(message["arg"]["instId"], message["action"])
    assert seen == dict.fromkeys(SYMBOLS, "snapshot")


async def test_a_frame_is_written_byte_for_byte(tmp_path):
    frames = ['{"a": 1}', 'with "quotes", ü, \\u0041 and \x7f', "pong", " spaced "]
    segment = Segment(tmp_path / "a.jsonl.gz", "okx", DiskBudget(tmp_path, ROOMY))
    segment.connected("wss://x", 1)
    for ns, frame in enumerate(frames):
        segment.received(frame.encode(), ns)
    segment.finish()
    lines = [line for line in read(segment.path) if line.t == Direction.RECV]
    assert [(line.raw, line.ts_ns) for line in lines] == [
        (frame, ns) for ns, frame in enumerate(frames)
    ]


async def test_a_frame_that_is_not_text_is_marked_as_such(tmp_path):
    segment = Segment(tmp_path / "a.jsonl.gz", "okx", DiskBudget(tmp_path, ROOMY))
    segment.connected("wss://x", 1)
    segment.received(b"\xff\xfe", 2)
    segment.finish()
    assert "not UTF-8" in list(read(segment.path))[-1].note


async def test_a_lost_connection_stands_in_the_file_as_close_and_connect(scene, tmp_path):
    recorder = scene.recorder(tmp_path)
    async with recording(recorder):
        await until(lambda: recorder.status.frames >= 20)
        scene.exchange.inject("tcp_reset")
        await until(lambda: recorder.health.reconnects == 1)
        await until(lambda: recorder.health.state is FeedState.LIVE)
    kinds = [line.t for line in read(recorder.status.files[0])]
    assert kinds.count("connect") == kinds.count("close") == 2


async def test_each_connection_is_a_segment_of_the_survey(scene, tmp_path):
    recorder = scene.recorder(tmp_path)
    async with recording(recorder):
        await until(lambda: recorder.status.frames >= 20)
        scene.exchange.inject("tcp_reset")
        await until(lambda: recorder.health.reconnects == 1)
        await until(lambda: recorder.health.state is FeedState.LIVE)
    path = recorder.status.files[0]
    found = survey(path, open_recording(path))
    assert (found.segments, found.gaps, found.crossed) == (2, 0, 0)


async def test_a_recorded_rest_answer_stands_between_the_frames(tmp_path):
    segment = Segment(tmp_path / "a.jsonl.gz", "x", DiskBudget(tmp_path, ROOMY))
    segment.connected("wss://x", 1)
    segment.received(b"before", 2)
    segment.fetched("https://x/book?s=1", b"{}", 3)
    segment.received(b"after", 4)
    segment.finish()
    assert [line.t for line in read(segment.path)] == ["connect", "recv", "http", "recv"]


async def test_without_a_connection_there_is_no_file(tmp_path):
    segment = Segment(tmp_path / "a.jsonl.gz", "x", DiskBudget(tmp_path, ROOMY))
    segment.finish()
    assert not segment.path.exists()


# -- rotation ----------------------------------------------------------------------------------


async def test_every_file_of_a_rotated_recording_plays_alone_without_a_gap(scene, tmp_path):
    recorder = scene.recorder(tmp_path, rotation=Rotation(bytes=20_000))
    async with recording(recorder):
        await until(lambda: len(recorder.status.files) >= 3)
    for path in recorder.status.files:
        found = survey(path, open_recording(path))
        assert found.symbols == tuple(sorted(SYMBOLS))
        assert (found.gaps, found.errors, found.crossed) == (0, 0, 0)


async def test_files_overlap_so_that_no_update_falls_between_them(scene, tmp_path):
    recorder = scene.recorder(tmp_path, rotation=Rotation(seconds=0.5))
    async with recording(recorder):
        await until(lambda: len(recorder.status.files) >= 2)
        await until(lambda: recorder.status.frames >= 100)
    first, second = (
        {
            json.loads(line.raw)["data"][0]["seqId"]
            for line in read(path)
            if line.t == "recv" and f'"books","instId":"{SWAP}"' in line.raw and "data" in line.raw
        }
        for path in recorder.status.files[:2]
    )
    assert min(second) <= max(first)


async def test_the_running_file_goes_on_until_the_next_has_its_books(scene, tmp_path):
    recorder = scene.recorder(tmp_path, rotation=Rotation(seconds=0.5))
    async with recording(recorder):
        await until(lambda: scene.opened == 1)
        scene.gate.clear()  # for the second connection
        await until(lambda: scene.opened == 2)
        before = recorder.status.frames
        await until(lambda: recorder.status.frames > before + 30)
        scene.gate.set()
        await until(lambda: len(recorder.status.files) == 2)


async def test_a_rotation_by_age_begins_a_new_file(scene, tmp_path):
    recorder = scene.recorder(tmp_path, rotation=Rotation(seconds=0.3))
    async with recording(recorder):
        await until(lambda: len(recorder.status.files) >= 2)
    assert [path.name[-13:-9] for path in recorder.status.files][:2] == ["_001", "_002"]


async def test_while_the_venue_is_away_the_file_is_kept(scene, tmp_path):
    recorder = scene.recorder(tmp_path)
    async with recording(recorder):
        await until(lambda: recorder.status.files)
        await scene.exchange.stop()
        await until(lambda: recorder.health.state is FeedState.DOWN)
        recorder._rotation = Rotation(seconds=0)
        await until(lambda: recorder.health.reconnects >= 1)
        assert len(recorder.status.files) == 1
        assert recorder.status.state is RecorderState.RECORDING


# -- the disk ----------------------------------------------------------------------------------


def filled(folder, name, size):
    path = folder / f"{name}_20260101T000000Z_001.jsonl.gz"
    path.write_bytes(b"x" * size)
    return path


async def test_at_its_limit_a_recording_stops_and_says_so(scene, tmp_path):
    filled(tmp_path, "old", LEAST - RESERVE - 10_000)
    recorder = scene.recorder(tmp_path, total=LEAST)
    await asyncio.wait_for(recorder.run(), 10)
    assert recorder.status.state is RecorderState.FAILED
    assert "reached their limit" in recorder.status.problem


async def test_what_was_recorded_before_the_limit_can_be_played(scene, tmp_path):
    filled(tmp_path, "old", LEAST - RESERVE - 60_000)
    recorder = scene.recorder(tmp_path, total=LEAST)
    await asyncio.wait_for(recorder.run(), 10)
    assert survey(recorder.status.files[0], open_recording(recorder.status.files[0])).frames > 0


async def test_a_recording_never_grows_beyond_its_limit(scene, tmp_path):
    filled(tmp_path, "old", LEAST - RESERVE - 30_000)
    await asyncio.wait_for(scene.recorder(tmp_path, total=LEAST).run(), 10)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= LEAST


async def test_nothing_is_deleted_unless_allowed(scene, tmp_path):
    old = filled(tmp_path, "old", LEAST - RESERVE - 10_000)
    await asyncio.wait_for(scene.recorder(tmp_path, total=LEAST).run(), 10)
    assert old.exists()


async def test_where_allowed_the_oldest_segment_makes_room(scene, tmp_path):
    old = filled(tmp_path, "old", LEAST - RESERVE - 10_000)
    os.utime(old, (1, 1))
    status = await record_some(scene, tmp_path, total=LEAST, may_delete_oldest=True, frames=100)
    assert (old.exists(), status.deleted) == (False, 1)


def test_a_file_that_no_recorder_named_is_never_deleted(tmp_path):
    (tmp_path / "mine.jsonl.gz").write_bytes(b"x" * LEAST)
    budget = DiskBudget(tmp_path, LEAST, may_delete_oldest=True)
    budget.begin(tmp_path / "new.jsonl.gz")
    with pytest.raises(DiskFull):
        budget.take(1)


def test_an_open_segment_is_never_deleted(tmp_path):
    running = filled(tmp_path, "running", 500_000)
    budget = DiskBudget(tmp_path, LEAST, may_delete_oldest=True)
    budget.begin(running)
    with pytest.raises(DiskFull):
        budget.take(400_000)  # which would fit without it
    assert running.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
async def test_a_full_disk_ends_the_recording_but_not_the_feed(scene, tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "open_new", lambda path: os.open("/dev/full", os.O_WRONLY))
    segment = Segment(tmp_path / "a.jsonl.gz", "okx", DiskBudget(tmp_path, ROOMY))
    async with scene.connection(segment) as connection:
        task = asyncio.create_task(connection.run())
        await until(lambda: segment.problem)
        before = connection.health.messages
        await until(lambda: connection.health.messages > before + 20)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert "No space left" in segment.problem
    assert connection.health.reconnects == 0


async def test_a_folder_that_cannot_be_written_is_told(scene, tmp_path):
    (tmp_path / "file").write_text("in the way")
    recorder = scene.recorder(tmp_path / "file" / "recordings")
    await asyncio.wait_for(recorder.run(), 10)
    assert recorder.status.state is RecorderState.FAILED
    assert recorder.status.problem.startswith("the recording stopped")


# -- the queue ---------------------------------------------------------------------------------


def held_up(tmp_path, room):
    """A segment whose thread has not begun: as slow as a disk can be."""
    segment = Segment(tmp_path / "a.jsonl.gz", "okx", DiskBudget(tmp_path, ROOMY), room=room)
    return segment


@pytest.mark.parametrize("room", [Room(frames=4), Room(bytes=4 * len(b"frame 00"))])
def test_frames_that_find_no_room_are_marked_as_a_gap_with_their_number(tmp_path, room):
    segment = held_up(tmp_path, room)
    for ns in range(10):
        segment.received(b"frame %02d" % ns, ns)
    segment.connected("wss://x", 10)
    segment.finish()
    gaps = [line for line in read(segment.path) if line.t == Direction.GAP]
    assert [(gap.missed, gap.ts_ns) for gap in gaps] == [(6, 4)]


def test_a_gap_stands_where_the_frames_are_missing(tmp_path):
    segment = held_up(tmp_path, Room(frames=2))
    for ns in range(5):
        segment.received(b"%d" % ns, ns)
    segment.connected("wss://x", 5)
    segment.finish()
    assert [line.t for line in read(segment.path)] == ["recv", "recv", "gap", "connect"]


def test_missed_frames_are_counted(tmp_path):
    segment = held_up(tmp_path, Room(frames=2))
    for ns in range(5):
        segment.received(b"%d" % ns, ns)
    assert (segment.frames, segment.missed) == (2, 3)


def test_a_full_queue_never_makes_the_feed_wait(tmp_path):
    segment = held_up(tmp_path, Room(frames=10))
    began = time.perf_counter()
    for ns in range(100_000):
        segment.received(b"frame", ns)
    assert time.perf_counter() - began < 5  # 50 us a frame; a wait for a disk would be far more


async def test_after_dropped_frames_the_next_file_begins_whole(scene, tmp_path):
    recorder = scene.recorder(tmp_path, room=Room(frames=3), rotation=Rotation(after_a_gap_s=0.2))
    async with recording(recorder):
        await until(lambda: recorder.status.missed > 0 and len(recorder.status.files) >= 2)
    found = survey(recorder.status.files[0], open_recording(recorder.status.files[0]))
    assert found.missed > 0


def test_after_a_gap_no_book_is_believed_before_its_next_snapshot(tmp_path):
    update = {"book": SPOT, "snapshot": False, "event_ns": 1, "bids": [[1.0, 1.0]], "asks": []}
    whole = {**update, "snapshot": True, "asks": [[2.0, 1.0]]}
    lines = [
        {"t": "recv", "raw": json.dumps({**whole, "seq": 1})},
        {"t": "gap", "missed": 1, "note": "x"},
        {"t": "recv", "raw": json.dumps({**update, "seq": 2})},
        {"t": "recv", "raw": json.dumps({**whole, "seq": 3})},
    ]
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    found = survey(path, open_recording(path, "fathom")).instruments[0]
    assert (found.snapshots, found.updates) == (2, 0)


# -- kill -9 -----------------------------------------------------------------------------------

WRITER = """
import sys, time
from pathlib import Path
from feeds.disk_budget import DiskBudget
from feeds.segment import Segment
path = Path(sys.argv[1])
segment = Segment(path, "okx", DiskBudget(path.parent, 1 << 30))
segment.connected("wss://x", time.time_ns())
number = 0
while True:
    # So little that only a flush brings it to the file.
    segment.received(b'{"number":%d}' % number, time.time_ns())
    number += 1
    print(number, flush=True)
    time.sleep(0.01)
"""


@pytest.mark.parametrize("after_s", [0.4, 0.75, 1.3, 2.1])
def test_a_killed_recorder_leaves_every_line_but_the_last_second(tmp_path, after_s):
    path = tmp_path / "a.jsonl.gz"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, cwd=PROJECT, text=True
    ) as writer:
        writer.stdout.readline()
        deadline = time.monotonic() + after_s
        while time.monotonic() < deadline:
            writer.stdout.readline()
        killed_ns = time.time_ns()
        writer.send_signal(signal.SIGKILL)
    received = [line for line in read(path) if line.t == Direction.RECV]
    numbers = [json.loads(line.raw)["number"] for line in received]
    assert numbers == list(range(len(numbers)))
    began_ns = next(iter(read(path)), Line("connect", killed_ns)).ts_ns
    assert killed_ns - (received[-1].ts_ns if received else began_ns) < 1e9


# -- the tap -----------------------------------------------------------------------------------


async def test_what_came_while_a_change_of_lines_failed_is_marked_as_a_gap(tmp_path):
    lost = 5

    async def announces(peer):
        await peer.acked()
        await peer.send(okx.book(10), okx.book(11, 10), NOTICE)
        await dropped.wait()
        for number in range(12, 12 + lost):
            await peer.send(okx.book(number, number - 1))
        heard.set()
        await peer.socket.wait_closed()

    async def drops(peer):
        await peer.acked()
        dropped.set()
        await heard.wait()
        await peer.socket.close(1011)

    async def holds(peer):
        await peer.serve_books(first_seq=50)

    dropped, heard = asyncio.Event(), asyncio.Event()
    path = tmp_path / "a.jsonl.gz"
    segment = Segment(path, "okx", DiskBudget(tmp_path, ROOMY))
    async with playing(announces, drops, holds) as server:
        connection = Connection(
            *(Okx(okx.listed()), server.endpoint, lambda event: None, lambda *_: None),
            pace=PACE,
            tap=segment,
        )
        connection.follow(okx.SWAP)
        running = asyncio.create_task(connection.run())
        await until(lambda: connection.health.handovers == 1)
        running.cancel()
        await asyncio.wait((running,))
    await asyncio.to_thread(segment.finish)
    lines = [line for line in read(path) if line.t not in ("send", "http")]
    kinds = [line.t for line in lines]
    (gap,) = (line for line in lines if line.t == Direction.GAP)
    taken = [line for line in lines[: kinds.index("gap")] if '"seqId":1' in line.raw]
    assert gap.missed == segment.missed
    assert gap.missed >= lost
    assert (len(taken), "took over" in gap.note) == (2, True)
    assert kinds.index("close") < kinds.index("gap") < len(kinds) - kinds[::-1].index("connect") - 1


async def test_a_tap_is_told_why_a_connection_ended(scene):
    told = []

    class Listener:
        def connected(self, url, ns): ...
        def received(self, frame, recv_ns): ...
        def sent(self, text, ns): ...
        def fetched(self, url, body, ns): ...
        def closed(self, reason, ns):
            told.append(reason)

    async with scene.connection(Listener()) as connection:
        task = asyncio.create_task(connection.run())
        await until(lambda: connection.health.books > 0)
        scene.exchange.inject("tcp_reset")
        await until(lambda: told)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert "closed the connection" in told[0]


def test_a_census_of_nothing_has_no_length(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"t":"connect","url":"wss://ws.okx.com:8443/x"}\n'))
    assert survey(path, open_recording(path)).length_s is None


def test_an_unusable_frame_without_a_name_is_counted(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"t":"recv","raw":"rubbish"}\n'))
    assert survey(path, open_recording(path, "okx")).errors == 1


async def test_a_connection_that_cannot_be_opened_ends_the_recording(tmp_path):
    @asynccontextmanager
    async def failing(tap):
        raise Unavailable("no such place")
        yield

    recorder = Recorder("x", "okx", failing, DiskBudget(tmp_path, ROOMY))
    await asyncio.wait_for(recorder.run(), 5)
    assert recorder.status.problem == "no such place"
