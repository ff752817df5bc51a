"""What a replay has played, counted as a connection counts what it received."""

import time

from feeds.base import FeedError, FeedHealth, FeedState
from feeds.breaker import Breaker
from feeds.playback import Step
from feeds.recording import Line
from feeds.tally import Tally
from market.book import BookUpdate
from market.trade import Trade


class ReplayTally:
    """Counts since the recording was put in; going back does not take them back."""

    def __init__(self, name: str) -> None:
        self._tally = Tally(f"file {name}")
        self._breaker = Breaker()

    def take(self, step: Step, line: Line) -> None:
        """A received message and what it brought."""
        tally = self._tally
        tally.messages += 1
        tally.bytes += len(line.raw)
        tally.last_recv_ns = step.ns
        for event in step.events:
            if isinstance(event, BookUpdate):
                tally.books += 1
                tally.snapshots += event.is_snapshot
            elif isinstance(event, Trade):
                tally.trades += 1
        if step.error is not None:
            tally.suffer(step.error)

    def suffer(self, error: FeedError | OSError) -> None:
        """What ended the playing early."""
        self._tally.suffer(error)

    def rate(self) -> None:
        """Renew the message rate, about once a second."""
        self._tally.rate(time.monotonic())

    def health(self, state: FeedState, checksums_verified: int) -> FeedHealth:
        """The counts as a value."""
        return self._tally.health(state, checksums_verified, self._breaker)
