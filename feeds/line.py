"""One open socket as the connection sees it: frames waiting to go out, pings, how it ends."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from websockets.asyncio.client import ClientConnection

from feeds.backoff import HourlyBudget
from feeds.base import FeedError, Unavailable, Venue


class Line:
    """Lives from one handshake to the end of that socket."""

    def __init__(
        self,
        socket: ClientConnection,
        venue: Venue,
        now: float,
        send_s: float,
        on_sent: Callable[[str], None] | None = None,
    ) -> None:
        """`on_sent` is told every frame that went out, for a recorder."""
        self.socket = socket
        self.opened_at = now
        self.ending: FeedError | None = None
        """Why we ended it; None = the other side did."""
        self.budget = HourlyBudget(venue.requests_per_hour)
        self._ping_text = venue.ping_text
        self._ping_after_s = venue.ping_after_s
        self._send_s = send_s
        self._send_gap_s = venue.send_gap_s
        self._send_at = now
        self._on_sent = on_sent
        self._outbox: deque[str] = deque()
        self._wake = asyncio.Event()
        self._heard_at = now
        self._heard_messages = 0
        self._has_pinged = False

    def post(self, frames: Iterable[str]) -> None:
        """Frames to send at once."""
        self._outbox.extend(frames)
        self._wake.set()

    def cut(self, error: FeedError) -> None:
        """End it now, without the closing handshake: the other side does not answer."""
        self.ending = error
        self.socket.transport.abort()

    def leave(self, error: FeedError) -> None:
        """End it in good order, because it is going to end anyway."""
        self.ending = error
        self._wake.set()

    async def flush(self, now: float) -> None:
        """Send what waits, as fast as the venue allows; a socket that does not take it is cut."""
        while self._outbox and now >= self._send_at:
            frame = self._outbox.popleft()
            try:
                async with asyncio.timeout(self._send_s):
                    await self.socket.send(frame)
            except TimeoutError:
                self.cut(Unavailable("the venue does not read what we send"))
                return
            if self._on_sent is not None:
                self._on_sent(frame)
            if self._send_gap_s:
                self._send_at = now + self._send_gap_s
            if frame != self._ping_text:
                self.budget.spend(now)
        if self.ending is not None:
            await self.socket.close()

    async def wait(self, seconds: float) -> None:
        """Until there is something to send, or that long."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    def watch(self, now: float, messages: int) -> None:
        """Ping after a silence; cut after twice that, counting the messages received so far."""
        if messages != self._heard_messages:
            self._heard_messages, self._heard_at = messages, now
            self._has_pinged = False
            return
        if self._ping_text is None:
            return
        silence = now - self._heard_at
        if silence >= 2 * self._ping_after_s:
            self.cut(Unavailable(f"no word for {silence:.0f} s, not even an answer to our ping"))
        elif silence >= self._ping_after_s and not self._has_pinged:
            self._has_pinged = True
            self.post([self._ping_text])
