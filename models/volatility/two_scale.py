"""How volatile is the price under the flicker of every tick?

    avg_K  = (1 / K) sum (y_{i+K} - y_i)^2          RV = sum (y_{i+1} - y_i)^2
    TSRV   = (avg_K - (nbar / n) RV) / (1 - nbar / n)          nbar = (n - K + 1) / K
    noise variance = RV / (2 n)                      sigma_day = sqrt(86400 * TSRV / seconds)

y      log of the mid at every change, n returns        K   about c n^(2/3), at least 2
Source: Zhang, Mykland & Ait-Sahalia 2005, with their small-sample factor. The overlapping sum is
the average over K subgrids exactly.
Wrong when: noise depends on the price; there are fewer than 30 returns. It can come out negative:
then there is no answer, and `missing` says that noise hides the volatility.
Example: y = 0, 1, 0, 1, ... (pure noise), K = 2: avg_K = 0, TSRV < 0: no answer.
"""

import math
from collections import deque
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from market.instrument import Floats
from market.trade import Candle
from market.units import NS_PER_S, SECONDS_PER_DAY

MIN_RETURNS = 30


def realised_variance(logs: Floats) -> float:
    """Sum of squared returns of (n + 1,) log prices."""
    returns = np.diff(logs)
    return float(returns @ returns)


def two_scale_variance(logs: Floats, k: int) -> float:
    """Over the whole of (n + 1,) log prices; may be negative."""
    n = len(logs) - 1
    steps = logs[k:] - logs[:-k]
    ratio = (n - k + 1) / k / n
    return (float(steps @ steps) / k - ratio * realised_variance(logs)) / (1 - ratio)


class TwoScaleVolatility:
    """Every tick, with its noise taken off."""

    name: ClassVar[str] = "two_scale"
    label: ClassVar[str] = "Two-scale, every tick"

    def __init__(
        self, window_s: float = 3600.0, max_ticks: int = 20_000, max_gap_s: float = 30.0
    ) -> None:
        self._window_ns = int(window_s * NS_PER_S)
        self._max_gap_ns = int(max_gap_s * NS_PER_S)
        self._ticks: deque[tuple[int, float]] = deque(maxlen=max_ticks)

    def update(self, mid: float, at_ns: int) -> None:
        """Take one mid; a silence longer than max_gap_s starts afresh."""
        if not 0.0 < mid < math.inf:
            return
        ticks = self._ticks
        if ticks:
            if at_ns < ticks[-1][0] or mid == ticks[-1][1]:
                return
            if at_ns - ticks[-1][0] > self._max_gap_ns:
                ticks.clear()
        ticks.append((at_ns, mid))
        while ticks[0][0] < at_ns - self._window_ns:
            ticks.popleft()

    def seed(self, candles: Sequence[Candle]) -> None:
        """Candles carry no ticks, so they add nothing here."""

    def get(self) -> float | None:
        """sigma_day, or None until it is worth saying."""
        variance = self._variance()
        if variance is None or variance <= 0:
            return None
        return math.sqrt(variance * SECONDS_PER_DAY / self._seconds)

    def missing(self) -> str:
        """Returns still to come, or that noise is all there is."""
        variance = self._variance()
        if variance is None:
            return f"{max(0, len(self._ticks) - 1)} of {MIN_RETURNS} changes of the mid seen"
        return "" if variance > 0 else "flicker hides the volatility"

    def noise_ratio(self) -> float | None:
        """Realised over two-scale variance: 1 without noise; None while there is no answer."""
        variance = self._variance()
        if variance is None or variance <= 0:
            return None
        return realised_variance(self._logs) / variance

    @property
    def returns(self) -> int:
        """Changes of the mid in the window."""
        return max(0, len(self._ticks) - 1)

    @property
    def _logs(self) -> Floats:
        logs: Floats = np.log(np.array([mid for _, mid in self._ticks]))
        return logs

    @property
    def _seconds(self) -> float:
        return (self._ticks[-1][0] - self._ticks[0][0]) / NS_PER_S

    def _variance(self) -> float | None:
        if self.returns < MIN_RETURNS or self._seconds <= 0:
            return None
        return two_scale_variance(self._logs, max(2, round(self.returns ** (2 / 3))))
