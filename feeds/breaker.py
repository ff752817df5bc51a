"""A circuit breaker for one venue: after failures in a row, stop knocking and say until when.

closed      every try is allowed
open        no try before a stated moment; trying sooner would only earn a ban
half open   that moment has come, or the user pressed "try now": one try decides

A failure is a connection that did not come about, one that ended before it had held a book for a
while, or a venue whose REST did not answer when it was opened. Pure arithmetic on a counter that
is handed in; the connection waits.
"""

import random
import time
from collections.abc import Callable
from enum import StrEnum

import msgspec


class Circuit(StrEnum):
    """State of a breaker, as shown to the user."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """When a breaker opens, and for how long."""

    failures: int = 5
    """In a row; with the usual pauses that is about a quarter of a minute of trying."""
    first_s: float = 30.0
    """The first time it opens; each time in a row doubles it."""
    most_s: float = 300.0


class Breaker:
    """Shared by all that talks to one venue."""

    def __init__(
        self,
        trip: Trip | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`now` in seconds of a counter that never goes back."""
        self._trip = trip or Trip()
        self._now = now
        self._draw = draw
        self._opens_in_a_row = 0
        self._is_open = False
        self._until = 0.0
        self.failures = 0
        """In a row."""
        self.trips = 0
        """How often it opened."""

    @property
    def state(self) -> Circuit:
        """Whether a try is allowed."""
        if not self._is_open:
            return Circuit.CLOSED
        return Circuit.OPEN if self.wait_s > 0 else Circuit.HALF_OPEN

    @property
    def wait_s(self) -> float:
        """Until a try is allowed (s); 0 = now."""
        return max(0.0, self._until - self._now()) if self._is_open else 0.0

    def failed(self) -> None:
        """One more failure; the last one of a row, or one while half open, opens the circuit."""
        if self.state is Circuit.OPEN:
            return  # a try that was under way when it opened
        self.failures += 1
        if self._is_open or self.failures >= self._trip.failures:
            self._open()

    def succeeded(self) -> None:
        """The venue works: forget the failures."""
        self.failures = self._opens_in_a_row = 0
        self._is_open = False

    def try_now(self) -> None:
        """The user does not want to wait: half open at once."""
        self._until = 0.0

    def _open(self) -> None:
        trip = self._trip
        pause_s = min(trip.first_s * 2.0**self._opens_in_a_row, trip.most_s)
        # A tenth of jitter: clients that lost a venue together do not come back in step.
        self._until = self._now() + pause_s * (1.0 + 0.1 * self._draw())
        self._is_open = True
        self._opens_in_a_row = min(self._opens_in_a_row + 1, MAX_DOUBLINGS)
        self.trips += 1


MAX_DOUBLINGS = 30
"""Beyond this the ceiling has long been reached."""
