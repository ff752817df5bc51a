"""What one connection knows about one symbol: is its book right, and when is its next move due.

No clock and no socket: moments are handed in, in seconds of a counter that never goes back.
"""

from enum import Enum

from feeds.backoff import Backoff, Pauses


class Phase(Enum):
    """Life of one followed symbol."""

    WAITING = "waiting"
    """asked for; no book yet"""
    LIVE = "live"
    BROKEN = "broken"
    """may not be priced; a new subscription is due at `resync_at`"""
    REFUSED = "refused"
    """the venue will not give it; asking again cannot help"""


STEADY_S = 60.0
"""A book that held this long starts its pauses anew when it breaks."""


class Following:
    """One symbol. Its owner does what falls due, and tells what happened."""

    def __init__(self, symbol: str, pauses: Pauses) -> None:
        self.symbol = symbol
        self.phase = Phase.WAITING
        self.since = 0.0
        """When the phase began."""
        self.heard = 0.0
        """When the book was last confirmed."""
        self.resync_at = 0.0
        self.fetch_at = 0.0
        """When a book may be fetched over REST, should updates wait for one."""
        self._failed_fetches = 0
        self._backoff = Backoff(pauses)

    @property
    def is_settled(self) -> bool:
        """Nothing more to wait for: the book is there, or will never be."""
        return self.phase in (Phase.LIVE, Phase.REFUSED)

    def asked(self, now: float, splice_after_s: float) -> None:
        """A subscription was sent."""
        self._enter(Phase.WAITING, now)
        self.fetch_at = now + splice_after_s
        self._failed_fetches = 0

    def fetch_failed(self, now: float, pause_s: float) -> None:
        """No book over REST, or one of no use. Pauses double: venues charge dearly for books."""
        self.fetch_at = now + pause_s * 2**self._failed_fetches
        self._failed_fetches += 1

    def confirmed(self, now: float) -> None:
        """A book that counts as whole, an update or a keep-alive came."""
        self.heard = now
        if self.phase is not Phase.LIVE:
            self._enter(Phase.LIVE, now)

    def broke(self, now: float) -> None:
        """The book must start afresh. Says nothing new while that is already under way."""
        if self.phase is Phase.BROKEN:
            return
        if self.phase is Phase.LIVE and now - self.since > STEADY_S:
            self._backoff.reset()
        self._enter(Phase.BROKEN, now)
        self.resync_at = now + self._backoff.next()

    def refused(self, now: float) -> None:
        """The venue said no for good."""
        self._enter(Phase.REFUSED, now)

    def is_overdue(self, now: float, first_book_s: float, quiet_book_s: float | None) -> bool:
        """Whether a book should have come by now."""
        if self.phase is Phase.WAITING:
            return now - self.since >= first_book_s
        return (
            self.phase is Phase.LIVE
            and quiet_book_s is not None
            and now - self.heard >= quiet_book_s
        )

    def _enter(self, phase: Phase, now: float) -> None:
        self.phase = phase
        self.since = self.heard = now
