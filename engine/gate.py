"""What stands between us and one venue of one source: its circuit breaker and its last troubles.

Opening a venue asks its REST for instruments; a venue that fails there has no connection yet, but
its health is shown all the same. Once open, REST only brings what a market can do without.
"""

import msgspec

from engine.clock import Clock
from feeds.base import FeedError, FeedHealth, FeedState, Unavailable
from feeds.breaker import Breaker, Circuit, Trip
from market.units import NS_PER_S


class Gate:
    """One venue of one source."""

    def __init__(self, venue: str, trip: Trip, clock: Clock) -> None:
        self.breaker = Breaker(trip, now=lambda: clock.steady_ns() / NS_PER_S)
        self._venue = venue
        self._clock = clock
        self._problem = ""
        """Why it could not be opened; empty once it is open."""
        self._rest_failures = 0
        self._rest_error = ""

    def check(self) -> None:
        """Raises Unavailable while the venue is left alone."""
        if self.breaker.state is Circuit.OPEN:
            raise Unavailable(
                f"{self._venue} failed {self.breaker.failures} times in a row ({self._problem}); "
                f"the next try is in {self.breaker.wait_s:.0f} s"
            )

    def opened(self) -> None:
        """There is a connection now; whether it holds is its own business."""
        self._problem = ""

    def failed(self, error: FeedError) -> None:
        """It could not be opened."""
        self._problem = str(error)
        self.breaker.failed()

    def rest_failed(self, error: FeedError) -> None:
        """Something was not answered that can be done without."""
        self._rest_failures += 1
        self._rest_error = str(error)

    def rest_worked(self) -> None:
        """The last such call was answered."""
        self._rest_error = ""

    def health(self, of_connection: FeedHealth | None) -> FeedHealth | None:
        """The connection's health with REST's beside it; None before anything was tried."""
        if of_connection is None:
            return self._health_unopened()
        return msgspec.structs.replace(
            of_connection, rest_failures=self._rest_failures, rest_error=self._rest_error
        )

    def _health_unopened(self) -> FeedHealth | None:
        if not self._problem:
            return None
        wait_s = self.breaker.wait_s
        return FeedHealth(
            state=FeedState.DOWN,
            last_error=self._problem,
            next_try_ns=self._clock.now_ns() + round(wait_s * NS_PER_S) if wait_s else 0,
            circuit=self.breaker.state,
            trips=self.breaker.trips,
        )
