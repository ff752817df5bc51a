"""The embedded exchange: a loopback server that speaks OKX v5 over a seeded order flow.

    async with Exchange(seed=7) as exchange:
        exchange.ws_url      # ws://127.0.0.1:<port>/ws/v5/public
        exchange.rest_url    # http://127.0.0.1:<port>
        exchange.inject("gap", "BTC-USDT-SWAP")

One port serves both: REST paths are answered in the hook that sees a request before the WebSocket
handshake. One task computes the ticks; none takes long, so it can live in an application's loop.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from feeds.synthetic import faults
from feeds.synthetic.channels import PUBLIC_CHANNELS, Channel, LinkedBook, build_channel
from feeds.synthetic.instruments import BY_ID
from feeds.synthetic.listing import open_listings
from feeds.synthetic.price_path import seeded
from feeds.synthetic.rest import Reply, Rest
from feeds.synthetic.session import (
    BUSINESS_PATH,
    PUBLIC_PATH,
    REQUESTS_PER_HOUR,
    Answer,
    Rules,
    Session,
    Topic,
)
from feeds.synthetic.wire import Client, Wire

MAX_RATE_HZ: Final = 1_000.0
EAGER_RATE_HZ: Final = 50.0  # above this, instruments nobody listens to are computed less often
UNHEARD_PERIOD_S: Final = 0.1
MAX_STEPS_AT_ONCE: Final = 4  # when late
MAX_LATE_S: Final = 5.0  # time lost beyond this (a machine that slept) is not made up
MAX_FRAME: Final = 65_536  # bytes; OKX closes with 1009 beyond
IDLE_TIMEOUT_S: Final = 30.0
IDLE: Final = 4004
BUFFER_LIMIT: Final = 4 * 1024 * 1024  # bytes unsent to one client before it is dropped

Clock = Callable[[], int]  # ns since the epoch


class Exchange:
    """See the module's docstring. Nothing opens before ``start``."""

    def __init__(
        self,
        *,
        seed: int = 7,
        rate_hz: float = 10.0,
        instruments: Sequence[str] = tuple(BY_ID),
        levels: int = 400,
        vip: bool = False,
        checksum: bool = False,
        idle_timeout_s: float = IDLE_TIMEOUT_S,
        requests_per_hour: int = REQUESTS_PER_HOUR,
        rest_limits: bool = True,
        buffer_limit: int = BUFFER_LIMIT,
        clock: Clock = time.time_ns,
    ) -> None:
        if not 0.0 < rate_hz <= MAX_RATE_HZ:
            raise ValueError(f"rate_hz must be above 0 and at most {MAX_RATE_HZ:g}, not {rate_hz}")
        if not 1 <= levels <= 400:
            raise ValueError(f"levels must lie in 1..400, not {levels}")
        if unknown := sorted(set(instruments) - set(BY_ID)):
            raise ValueError(f"not listed: {', '.join(unknown)}; listed: {', '.join(BY_ID)}")
        self.rate_hz = rate_hz
        self.ticks = 0
        self.idle_timeout_s = idle_timeout_s
        self.clock = clock
        self.wire = Wire(buffer_limit)
        self.refusals: list[tuple[str | None, str]] = []  # (instrument or any, code), used once
        self.http_errors: list[tuple[int, dict[str, str]]] = []  # status and headers, used once
        self._interval_s = 1.0 / rate_hz
        self._rules = Rules(
            instruments=frozenset(instruments), vip=vip, requests_per_hour=requests_per_hour
        )
        self._checksum = checksum
        self._random = seeded(seed, "connections")
        self.listings = open_listings(instruments, seed, levels, self.now_ms())
        self.channels = self._open_channels()
        self._rest = Rest(self.listings, self.linked_book, is_limited=rest_limits)
        self._server: Server | None = None
        self._ticking: asyncio.Task[None] | None = None

    # -- life -----------------------------------------------------------------------------------

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on a loopback address (port 0: any free one) and let time run."""
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the embedded exchange listens on loopback only, not on {host}")
        opening = asyncio.ensure_future(self._listen(host, port))
        try:
            self._server = await asyncio.shield(opening)
        except asyncio.CancelledError:
            # asyncio leaves a socket open when it is cancelled right after it began to listen.
            (await opening).close()
            raise
        self._ticking = asyncio.create_task(self._run(), name="embedded exchange")

    async def _listen(self, host: str, port: int) -> Server:
        return await serve(
            self._converse,
            host,
            port,
            process_request=self._answer_http,
            compression=None,  # loopback: bytes are cheaper than CPU
            max_size=MAX_FRAME,
            ping_interval=None,  # OKX leaves keep-alive to the client's text ping
            close_timeout=1.0,
            logger=_quiet_logger(),
        )

    async def stop(self) -> None:
        """Close every connection with 1001 and free the port. Safe to call twice."""
        ticking, self._ticking = self._ticking, None
        server, self._server = self._server, None
        if ticking is not None:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
        if server is not None:
            server.close()
            await server.wait_closed()
        await self.wire.finish()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; only while running."""
        if self._server is None:
            raise RuntimeError("the exchange is not running")
        host, port = next(iter(self._server.sockets)).getsockname()[:2]
        return host, port

    @property
    def ws_url(self) -> str:
        return f"ws://{self._authority}{PUBLIC_PATH}"

    @property
    def rest_url(self) -> str:
        return f"http://{self._authority}"

    @property
    def _authority(self) -> str:
        host, port = self.address
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def inject(self, fault: str, instrument: str | None = None, **options: object) -> None:
        """Misbehave once; names and options in ``faults``. No instrument: all of them."""
        faults.inject(self, fault, instrument, **options)

    # -- state ----------------------------------------------------------------------------------

    def now_ms(self) -> int:
        return self.clock() // 1_000_000

    def linked_book(self, inst_id: str) -> LinkedBook:
        """The ``books`` channel of an instrument, in step with its listing."""
        channel = self.channels[Topic("books", inst_id)]
        assert isinstance(channel, LinkedBook)
        if not self.wire.is_heard(Topic("books", inst_id)):
            channel.wake()
        return channel

    def _open_channels(self) -> dict[Topic, Channel]:
        return {
            Topic(name, inst_id): build_channel(name, listing, with_checksum=self._checksum)
            for inst_id, listing in self.listings.items()
            for name in PUBLIC_CHANNELS
        }

    # -- time -----------------------------------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time() + self._interval_s
        checked_s = loop.time()
        while True:
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            now_s = loop.time()
            due = 1 + max(0, int((now_s - due_s) / self._interval_s))
            due_s += due * self._interval_s
            steps = min(due, MAX_STEPS_AT_ONCE)
            dt_s = min(due * self._interval_s, MAX_LATE_S) / steps
            for _ in range(steps):
                for _ in self._tick(dt_s, now_s):
                    await asyncio.sleep(0)  # one instrument at a time: others share the loop
            if now_s - checked_s >= self.idle_timeout_s / 10.0:
                checked_s = now_s
                self._cut_idle(now_s)

    def _tick(self, dt_s: float, now_s: float) -> Iterator[None]:
        """Let ``dt_s`` seconds pass and tell who listens, one instrument a turn."""
        now_ms = self.now_ms()
        heard: dict[str, list[Topic]] = {}
        for topic in self.wire.topics():
            heard.setdefault(topic.inst_id, []).append(topic)
        for inst_id, listing in self.listings.items():
            owed_s = listing.owe(dt_s)
            topics = heard.get(inst_id, [])
            if not topics and self.rate_hz > EAGER_RATE_HZ and owed_s < UNHEARD_PERIOD_S:
                continue
            listing.advance(now_ms)
            for topic in sorted(topics, key=_push_order):
                channel = self.channels[topic]
                if texts := channel.news():
                    channel.sent_ms = now_ms
                    self.wire.publish(topic, texts, now_s)
            yield
        self.ticks += 1

    def _cut_idle(self, now_s: float) -> None:
        limit = now_s - self.idle_timeout_s
        if self.wire.is_mute:
            return  # a stalled server cuts nobody
        for client in list(self.wire.clients):
            lacks_topics = not client.session.topics and client.opened_s < limit
            if lacks_topics or client.heard_s < limit:
                self.wire.drop(client, IDLE, "No data received in 30s.")

    # -- WebSocket ------------------------------------------------------------------------------

    async def _converse(self, socket: ServerConnection) -> None:
        loop = asyncio.get_running_loop()
        assert socket.request is not None
        path = urlsplit(socket.request.path).path
        session = Session(f"{self._random.getrandbits(32):08x}", path, self._rules, self._refusal)
        client = Client(socket, session, loop.time())
        self.wire.clients.add(client)
        try:
            async for frame in socket:
                for answer in session.receive(frame, loop.time()):
                    self._give(client, answer, loop.time())
                    await asyncio.sleep(0)  # a snapshot takes a millisecond
        except ConnectionClosed:
            pass  # the other side left without a closing handshake
        finally:
            self.wire.forget(client)

    def _give(self, client: Client, answer: Answer, now_s: float) -> None:
        self.wire.tell(client, answer.text, now_s)
        if answer.closed is not None:
            self.wire.close(client, answer.closed)
        if answer.opened is not None:
            channel = self.channels[answer.opened]
            if not self.wire.is_heard(answer.opened):
                channel.wake()
            self.wire.open(client, answer.opened)
            for text in channel.greeting():
                self.wire.tell(client, text, now_s)

    def _refusal(self, topic: Topic) -> str | None:
        for refusal in self.refusals:
            inst_id, code = refusal
            if inst_id in (None, topic.inst_id):
                self.refusals.remove(refusal)
                return code
        return None

    # -- HTTP -----------------------------------------------------------------------------------

    def _answer_http(self, socket: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if path in (PUBLIC_PATH, BUSINESS_PATH):
            return None  # go on with the WebSocket handshake
        if self.http_errors:
            status, headers = self.http_errors.pop(0)
            return _http(Reply(status, b""), headers)
        return _http(self._rest.answer(request.path, self.now_ms()), {})


def _push_order(topic: Topic) -> int:
    return PUBLIC_CHANNELS.index(topic.channel)


def _http(reply: Reply, extra: dict[str, str]) -> Response:
    headers = Headers(
        {
            "Content-Type": "application/json; charset=UTF-8",
            "Content-Length": str(len(reply.body)),
            "Connection": "close",
            **extra,
        }
    )
    return Response(reply.status, HTTPStatus(reply.status).phrase, headers, reply.body)


def _quiet_logger() -> logging.Logger:
    """Connections come and go by design here; only what goes wrong is worth a line."""
    logger = logging.getLogger("feeds.synthetic.server")
    logger.setLevel(logging.WARNING)
    return logger
