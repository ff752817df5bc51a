"""The one place with a client socket: connect, pump, keep alive, connect again, say how healthy.

`run` follows its symbols until it is cancelled or a recording ends. Connecting, and connecting
again, is the loop of the websockets library; what arrives goes to intake.py, what one socket needs
is in line.py, what a venue says is the venue's business.

Two coroutines share a session: the reader, and the keeper, which sends and watches deadlines.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, suppress
from typing import Final, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from feeds.backoff import Backoff, Pace
from feeds.base import (
    RECORDING_ENDED,
    REPLAY_HEADER,
    Endpoint,
    FeedError,
    FeedEvent,
    FeedHealth,
    FeedState,
    SubscribeRefused,
    Unavailable,
    Venue,
    VenueRest,
)
from feeds.following import Phase
from feeds.intake import Intake
from feeds.line import Line
from feeds.rest import REGION_BLOCKED, REGION_STATUSES, USER_AGENT, is_loopback
from feeds.tally import Tally
from feeds.tap import Tap
from market.units import NS_PER_S

log = logging.getLogger(__name__)

NORMAL_CLOSE: Final = 1000
FRAME_QUEUE: Final = 256
"""Frames read ahead of us before the socket is told to wait."""


class Connection:
    """One venue's stream. Construct, `follow`, then `run` as a task."""

    def __init__(
        self,
        venue: Venue,
        endpoint: Endpoint,
        on_event: Callable[[FeedEvent], None],
        on_broken: Callable[[str, FeedError], None],
        *,
        rest: VenueRest | None = None,
        pace: Pace | None = None,
        now_ns: Callable[[], int] = time.time_ns,
        tap: Tap | None = None,
    ) -> None:
        """`rest` fetches a book where the stream brings updates but no snapshot; `tap` is told all.

        on_event    every event of a followed symbol, in order, on the loop that runs `run`
        on_broken   a symbol whose book may not be priced until its next snapshot, and why
        """
        self.venue = venue
        self.endpoint = endpoint
        self._pace = pace or Pace()
        self._now_ns = now_ns
        self._tap = tap
        self._tally = Tally(endpoint.ws_url)
        self._intake = Intake(
            venue,
            self._tally,
            on_event,
            on_broken,
            rest=rest,
            pace=self._pace,
            now_ns=now_ns,
            tap=tap,
        )
        self._state = FeedState.STOPPED
        self._has_symbols = asyncio.Event()
        self._backoff = Backoff(self._pace.reconnect)

    @property
    def health(self) -> FeedHealth:
        """How it goes, as a value."""
        state = self._state
        if state is FeedState.SYNCING and self._intake.is_settled:
            state = FeedState.LIVE
        return self._tally.health(state, self.venue.checksums_verified)

    @property
    def symbols(self) -> tuple[str, ...]:
        """What is followed, refused ones too."""
        return tuple(self._intake.followed)

    def phase(self, symbol: str) -> Phase | None:
        """How the book of one symbol stands; None = not followed."""
        following = self._intake.followed.get(symbol)
        return following.phase if following else None

    def follow(self, symbol: str) -> None:
        """Ask for one more symbol, now or as soon as there is a connection.

        A refused symbol is asked for again. Raises SubscribeRefused when it is not listed.
        """
        if symbol not in self.venue.instruments:
            raise SubscribeRefused(
                f"{self.venue.name} lists no instrument {symbol[:40]!r}",
                symbol=symbol,
                is_final=True,
            )
        self._intake.follow(symbol)
        self._has_symbols.set()

    def unfollow(self, symbol: str) -> None:
        """Stop following; what is still under way is dropped."""
        self._intake.unfollow(symbol)
        if not self._intake.followed:
            self._has_symbols.clear()

    async def run(self) -> None:
        """Follow until cancelled, or until a recording ends."""
        try:
            self._state = FeedState.CONNECTING
            await asyncio.to_thread(self.venue.warm_up)
            # Venues cut a connection on which nothing is asked for: do not open one.
            await self._has_symbols.wait()
            # An async generator, though typed as a mere iterator; closing it closes the socket.
            attempts = cast(AsyncGenerator[ClientConnection], aiter(self._connector()))
            async with aclosing(attempts) as sockets:
                async for socket in sockets:
                    await self._session(socket)
                    if self._state is FeedState.ENDED:
                        return
                    await self._pause()
                    await self._has_symbols.wait()
        finally:
            if self._state is not FeedState.ENDED:
                self._state = FeedState.STOPPED

    # -- connecting --------------------------------------------------------------------------

    def _connector(self) -> connect:
        url = self.endpoint.ws_url
        is_local = is_loopback(url)
        return connect(
            url,
            user_agent_header=USER_AGENT,
            compression=None if is_local else "deflate",
            proxy=None if is_local else True,
            open_timeout=self._pace.open_s,
            close_timeout=self._pace.close_s,
            ping_interval=None if self.venue.ping_text else self.venue.ping_after_s,
            ping_timeout=self.venue.ping_after_s,
            max_size=self.venue.max_frame_bytes,
            max_queue=FRAME_QUEUE,
            process_exception=self._unreachable,
            reconnect_delays=self._delays,
            logger=log,
        )

    def _unreachable(self, error: Exception) -> None:
        """Note why no connection came about; None tells websockets to try again."""
        self._state = FeedState.DOWN
        self._tally.suffer(Unavailable(_why_unreachable(self.endpoint.ws_url, error)))

    def _delays(self) -> Generator[float]:
        """Pauses for websockets' loop, drawn from the backoff that dropped sessions share."""
        while True:
            yield self._next_delay()

    def _next_delay(self) -> float:
        delay = self._backoff.next()
        self._tally.next_try_ns = self._now_ns() + round(delay * NS_PER_S)
        return delay

    async def _pause(self) -> None:
        """After a session. A server that accepts and drops must not make us spin."""
        await asyncio.sleep(self._next_delay())
        self._tally.reconnects += 1
        self._state = FeedState.CONNECTING

    # -- one session -------------------------------------------------------------------------

    async def _session(self, socket: ClientConnection) -> None:
        """From the handshake to the end of one connection."""
        line = self._open(socket)
        keeper = asyncio.create_task(self._keep(line), name=f"keep {self.endpoint.ws_url}")
        keeper.add_done_callback(lambda task: _cut_if_failed(task, line))
        error: FeedError = Unavailable("the feed was stopped")
        try:
            take = self._intake.take
            while True:
                take(await socket.recv(decode=False))
        except ConnectionClosed:
            error = self._closed(line)
        finally:
            if self._tap is not None:
                self._tap.closed(str(error), self._now_ns())
            self._intake.close(error)
            keeper.cancel()
            await socket.close()
            with suppress(asyncio.CancelledError):
                await keeper

    def _open(self, socket: ClientConnection) -> Line:
        self._state = FeedState.SYNCING
        self._tally.connected_ns = self._now_ns()
        self._tally.next_try_ns = 0
        on_sent = None
        if self._tap is not None:
            self._tap.connected(self.endpoint.ws_url, self._tally.connected_ns)
            on_sent = self._sent
        line = Line(socket, self.venue, time.monotonic(), self._pace.open_s, on_sent)
        is_replay = socket.response is not None and REPLAY_HEADER in socket.response.headers
        self._intake.takes_all = self.venue.admits_unlisted = is_replay
        self._intake.open(line)
        return line

    def _sent(self, text: str) -> None:
        if self._tap is not None:
            self._tap.sent(text, self._now_ns())

    async def _keep(self, line: Line) -> None:
        """Send what waits, and do what falls due."""
        with suppress(ConnectionClosed):
            while True:
                now = time.monotonic()
                self._tally.rate(now)
                line.watch(now, self._tally.messages)
                self._intake.tend()
                await line.flush(now)
                await line.wait(self._pace.look_s)

    def _closed(self, line: Line) -> FeedError:
        """Why a session is over."""
        code, reason = line.socket.close_code, line.socket.close_reason or ""
        if code == NORMAL_CLOSE and reason.startswith(RECORDING_ENDED):
            self._state = FeedState.ENDED
            damage = reason.removeprefix(RECORDING_ENDED)
            ended = Unavailable(f"the recording has ended{damage}", is_final=True)
            if damage:
                self._tally.suffer(ended)
            return ended
        self._state = FeedState.DOWN
        error = line.ending or Unavailable(self.venue.close_text(code, reason))
        self._tally.suffer(error)
        log.warning("%s: %s", self.endpoint.ws_url, error)
        lasted = time.monotonic() - line.opened_at
        if self._intake.has_book and lasted >= self._pace.steady_s:
            self._backoff.reset()
        return error


def _cut_if_failed(keeper: asyncio.Task[None], line: Line) -> None:
    """Without its keeper a session cannot go on; `_session` raises the keeper's error."""
    if not keeper.cancelled() and keeper.exception() is not None:
        line.cut(Unavailable("the connection's keeper failed"))


def _why_unreachable(url: str, error: Exception) -> str:
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        if status in REGION_STATUSES:
            return f"{url} {REGION_BLOCKED.format(status=status)}"
        return f"{url} refused the connection (HTTP {status})"
    return f"{url} cannot be reached: {str(error) or type(error).__name__}"
