"""When to try again: growing pauses with jitter, and a budget of requests per hour.

Pure arithmetic on numbers handed in; the connection sleeps.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator

import msgspec

from feeds.breaker import Trip


class Pauses(msgspec.Struct, frozen=True, kw_only=True):
    """How pauses grow. Seconds."""

    first: float = 1.0
    """The first pause is drawn from 0 to this, so that clients do not return in step."""
    least: float = 1.0
    most: float = 60.0
    factor: float = 2.0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long things may take. Seconds."""

    open_s: float = 10.0
    close_s: float = 2.0
    reconnect: Pauses = Pauses(first=1.0, least=1.0, most=60.0)
    resync: Pauses = Pauses(first=0.2, least=2.0, most=120.0)
    refetch_s: float = 0.5
    """Before a book that was too old is fetched again."""
    steady_s: float = 10.0
    """A session with a book that held this long starts the reconnect pauses anew."""
    look_s: float = 0.25
    """How often deadlines are looked at."""
    trip: Trip = Trip()
    """When the venue is left alone, and for how long."""
    rest: Pauses = Pauses(first=2.0, least=5.0, most=120.0)
    """Between tries to fetch what a market can do without: candles, day volume."""


class Backoff:
    """Pauses after failures in a row; each is drawn from the upper half of its length."""

    def __init__(self, pauses: Pauses, draw: Callable[[], float] = random.random) -> None:
        self._pauses = pauses
        self._draw = draw
        self.failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        pauses, draw = self._pauses, self._draw()
        self.failures += 1
        if self.failures == 1:
            return pauses.first * draw
        growth = pauses.factor ** min(self.failures - 2, MAX_DOUBLINGS)
        return min(pauses.least * growth, pauses.most) * (1 + draw) / 2

    def reset(self) -> None:
        """It worked: start small again."""
        self.failures = 0

    def __iter__(self) -> Iterator[float]:
        while True:
            yield self.next()


MAX_DOUBLINGS = 60
"""Beyond this the ceiling has long been reached, and the power would overflow."""

HOUR_S = 3600.0


class HourlyBudget:
    """Requests that may still be sent, where a venue counts them over a sliding hour."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._sent: deque[float] = deque()

    def spend(self, now_s: float) -> None:
        """One request went out."""
        if self._limit is not None:
            self._sent.append(now_s)

    def free_at(self, now_s: float, requests: int) -> float:
        """Earliest moment (s) at which that many more requests fit."""
        if self._limit is None:
            return now_s
        while self._sent and self._sent[0] <= now_s - HOUR_S:
            self._sent.popleft()
        surplus = len(self._sent) + requests - self._limit
        return now_s if surplus <= 0 else self._sent[surplus - 1] + HOUR_S
