"""A venue's stream for as long as it is wanted: connect, connect again, change over, say how.

`run` follows its symbols until it is cancelled or a recording ends. A socket is opened by dial.py,
what one needs is in session.py, what arrives goes to intake.py, what it means is the venue's
business.

Tries are paced twice: pauses grow after each failure (backoff.py), and a venue that fails again and
again is left alone for a stated time (breaker.py). A venue that announces its end gets a second
connection before the first one goes (handover.py).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from feeds.backoff import Backoff, Pace
from feeds.base import (
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
from feeds.breaker import Breaker, Circuit
from feeds.dial import dial
from feeds.following import Phase
from feeds.handover import Claims
from feeds.intake import Intake
from feeds.session import Session
from feeds.tally import Tally
from feeds.tap import Tap
from market.units import NS_PER_S

log = logging.getLogger(__name__)


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
        breaker: Breaker | None = None,
    ) -> None:
        """`rest` fetches a book where the stream brings updates but no snapshot; `tap` is told all.

        on_event    every event of a followed symbol, in order, on the loop that runs `run`
        on_broken   a symbol whose book may not be priced until its next snapshot, and why
        breaker     shared by all that talks to this venue
        """
        self.venue = venue
        self.endpoint = endpoint
        self._on_event = on_event
        self._on_broken = on_broken
        self._rest = rest
        self._pace = pace or Pace()
        self._now_ns = now_ns
        self._tap = tap
        self.breaker = breaker or Breaker(self._pace.trip)
        self._tally = Tally(endpoint.ws_url)
        self._intake = self._new_intake(venue, on_event, on_broken)
        self._state = FeedState.STOPPED
        self._wanted: dict[str, None] = {}
        self._has_symbols = asyncio.Event()
        self._may_try = asyncio.Event()
        self._backoff = Backoff(self._pace.reconnect)
        self._session: Session | None = None
        self._fresh: Session | None = None
        """Open beside `_session`, and about to take over from it."""
        self._handover: asyncio.Task[None] | None = None

    @property
    def health(self) -> FeedHealth:
        """How it goes, as a value."""
        state = self._state
        if state is FeedState.SYNCING and self._intake.is_settled:
            state = FeedState.LIVE
        return self._tally.health(state, self.venue.checksums_verified, self.breaker)

    @property
    def symbols(self) -> tuple[str, ...]:
        """What is followed, refused ones too."""
        return tuple(dict.fromkeys((*self._wanted, *self._intake.followed)))

    def phase(self, symbol: str) -> Phase | None:
        """How the book of one symbol stands; None = not followed."""
        for intake in self._intakes():
            if symbol in intake.followed:
                return intake.followed[symbol].phase
        return None

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
        self._wanted[symbol] = None
        for intake in self._intakes():
            intake.follow(symbol)
        self._has_symbols.set()

    def unfollow(self, symbol: str) -> None:
        """Stop following; what is still under way is dropped."""
        self._wanted.pop(symbol, None)
        for intake in self._intakes():
            intake.unfollow(symbol)
        if not self.symbols:
            self._has_symbols.clear()

    def try_now(self) -> None:
        """Do not wait for the next try; no effect while there is a connection."""
        self.breaker.try_now()
        self._may_try.set()

    async def run(self) -> None:
        """Follow until cancelled, or until a recording ends."""
        try:
            self._state = FeedState.CONNECTING
            await asyncio.to_thread(self.venue.warm_up)
            while True:
                # Venues cut a connection on which nothing is asked for: do not open one.
                await self._has_symbols.wait()
                session = await self._dial(self.venue, self._complete_intake())
                is_steady = session is not None and await self._live_through(session)
                if self._state is FeedState.ENDED:
                    return
                await self._pause(is_failure=not is_steady)
        finally:
            await self._give_up_handover()
            if self._state is not FeedState.ENDED:
                self._state = FeedState.STOPPED

    # -- connecting --------------------------------------------------------------------------

    async def _dial(self, venue: Venue, intake: Intake) -> Session | None:
        """A connection with everything asked for, or None; why not is in the health then."""
        url = self.endpoint.ws_url
        try:
            socket = await dial(url, venue, self._pace)
        except Unavailable as error:
            self._tally.suffer(error)
            if self._session is None:
                self._state = FeedState.DOWN
            return None
        return Session(
            socket,
            venue,
            intake,
            self._tally,
            url,
            pace=self._pace,
            now_ns=self._now_ns,
            tap=self._tap,
            on_steady=self._succeeded,
            on_ageing=self._change_over,
        )

    def _succeeded(self) -> None:
        if self.breaker.failures or self.breaker.state is not Circuit.CLOSED:
            self.breaker.succeeded()

    async def _pause(self, *, is_failure: bool) -> None:
        """Before the next try. A server that accepts and drops must not make us spin."""
        if is_failure:
            self.breaker.failed()
        else:
            self._backoff.reset()
        self._may_try.clear()
        delay = max(self._backoff.next(), self.breaker.wait_s)
        self._tally.next_try_ns = self._now_ns() + round(delay * NS_PER_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._may_try.wait()
        self._tally.next_try_ns = 0

    # -- one session after the other ---------------------------------------------------------

    async def _live_through(self, session: Session) -> bool:
        """From one session to the next that takes over, until none does; whether all held."""
        await self._attend(session, session.run())
        while (task := self._handover) is not None:
            fresh, self._handover, self._fresh = self._fresh, None, None
            if fresh is None or fresh.is_over:
                await _cancelled(task)
                break
            session = fresh
            self.venue, self._intake = fresh.venue, fresh.intake
            fresh.intake.report_to(self._on_event, self._on_broken)
            await self._attend(fresh, task)
        if session.has_played:
            self._state = FeedState.ENDED
        else:
            self._state = FeedState.DOWN
            self._tally.reconnects += 1
        self._session = None
        return session.is_steady

    async def _attend(self, session: Session, running: Awaitable[None]) -> None:
        self._session = session
        self._state = FeedState.SYNCING
        await running

    def _change_over(self, why: str) -> None:
        """The venue announced the end of this connection: open the next one beside it."""
        if self._session is not None and self._handover is None:
            log.info("%s: %s; opening a fresh connection", self.endpoint.ws_url, why)
            self._handover = asyncio.create_task(
                self._run_beside(self._session), name=f"handover {self.endpoint.ws_url}"
            )

    async def _run_beside(self, old: Session) -> None:
        """Open a fresh session, again until one works; run it, past the end of the old one."""
        backoff = Backoff(self._pace.reconnect)
        while not old.is_over:
            venue = self.venue.twin()
            claims = Claims(
                old.intake, self._on_event, self._on_broken, lambda: self._handed_over(old)
            )
            intake = self._new_intake(venue, claims.on_event, claims.on_broken)
            for symbol in self._wanted:
                intake.follow(symbol)
            fresh = await self._dial(venue, intake)
            if fresh is not None:
                old.mute()
                self._fresh = fresh
                await fresh.run()
                if not old.is_over:
                    old.unmute()
            if not old.is_over:
                await asyncio.sleep(backoff.next())

    def _handed_over(self, old: Session) -> None:
        if not old.is_handed_over:
            self._tally.handovers += 1
            old.hand_over()

    async def _give_up_handover(self) -> None:
        task, self._handover, self._fresh = self._handover, None, None
        if task is not None:
            await _cancelled(task)

    # -- intakes -----------------------------------------------------------------------------

    def _new_intake(
        self,
        venue: Venue,
        on_event: Callable[[FeedEvent], None],
        on_broken: Callable[[str, FeedError], None],
    ) -> Intake:
        return Intake(
            venue,
            self._tally,
            on_event,
            on_broken,
            rest=self._rest,
            pace=self._pace,
            now_ns=self._now_ns,
            tap=self._tap,
            on_upgrade=self._change_over,
        )

    def _complete_intake(self) -> Intake:
        """The intake, with what a handover that failed took from it."""
        for symbol in self._wanted:
            if symbol not in self._intake.followed:
                self._intake.follow(symbol)
        self._intake.tap = self._tap
        return self._intake

    def _intakes(self) -> tuple[Intake, ...]:
        if self._fresh is None:
            return (self._intake,)
        return (self._intake, self._fresh.intake)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
