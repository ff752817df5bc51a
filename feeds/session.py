"""One socket from its handshake to its end: frames to the intake, deadlines, how it ended.

Two coroutines share it: the reader, and the keeper, which sends and watches deadlines. Whether
there is another socket before or after this one is the business of connection.py.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from feeds.backoff import Pace
from feeds.base import RECORDING_ENDED, REPLAY_HEADER, DecodeError, FeedError, Unavailable, Venue
from feeds.intake import Intake
from feeds.line import Line
from feeds.tally import Tally
from feeds.tap import Tap

log = logging.getLogger(__name__)

NORMAL_CLOSE: Final = 1000
TOO_BIG: Final = 1009
RENEW_AT: Final = 0.98
"""Share of the age at which a venue cuts; a fresh connection is asked for then."""


class Session:
    """Construct after the handshake, then `run`."""

    def __init__(
        self,
        socket: ClientConnection,
        venue: Venue,
        intake: Intake,
        tally: Tally,
        url: str,
        *,
        pace: Pace,
        now_ns: Callable[[], int],
        tap: Tap | None,
        on_steady: Callable[[], None],
        on_ageing: Callable[[str], None],
    ) -> None:
        """`on_steady` is called while it holds a book long enough to count as a success."""
        self.venue = venue
        self.intake = intake
        self.is_over = False
        self.is_steady = False
        self.has_played = False
        """Whether it was a recording, and it was played to its end."""
        self.is_handed_over = False
        """Every book has moved to another connection: its end is no loss."""
        self._muted: tuple[Tap | None, int] = (None, 0)
        """Who was told until it was muted, and how many frames had come by then."""
        self._tally = tally
        self._url = url
        self._pace = pace
        self._now_ns = now_ns
        self._tap = tap
        self._on_steady = on_steady
        self._on_ageing = on_ageing
        self._line = Line(
            socket, venue, time.monotonic(), pace.open_s, self._sent if tap is not None else None
        )
        tally.connected_ns = now_ns()
        tally.next_try_ns = 0
        if tap is not None:
            tap.connected(url, tally.connected_ns)
        is_replay = socket.response is not None and REPLAY_HEADER in socket.response.headers
        intake.takes_all = venue.admits_unlisted = is_replay
        intake.open(self._line)

    async def run(self) -> None:
        """Until the socket is gone; raises only what is wrong with the program."""
        line, socket = self._line, self._line.socket
        keeper = asyncio.create_task(self._keep(), name=f"keep {self._url}")
        keeper.add_done_callback(self._cut_if_failed)
        error: FeedError = Unavailable("the feed was stopped")
        try:
            take = self.intake.take
            while True:
                take(await socket.recv(decode=False))
        except ConnectionClosed:
            error = line.ending or self._why_closed()
        finally:
            self.is_over = True
            if self._tap is not None:
                self._tap.closed(str(error), self._now_ns())
            self.intake.close(error)
            keeper.cancel()
            await socket.close()
            with suppress(asyncio.CancelledError):
                await keeper
        self._account(error)

    def hand_over(self) -> None:
        """End it in good order: nobody listens to it any more."""
        self.is_handed_over = True
        self._line.leave(Unavailable("handed over to a fresh connection"))

    def mute(self) -> None:
        """Tell the tap no more: another connection is written down from now on."""
        self._muted = (self._tap, self.intake.frames)
        self._tap = self.intake.tap = None

    def unmute(self) -> None:
        """That other connection failed: say how much of this one was not told, and tell again."""
        tap, told = self._muted
        if tap is not None:
            tap.skipped(
                self.intake.frames - told, "a connection that took over failed", self._now_ns()
            )
        self._tap = self.intake.tap = tap

    async def _keep(self) -> None:
        """Send what waits, and do what falls due."""
        line, cut_after_s = self._line, self.venue.cut_after_s
        with suppress(ConnectionClosed):
            while True:
                now = time.monotonic()
                self._tally.rate(now)
                line.watch(now, self.intake.frames)
                self.intake.tend()
                age = now - line.opened_at
                if age >= self._pace.steady_s and self.intake.has_book:
                    self.is_steady = True
                    self._on_steady()
                if cut_after_s is not None and age >= RENEW_AT * cut_after_s:
                    self._on_ageing("the venue cuts a connection this old")
                await line.flush(now)
                await line.wait(self._pace.look_s)

    def _cut_if_failed(self, keeper: asyncio.Task[None]) -> None:
        """Without its keeper a session cannot go on; `run` raises the keeper's error."""
        if not keeper.cancelled() and keeper.exception() is not None:
            self._line.cut(Unavailable("the connection's keeper failed"))

    def _sent(self, text: str) -> None:
        if self._tap is not None:
            self._tap.sent(text, self._now_ns())

    def _why_closed(self) -> FeedError:
        socket = self._line.socket
        code, reason = socket.close_code, socket.close_reason or ""
        if code == NORMAL_CLOSE and reason.startswith(RECORDING_ENDED):
            self.has_played = True
            damage = reason.removeprefix(RECORDING_ENDED)
            return Unavailable(f"the recording has ended{damage}", is_final=True)
        said, heard_first = socket.protocol.close_sent, socket.protocol.close_rcvd_then_sent
        if said is not None and said.code == TOO_BIG and not heard_first:
            most = self.venue.max_frame_bytes
            return DecodeError(f"a frame of more than {most:,} bytes; the connection was given up")
        return Unavailable(self.venue.close_text(code, reason))

    def _account(self, error: FeedError) -> None:
        """Count how it ended, where that was not meant."""
        if self.is_handed_over:
            return
        if self.has_played:
            if str(error) != "the recording has ended":
                self._tally.suffer(error)
            return
        self._tally.suffer(error)
        log.warning("%s: %s", self._url, error)
