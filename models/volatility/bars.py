"""Finished bars of the mid over a window, for estimators that look at highs and lows.

A bar is cut from mids on a fixed grid, or comes from a venue's candles at the start. A bar without
a mid is missing; nothing is stitched over it. What is asked is the variance of one bar:

    sigma_day = sqrt(variance * 86400 / bar_s)

Source: definition. Wrong when: a bar holds few ticks: the true high and low lie between them, so
range estimators read low (below about 100 mids a bar noticeably).
"""

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from market.instrument import Floats
from market.trade import Candle
from market.units import NS_PER_S, SECONDS_PER_DAY

MIN_BARS = 30
"""Fewer say little: the error of a standard deviation from 30 returns is 13 %."""
OPEN, HIGH, LOW, CLOSE = range(4)


def well_formed(bars: Floats) -> Floats:
    """(n, 4) open, high, low, close whose high and low enclose open and close."""
    fixed = bars.copy()
    fixed[:, HIGH] = bars.max(axis=1)
    fixed[:, LOW] = bars.min(axis=1)
    return fixed


class BarVolatility(ABC):
    """Builds the bars; a subclass gives the variance of one bar."""

    name: ClassVar[str]
    label: ClassVar[str]

    def __init__(self, bar_s: float = 60.0, window: int = 60) -> None:
        self._bar_s = bar_s
        self._bar_ns = int(bar_s * NS_PER_S)
        self._bars: deque[tuple[int, float, float, float, float]] = deque(maxlen=window)
        self._cell: int | None = None
        self._open = self._high = self._low = self._close = 0.0

    def update(self, mid: float, at_ns: int) -> None:
        """Take one mid; late ones change nothing."""
        if not 0.0 < mid < math.inf:
            return
        cell = at_ns // self._bar_ns
        if self._cell is None or cell > self._cell:
            if self._cell is not None:
                self._bars.append((self._cell, self._open, self._high, self._low, self._close))
            self._cell = cell
            self._open = self._high = self._low = self._close = mid
        elif cell == self._cell:
            self._high, self._low = max(self._high, mid), min(self._low, mid)
            self._close = mid

    def seed(self, candles: Sequence[Candle]) -> None:
        """Finished one-minute bars, oldest first; only before live mids and on bars of a minute."""
        if self._cell is not None or self._bar_s != CANDLE_S:
            return
        for bar in candles:
            self._bars.append((bar.open_ns // self._bar_ns, bar.open, bar.high, bar.low, bar.close))

    def get(self) -> float | None:
        """sigma_day, or None until it is worth saying."""
        if self.missing():
            return None
        rows = np.array(self._bars)
        variance = self.variance(rows[:, 0].astype(np.int64), well_formed(rows[:, 1:]))
        return math.sqrt(variance * SECONDS_PER_DAY / self._bar_s)

    def missing(self) -> str:
        """Bars still to come."""
        seen = len(self._bars)
        return "" if seen >= MIN_BARS else f"{seen} of {MIN_BARS} bars of {self._bar_s:g} s seen"

    @abstractmethod
    def variance(self, cells: Floats, bars: Floats) -> float:
        """Variance of one bar from (n,) cell numbers and (n, 4) bars."""


CANDLE_S = 60.0
