"""A recording as a venue: a loopback server that plays the received frames as they were.

    async with ReplayServer(Path("okx.jsonl.gz"), speed=10) as server:
        server.ws_url, server.rest_url

Every connection is played from the start, beginning with the client's first frame or after a
short grace; REST is answered from the recorded responses, matched by path and query. Responses
that came between frames are also played in their place, as recorded lines, for `Venue.recall`; so
are the breaks of the recording (a gap, the end of a connection, the next one), at which a client
doubts every book as it was doubted then. The socket stays open meanwhile: our own pauses before a
reconnect would be added to the recorded time, and several viewers could not be told apart. At the
end the server closes with 1000 and a reason that connection.py knows, or, looping, with 1012,
so that the client comes back for another round.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from feeds.base import RECORDING_ENDED, REPLAY_HEADER, DecodeError
from feeds.recording import Direction, Line, read, written
from feeds.run_of_files import files_of, read_run
from market.units import NS_PER_MS, NS_PER_S

SLOWEST: Final = 0.1
FASTEST: Final = 100.0
UNSTAMPED_NS: Final = 10 * NS_PER_MS
"""Time between two frames whose receive times were not kept."""
LONGEST_PAUSE_S: Final = 5.0
"""A hole in a recording is not sat through."""
FRAMES_IN_A_ROW: Final = 32
"""Played without a pause before others on this loop get their turn."""
LINES_READ_AHEAD: Final = 256
MAX_RESPONSE: Final = 1 << 19
"""Longer responses are lists, not books, and would not fit a client's frame."""
NORMAL: Final = 1000
RESTART: Final = 1012
MAX_REASON: Final = 120
"""Bytes of reason that fit a close frame."""


class ReplayServer:
    """Plays one file. Opens nothing before `start`."""

    def __init__(
        self,
        path: Path,
        speed: float | None = 1.0,
        *,
        loop: bool = False,
        grace_s: float = 1.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if speed is not None and not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"speed must be {SLOWEST:g} to {FASTEST:g}, or None for the fastest")
        self.path = path
        self._speed = speed
        self._loop = loop
        self._grace_s = grace_s
        self._sleep = sleep
        self._server: Server | None = None
        self.frames_played = 0

    async def start(self) -> None:
        """Listen on a free loopback port."""
        self._server = await serve(
            self._converse,
            "127.0.0.1",
            0,
            process_request=self._answer_http,
            process_response=_mark,
            compression=None,
            ping_interval=None,
            close_timeout=1.0,
        )

    async def stop(self) -> None:
        """Close every connection and the port."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def _address(self) -> str:
        assert self._server is not None, "the replay server is not started"
        host, port = next(iter(self._server.sockets)).getsockname()[:2]
        return f"{host}:{port}"

    @property
    def ws_url(self) -> str:
        """Where the frames are played; any path will do."""
        return f"ws://{self._address}/ws/v5/public"

    @property
    def rest_url(self) -> str:
        """Where recorded REST responses are answered."""
        return f"http://{self._address}"

    async def _converse(self, socket: ServerConnection) -> None:
        has_spoken = asyncio.Event()
        listener = asyncio.create_task(_listen(socket, has_spoken), name="replay listener")
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._grace_s):
                    await has_spoken.wait()
            damage = await self._play(socket)
            if damage is not None:
                await socket.close(NORMAL, f"{RECORDING_ENDED}: {damage}"[:MAX_REASON])
            elif self._loop:
                await socket.close(RESTART, "the recording starts over")
            else:
                await socket.close(NORMAL, RECORDING_ENDED)
        except ConnectionClosed:
            pass
        finally:
            listener.cancel()

    async def _play(self, socket: ServerConnection) -> DecodeError | None:
        """Frames in order, each when it is due at the chosen speed; what stopped it, if damage."""
        reader = _Reader(self.path)
        started = time.monotonic()
        due_s, last_ns = 0.0, None
        while batch := await asyncio.to_thread(reader.next):
            for line in batch:
                if self._speed is not None:
                    due_s += _gap_s(last_ns, line.ts_ns) / self._speed
                    await self._wait(started + due_s - time.monotonic())
                elif self.frames_played % FRAMES_IN_A_ROW == 0:
                    await asyncio.sleep(0)
                last_ns = line.ts_ns
                if line.t == Direction.RECV:
                    await socket.send(line.raw)
                    self.frames_played += 1
                else:
                    await socket.send(written(line).decode())
        return reader.damage

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await self._sleep(seconds)
        elif self.frames_played % FRAMES_IN_A_ROW == 0:
            await asyncio.sleep(0)

    async def _answer_http(self, _: ServerConnection, request: Request) -> Response | None:
        """REST for plain requests; None lets a WebSocket handshake go on."""
        if "Upgrade" in request.headers:
            return None
        body = await asyncio.to_thread(find_response, self.path, request.path)
        if body is None:
            return _response(HTTPStatus.NOT_FOUND, '{"error":"not in this recording"}')
        return _response(HTTPStatus.OK, body)


def _mark(_: ServerConnection, __: Request, response: Response) -> None:
    response.headers[REPLAY_HEADER] = "1"


async def _listen(socket: ServerConnection, has_spoken: asyncio.Event) -> None:
    """Read what the client says; of all of it, only a text ping wants an answer."""
    with suppress(ConnectionClosed):
        async for frame in socket:
            has_spoken.set()
            if frame == "ping":
                await socket.send("pong")


class _Reader:
    """Reads ahead, off the loop; what lies before a damaged line is still played."""

    def __init__(self, path: Path) -> None:
        self.damage: DecodeError | None = None
        self._lines = _playable(read_run(path))

    def next(self) -> list[Line]:
        """The next frames; none at the end or at the damage."""
        frames: list[Line] = []
        try:
            frames.extend(islice(self._lines, LINES_READ_AHEAD))
        except DecodeError as error:
            self.damage = error
        return frames


def _playable(lines: Iterator[Line]) -> Iterator[Line]:
    """Received frames, and among them what else moves a book: fetched ones, and breaks."""
    is_streaming = False
    for line in lines:
        if line.t == Direction.RECV:
            is_streaming = True
            yield line
        elif not is_streaming:
            continue
        elif line.t in BREAKS or (line.t == Direction.HTTP and len(line.raw) <= MAX_RESPONSE):
            yield line


BREAKS: Final = (Direction.GAP, Direction.CLOSE, Direction.CONNECT)


def _gap_s(before: int | None, after: int | None) -> float:
    if before is None or after is None:
        return UNSTAMPED_NS / NS_PER_S
    return min(max(after - before, 0) / NS_PER_S, LONGEST_PAUSE_S)


def find_response(path: Path, target: str) -> str | None:
    """The recorded body for a path and query (in any order), or None. Reads until found."""
    wanted = _parts(target)
    for line in read(files_of(path)[0]):
        if line.t == Direction.HTTP and _parts(line.url) == wanted:
            return line.raw
    return None


def _parts(url: str) -> tuple[str, frozenset[tuple[str, str]]]:
    split = urlsplit(url)
    return split.path, frozenset(parse_qsl(split.query))


def _response(status: HTTPStatus, body: str) -> Response:
    data = body.encode()
    headers = Headers(
        {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, data)
