"""A recording played into the hub as a page wants it: at a speed, step by step, from any moment.

Time is the recording's: a book ages as it aged then, and stands still while the playing is paused.
One task moves it (`run`); what pages want stands in its remote. Going to another moment takes a
fresh deck from the nearest mark before it, in a thread, and puts it in the place of the old one
when it has arrived: the same as played through. Until then the old book is shown.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.deck import Deck
from engine.hub import MarketHub
from engine.reel import Reel, Rewinder
from engine.remote import Playing, Remote, Stride, is_taken
from engine.replay_tally import ReplayTally
from engine.warm import warm_kernels
from feeds.base import FeedHealth, FeedState, Venue
from feeds.playback import Step
from feeds.recording import Direction, Line
from market.units import NS_PER_S

LONGEST_PAUSE_S: Final = 5.0
"""A hole in a recording is not sat through."""
TURN_S: Final = 0.004  # after this long the loop is left to others
TICK_S: Final = 0.01
RATED_S: Final = 1.0
KEPT_UP: Final = 0.9  # share of the wanted speed that is still called by its name
OVER: Final = "the recording has ended"


class Player:
    """Plays one file. Stands where a venue's connection stands for a live source."""

    def __init__(
        self,
        path: Path,
        venue: Callable[[], Venue],
        hub: MarketHub,
        span: tuple[int | None, int | None],
        *,
        speed: float = 1.0,
    ) -> None:
        """venue  makes a decoder that knows what can be priced; span: first and last message."""
        self.path = path
        self.fresh = venue
        self.venue = venue()
        self._hub = hub
        self._rewinder = Rewinder(path, venue)
        self._deck: Deck | None = None
        self._reel: Reel | None = None
        self._pending: deque[Line] = deque()
        self._state = FeedState.STOPPED
        self.remote = Remote(span[0] or 0, span[1], speed)
        self._tally = ReplayTally(path.name)
        self._reached: float | None = None
        self._going: float | None = None
        self._problem = ""
        self._taken_ns = 0  # recorded time of the last line taken

    @property
    def playing(self) -> Playing:
        """How it stands."""
        remote, now_ns = self.remote, self._position_ns
        return Playing(
            file=self.path.name,
            first_ns=remote.first_ns,
            last_ns=now_ns if remote.last_ns is None else remote.last_ns,
            now_ns=now_ns,
            has_times=remote.last_ns is not None,
            speed=remote.speed,
            reached=self._reached,
            is_paused=remote.is_paused,
            is_over=self.is_over,
            going=self._going,
            problem=self._problem,
        )

    @property
    def is_over(self) -> bool:
        """Whether it was played to its end."""
        return self._state is FeedState.ENDED

    # -- as a connection ---------------------------------------------------------------------

    @property
    def health(self) -> FeedHealth:
        """Counts since this was opened; going back does not take them back."""
        verified = self._deck.playback.venue.checksums_verified if self._deck is not None else 0
        return self._tally.health(self._state, verified)

    def follow(self, symbol: str) -> None:
        """A recording is played for all its books at once."""

    def unfollow(self, symbol: str) -> None:
        """See `follow`."""

    def try_now(self) -> None:
        """A file is there or it is not."""

    async def run(self) -> None:
        """Move until cancelled; begins where it stood, or at the start after the end."""
        await asyncio.to_thread(warm_kernels)
        await asyncio.to_thread(self.venue.warm_up)
        self._begin()
        try:
            while True:
                await self._move()
        finally:
            if not self.is_over:
                self._state = FeedState.STOPPED

    def _begin(self) -> None:
        remote = self.remote
        if remote.target_ns is None:
            remote.target_ns = remote.first_ns if self.is_over else self._position_ns
        self._state = FeedState.CONNECTING

    # -- moved by `run` ----------------------------------------------------------------------

    async def _move(self) -> None:
        """What is wanted most."""
        remote = self.remote
        remote.wanted.clear()
        if remote.target_ns is not None:
            target_ns, remote.target_ns = remote.target_ns, None
            await self._go(target_ns)
        elif remote.stride is not None:
            wanted, remote.stride = remote.stride, None
            await self._take_stride(*wanted)
        elif remote.is_paused or self.is_over:
            with suppress(TimeoutError):
                async with asyncio.timeout(RATED_S):
                    await remote.wanted.wait()
            self._tally.rate()
        else:
            await self._play_on()

    @property
    def _position_ns(self) -> int:
        first_ns = self.remote.first_ns
        return max(self._deck.clock.ns, first_ns) if self._deck is not None else first_ns

    async def _play_on(self) -> None:
        """Follow the recording at the chosen speed until something else is wanted."""
        deck = self._running
        then = began = time.monotonic()
        began_ns = deck.clock.ns
        while not self.remote.wanted.is_set():
            now = time.monotonic()
            goal_ns = deck.clock.ns + round((now - then) * self.remote.speed * NS_PER_S)
            then = now
            is_behind = await self._take_until(deck, goal_ns)
            if self.is_over:
                return
            if now - began >= RATED_S:
                speed = (deck.clock.ns - began_ns) / NS_PER_S / (now - began)
                is_slow = is_behind and speed < KEPT_UP * self.remote.speed
                self._reached = speed if is_slow else None
                began, began_ns = now, deck.clock.ns
                self._tally.rate()
            await asyncio.sleep(0 if is_behind else TICK_S)

    async def _take_until(self, deck: Deck, goal_ns: int) -> bool:
        """Everything due by then; True when that took too long and time has to wait for it."""
        begun = time.monotonic()
        while (line := await self._next()) is not None:
            due_ns = deck.playback.due_ns(line)
            if self._is_hole(due_ns, goal_ns):
                deck.clock.ns = goal_ns = due_ns
            if due_ns > goal_ns:
                deck.clock.ns = max(deck.clock.ns, goal_ns)
                return False
            self._take(deck)
            if time.monotonic() - begun > TURN_S:
                return True
        self._end(deck)
        return False

    def _is_hole(self, due_ns: int, goal_ns: int) -> bool:
        return not self._taken_ns or (
            due_ns > goal_ns > self._taken_ns + LONGEST_PAUSE_S * NS_PER_S
        )

    async def _take_stride(self, stride: Stride, symbol: str) -> None:
        """Messages until the wanted one; gives way to others and to the next wish."""
        deck, begun = self._running, time.monotonic()
        while not self.remote.wanted.is_set():
            if await self._next() is None:
                self._end(deck)
                return
            step = self._take(deck)
            if step is not None and is_taken(step, stride, symbol):
                return
            if time.monotonic() - begun > TURN_S:
                await asyncio.sleep(0)
                begun = time.monotonic()

    def _take(self, deck: Deck) -> Step | None:
        line = self._pending.popleft()
        step = deck.take(line)
        self._taken_ns = deck.clock.ns
        if step is not None and step.kind == Direction.RECV:
            self._tally.take(step, line)
        return step

    async def _next(self) -> Line | None:
        """The line whose turn it is, read ahead off the loop; None at the end of the file."""
        if not self._pending and self._reel is not None:
            self._pending.extend(await asyncio.to_thread(self._reel.next))
        return self._pending[0] if self._pending else None

    async def _go(self, target_ns: int) -> None:
        """To a moment; a newer wish takes its place on the way."""
        self._going = 0.0

        def told(share: float) -> bool:
            self._going = share
            return self.remote.target_ns is None

        try:
            found = await asyncio.to_thread(self._rewinder.go, target_ns, told)
        finally:
            self._going = None
        if found is None:
            return
        self._deck, self._reel, self._pending = found.deck, found.reel, deque(found.pending)
        self._taken_ns = found.taken_ns
        self._deck.hand_over(self._hub)
        self._state, self._problem = FeedState.LIVE, ""

    def _end(self, deck: Deck) -> None:
        damage = self._reel.damage if self._reel is not None else None
        self._problem = str(damage or "")
        self._state = FeedState.ENDED
        self.remote.is_paused = True
        for key in deck.keys:
            self._hub.break_book(key, f"{OVER}: {damage}" if damage else OVER, "unavailable")
        if damage is not None:
            self._tally.suffer(damage)

    @property
    def _running(self) -> Deck:
        assert self._deck is not None, "there is a deck once a moment was gone to"
        return self._deck
