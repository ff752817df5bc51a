"""Our clock against the venue's, as far as messages can tell.

    delay = when we received it - when the venue stamped it

The smallest delay of the last minute is the sum of two things that cannot be told apart: the
fastest trip a message made, and how far our clock is ahead. Below zero it can only be the clocks:
no message arrives before it was sent. So a delay is shown as a speed only where it is plausible
as one, and a negative one never.

What lies above that smallest delay is lateness of one message, whatever the clocks say.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from market.units import NS_PER_MS, NS_PER_S

BUCKETS: Final = 60
"""Least delays kept; one is closed about once a second."""
STEP_NS: Final = NS_PER_S
"""A stamp that falls back by more, or our own clock that jumps by more, was set."""
PLAUSIBLE_S: Final = 1.0
"""A longer least delay says more about the clocks than about the network."""


@dataclass(frozen=True, slots=True)
class Skew:
    """What is known now."""

    offset_s: float | None
    """Least delay of the window: our clock ahead of the venue's, plus the fastest trip."""
    delay_ms: float | None
    """Of the newest message; None where the clocks do not allow to call it a speed."""
    lag_s: float
    """How much later than the fastest the newest message came; 0 where not known."""
    text: str
    """For the user."""


NOT_MEASURABLE: Final = Skew(None, None, 0.0, "not measurable: a recording has no clock to compare")
NOT_YET: Final = Skew(None, None, 0.0, "not measured yet")


class SkewMeter:
    """Delays of one market. Adding is a comparison or two; memory never grows."""

    __slots__ = ("_floor_ns", "_least_ns", "_past", "_stamp_ns", "_wall_ahead_ns", "last_ns")

    def __init__(self) -> None:
        self._wall_ahead_ns: int | None = None
        self.forget()

    def forget(self) -> None:
        """A clock was set: what was measured before says nothing any more."""
        self._past: deque[int] = deque(maxlen=BUCKETS)
        self._least_ns: int | None = None
        self._floor_ns: int | None = None
        self._stamp_ns = 0
        self.last_ns: int | None = None
        """Delay of the newest message."""

    def add(self, event_ns: int, recv_ns: int) -> None:
        """One message that was sent as soon as it was stamped; one without a stamp is skipped."""
        if event_ns <= 0 or event_ns == recv_ns:
            return
        if event_ns < self._stamp_ns - STEP_NS:
            self.forget()
        self._stamp_ns = event_ns
        delay = self.last_ns = recv_ns - event_ns
        if self._least_ns is None or delay < self._least_ns:
            self._least_ns = delay
            if self._floor_ns is None or delay < self._floor_ns:
                self._floor_ns = delay

    def turn(self, wall_ns: int, steady_ns: int) -> None:
        """About once a second: close the bucket, and notice when our own clock was set."""
        ahead = wall_ns - steady_ns
        if self._wall_ahead_ns is not None and abs(ahead - self._wall_ahead_ns) > STEP_NS:
            self.forget()
        self._wall_ahead_ns = ahead
        if self._least_ns is not None:
            self._past.append(self._least_ns)
            self._floor_ns = min(self._past)
            self._least_ns = None

    def skew(self) -> Skew:
        """What the window says."""
        if self._floor_ns is None or self.last_ns is None:
            return NOT_YET
        offset_s = self._floor_ns / NS_PER_S
        lag_s = (self.last_ns - self._floor_ns) / NS_PER_S
        if not 0 <= offset_s <= PLAUSIBLE_S:
            return Skew(offset_s, None, lag_s, skew_text(offset_s))
        return Skew(
            offset_s,
            self.last_ns / NS_PER_MS,
            lag_s,
            f"none to be seen; the fastest message took {1e3 * offset_s:.0f} ms by both clocks",
        )


def skew_text(offset_s: float) -> str:
    """An offset that is not plausible as a delay, in words."""
    if offset_s < 0:
        return f"our clock is at least {_seconds(-offset_s)} behind the venue's"
    return (
        f"messages are {_seconds(offset_s)} old on arrival: our clock is ahead of the venue's, or "
        "they come late"
    )


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 0.1 else f"{1e3 * value:.0f} ms"
