"""A loopback venue that follows a script, and a connection to it that is watched."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from feeds.backoff import Pace, Pauses
from feeds.base import Endpoint, FeedError, FeedEvent, Venue, VenueRest
from feeds.breaker import Trip
from feeds.connection import Connection
from feeds.okx import Okx
from market.book import BookUpdate, OrderBook
from tests.feeds import okx_frames as okx

SOON = Pauses(first=0, least=0.01, most=0.02)
PATIENT = Trip(failures=1000)
"""Tests of reconnecting are not about the breaker."""
PACE = Pace(
    open_s=1,
    close_s=0.2,
    reconnect=SOON,
    resync=SOON,
    refetch_s=0.01,
    look_s=0.005,
    trip=PATIENT,
)
PATIENCE_S = 5.0


class Peer:
    """The server's end of one connection."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.requests: list[dict[str, Any]] = []

    async def send(self, *frames: bytes) -> None:
        for frame in frames:
            await self.socket.send(frame.decode())

    async def request(self) -> dict[str, Any]:
        """The client's next JSON request; pings are answered on the way."""
        while True:
            text = await self.socket.recv()
            if text != "ping":
                found: dict[str, Any] = json.loads(text)
                self.requests.append(found)
                return found
            await self.socket.send("pong")

    async def acked(self) -> dict[str, Any]:
        """The next request, with the acks that OKX would send."""
        found = await self.request()
        for arg in found["args"]:
            await self.send(okx.ack(found["op"], arg["channel"], arg["instId"]))
        return found

    async def serve_books(self, first_seq: int = 10) -> None:
        """Answer whatever is asked; every new book subscription gets a snapshot."""
        while True:
            found = await self.acked()
            for arg in found["args"]:
                if found["op"] == "subscribe" and arg["channel"] == "books":
                    await self.send(okx.book(first_seq, symbol=arg["instId"]))


Script = Callable[[Peer], Awaitable[None]]


class VenueServer:
    """Plays one script per connection; the last is repeated."""

    def __init__(self, scripts: tuple[Script, ...]) -> None:
        self.peers: list[Peer] = []
        self.close_codes: list[int | None] = []
        self.url = ""
        self._scripts = scripts

    async def converse(self, socket: ServerConnection) -> None:
        script = self._scripts[min(len(self.peers), len(self._scripts) - 1)]
        peer = Peer(socket)
        self.peers.append(peer)
        with suppress(ConnectionClosed):
            await script(peer)
            await socket.wait_closed()
        self.close_codes.append(socket.close_code)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(ws_url=self.url, rest_url="http://127.0.0.1:9")


@asynccontextmanager
async def playing(*scripts: Script, port: int = 0, **options: Any) -> AsyncIterator[VenueServer]:
    server = VenueServer(scripts)
    async with serve(
        server.converse, "127.0.0.1", port, ping_interval=None, close_timeout=0.2, **options
    ) as listening:
        host, port = next(iter(listening.sockets)).getsockname()
        server.url = f"ws://{host}:{port}/"
        yield server


class Watch:
    """A running connection, the books it feeds, and everything it said."""

    def __init__(self) -> None:
        self.connection: Connection
        self.task: asyncio.Task[None]
        self.events: list[FeedEvent] = []
        self.broken: list[tuple[str, FeedError]] = []
        self.books: dict[str, OrderBook] = {}

    def on_event(self, event: FeedEvent) -> None:
        self.events.append(event)
        if isinstance(event, BookUpdate):
            self.book(event.symbol).apply(event)

    def on_broken(self, symbol: str, error: FeedError) -> None:
        self.broken.append((symbol, error))
        self.book(symbol).clear()

    def book(self, symbol: str = okx.SWAP) -> OrderBook:
        return self.books.setdefault(symbol, OrderBook(symbol))

    @property
    def health(self) -> Any:
        return self.connection.health

    async def until(self, is_so: Callable[[], object]) -> None:
        """Let the loop run until a condition holds; its own failure ends the wait."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.002)


@asynccontextmanager
async def watching(
    endpoint: Endpoint,
    *symbols: str,
    venue: Venue | None = None,
    rest: VenueRest | None = None,
    pace: Pace = PACE,
    on_event: Callable[[FeedEvent], None] | None = None,
) -> AsyncIterator[Watch]:
    watch = Watch()
    watch.connection = Connection(
        venue or Okx(okx.listed()),
        endpoint,
        on_event or watch.on_event,
        watch.on_broken,
        rest=rest,
        pace=pace,
    )
    for symbol in symbols:
        watch.connection.follow(symbol)
    watch.task = asyncio.create_task(watch.connection.run())
    try:
        yield watch
    finally:
        watch.task.cancel()
        with suppress(asyncio.CancelledError):
            await watch.task
