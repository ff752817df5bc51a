"""How volatile is the mid right now, with old returns forgotten by age?

    S <- S e^(-dt/tau) + r^2        W <- W e^(-dt/tau) + dt
    sigma_day = sqrt(86400 S / W)

r      log return of the mid since the last sample (dimensionless)     dt   its age (s)
tau    half_life_s / ln 2 (s)        S / W   variance per second, unbiased from the first return
Source: exponentially weighted variance (RiskMetrics 1996) with weights by time instead of by count.
Wrong when: the mid flickers inside the spread (returns are taken over at least step_s for that
reason); prices jump. A gap longer than max_gap_s is not a return: sampling starts afresh after it.
Example: mids 100, 100.01, 100 one second apart: r^2 = 1e-8 twice, S / W = 1e-8, 2.94 % per day.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from market.trade import Candle
from market.units import NS_PER_S, SECONDS_PER_DAY

CANDLE_S = 60.0
MIN_RETURNS = 30
"""Fewer say little: the error of a standard deviation from 30 returns is 13 %."""


class EwmaVolatility:
    """Time-aware, for mids that come at any pace."""

    name: ClassVar[str] = "ewma"
    label: ClassVar[str] = "EWMA by time"

    def __init__(
        self,
        half_life_s: float = 600.0,
        step_s: float = 1.0,
        max_gap_s: float = 30.0,
        min_s: float = 60.0,
    ) -> None:
        self.half_life_s = half_life_s
        self._tau = half_life_s / math.log(2)
        self._step_ns = max(1, int(step_s * NS_PER_S))
        self._max_gap_ns = int(max_gap_s * NS_PER_S)
        self._min_s = min_s
        self.returns = 0
        """Live returns taken."""
        self.candles = 0
        """Returns taken from candles."""
        self._squares = 0.0
        self._seconds = 0.0
        self._mid: float | None = None
        self._at_ns = 0
        """Time of `_mid`; before the first mid, the end of the last candle."""

    def update(self, mid: float, at_ns: int) -> None:
        """Take one mid; one that is not later than the last, or too early, changes nothing.

        After a clock was set back by more than max_gap_s, sampling starts afresh at the new time.
        """
        elapsed = at_ns - self._at_ns
        if not 0.0 < mid < math.inf:
            return
        if self._mid is not None and -self._max_gap_ns <= elapsed < self._step_ns:
            return
        dt = max(0, elapsed) / NS_PER_S
        memory = math.exp(-dt / self._tau)
        self._squares *= memory
        self._seconds *= memory
        if self._mid is not None and 0 < elapsed <= self._max_gap_ns:
            r = math.log(mid / self._mid)
            self._squares += r * r
            self._seconds += dt
            self.returns += 1
        self._mid, self._at_ns = mid, at_ns

    def seed(self, candles: Sequence[Candle]) -> None:
        """Closes as returns of one minute, aged to now; may come before or after live mids."""
        squares = seconds = 0.0
        memory = math.exp(-CANDLE_S / self._tau)
        for before, bar in pairwise(candles):
            bars = (bar.open_ns - before.open_ns) / NS_PER_S / CANDLE_S
            if bars <= 0:
                continue  # the same bar again, or one that is out of order
            squares *= memory**bars
            seconds *= memory**bars
            if bars <= 1.5:
                squares += math.log(bar.close / before.close) ** 2
                seconds += CANDLE_S
                self.candles += 1
        closed_ns = candles[-1].open_ns + int(CANDLE_S * NS_PER_S) if candles else 0
        if self._mid is None:
            self._at_ns = closed_ns
        memory = math.exp(-max(0, self._at_ns - closed_ns) / NS_PER_S / self._tau)
        self._squares += squares * memory
        self._seconds += seconds * memory

    def get(self) -> float | None:
        """sigma_day, or None until it is worth saying."""
        if self.missing():
            return None
        return math.sqrt(self._squares / self._seconds * SECONDS_PER_DAY)

    def missing(self) -> str:
        """Seconds of returns and number of returns still to come."""
        if self._seconds < self._min_s:
            return f"{self._seconds:.0f} of {self._min_s:.0f} s of returns seen"
        if self.returns + self.candles < MIN_RETURNS:
            return f"{self.returns + self.candles} of {MIN_RETURNS} returns seen"
        return ""
