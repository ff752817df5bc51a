"""The efficient price of one coin: volatility that clusters, jumps, and a short-lived imbalance.

    x = slow + fast - s**2            log relative volatility; two OU processes, s**2 their variance
    G ~ Gamma(dt / NU) * NU           business time: quiet moments and bursts, mean dt
    dlnp = sigma e**x (b W(G) + DRIFT tanh(imbalance) G) + jumps

sigma is the target volatility per square root of a second. Gamma time (Madan, Carr, Chang 1998)
gives tails that thin out with the horizon, whatever the step. ``b`` makes room for the variance
the imbalance brings, so that the annual volatility stays on target. All processes are exact or
Levy in dt: nothing measured per second depends on the step. A pull towards the starting price
over a month keeps the price plausible for ever.
"""

from __future__ import annotations

import math
import random
import zlib
from typing import Final

from feeds.synthetic.instruments import Coin

YEAR_S: Final = 365.0 * 86_400.0
SLOW_TAU_S, SLOW_SD = 900.0, 0.30
FAST_TAU_S, FAST_SD = 45.0, 0.35
LOG_VOL_VARIANCE: Final = SLOW_SD**2 + FAST_SD**2
BURST_S: Final = 0.25  # NU: excess kurtosis from bursts alone is 3 * NU / dt
IMBALANCE_TAU_S, IMBALANCE_SD = 1.5, 0.7
DRIFT: Final = 0.6  # standard deviations of a one-second move per second, at full imbalance
MEAN_TANH_SQUARED: Final = 0.2706  # of a normal with sd IMBALANCE_SD
DIFFUSIVE: Final = math.sqrt(1.0 - DRIFT**2 * 2.0 * IMBALANCE_TAU_S * MEAN_TANH_SQUARED)
JUMPS_PER_S: Final = 3.0 / 86_400.0
JUMP_SCALE, JUMP_LIMIT = 8e-4, 60e-4
PULL_TAU_S: Final = 30.0 * 86_400.0
SUBSTEP_S: Final = 1.0


def seeded(seed: int, *words: str) -> random.Random:
    """An independent stream for one purpose; the same words and seed give the same stream."""
    return random.Random((seed << 32) ^ zlib.crc32("/".join(words).encode()))


class PricePath:
    """State of one coin's market; its instruments share it and read it at their own pace."""

    def __init__(self, coin: Coin, seed: int) -> None:
        self.coin = coin
        self.time_s = 0.0
        self._random = seeded(seed, coin.name, "path")
        self._sigma = coin.annual_vol / math.sqrt(YEAR_S)
        self._anchor = math.log(coin.price)
        self.log_price = self._anchor
        self.slow = self._random.gauss(0.0, SLOW_SD)
        self.fast = self._random.gauss(0.0, FAST_SD)
        self.imbalance = self._random.gauss(0.0, IMBALANCE_SD)

    @property
    def price(self) -> float:
        """Efficient price, quote per coin."""
        return math.exp(self.log_price)

    @property
    def relative_vol(self) -> float:
        """Volatility now over its long-run root mean square (1 on target)."""
        return math.exp(self.slow + self.fast - LOG_VOL_VARIANCE)

    @property
    def activity(self) -> float:
        """How busy the market is: follows volatility, mean 1."""
        return self.relative_vol * math.exp(LOG_VOL_VARIANCE / 2.0)

    def advance(self, to_s: float) -> None:
        """Move to time ``to_s`` (s since the start); an earlier time changes nothing."""
        while (left := to_s - self.time_s) > 1e-9:
            dt = min(left, SUBSTEP_S)
            self._move(dt)
            self.time_s = to_s if left <= SUBSTEP_S else self.time_s + dt

    def _move(self, dt: float) -> None:
        gauss = self._random.gauss
        burst = self._random.gammavariate(dt / BURST_S, BURST_S)
        step = DIFFUSIVE * math.sqrt(burst) * gauss(0.0, 1.0)
        step += DRIFT * math.tanh(self.imbalance) * burst
        self.log_price += self._sigma * self.relative_vol * step
        self.log_price += (self._anchor - self.log_price) * dt / PULL_TAU_S
        if self._random.random() < JUMPS_PER_S * dt:
            self.log_price += self._jump()
        self.slow = relax(self.slow, dt / SLOW_TAU_S, SLOW_SD, gauss(0.0, 1.0))
        self.fast = relax(self.fast, dt / FAST_TAU_S, FAST_SD, gauss(0.0, 1.0))
        self.imbalance = relax(self.imbalance, dt / IMBALANCE_TAU_S, IMBALANCE_SD, gauss(0.0, 1.0))

    def _jump(self) -> float:
        """Student t with three degrees of freedom, cut so that one jump stays inside the book."""
        chi_squared = self._random.gammavariate(1.5, 2.0)
        jump = JUMP_SCALE * self._random.gauss(0.0, 1.0) / math.sqrt(chi_squared / 3.0)
        return max(-JUMP_LIMIT, min(JUMP_LIMIT, jump))


def relax(value: float, elapsed: float, deviation: float, noise: float) -> float:
    """One exact step of an Ornstein-Uhlenbeck process around zero.

    ``elapsed`` in time constants, ``deviation`` the stationary standard deviation.
    """
    keep = math.exp(-elapsed)
    return value * keep + deviation * math.sqrt(1.0 - keep * keep) * noise
