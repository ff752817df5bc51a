"""The month of minutes before the exchange opened, so that volatility and turnover have a past.

Volatility is a pair of stationary Ornstein-Uhlenbeck processes, which look the same run backwards:
the past is simulated from the opening state away from it, then the minutes are put in order and
shifted to end at the opening price. Each minute is six ten-second steps; the high and the low
between two steps are drawn from the exact law of a Brownian bridge's extreme, so range-based
volatility is not biased low.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from feeds.synthetic.instruments import Coin
from feeds.synthetic.ladder import Floats
from feeds.synthetic.price_path import (
    FAST_SD,
    FAST_TAU_S,
    LOG_VOL_VARIANCE,
    SLOW_SD,
    SLOW_TAU_S,
    YEAR_S,
    PricePath,
    seeded,
)

MINUTES: Final = 30 * 1_440
SUBSTEPS: Final = 6
VOLUME_SD: Final = 0.5  # of log volume in a minute, besides what volatility explains


@dataclass(frozen=True, slots=True)
class PastMinutes:
    """One entry a minute up to the opening, oldest first. Prices are logs of quote per coin."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    activity: Floats  # volume relative to the daily average, mean about 1


@lru_cache(maxsize=8)
def past_minutes(coin: Coin, seed: int, minutes: int = MINUTES) -> PastMinutes:
    """The minutes that lead to where ``PricePath(coin, seed)`` opens. Same seed, same past."""
    path = PricePath(coin, seed)
    rng = np.random.default_rng(seeded(seed, coin.name, "past").getrandbits(64))
    log_vol = _ou_path(rng, path.slow, 60.0 / SLOW_TAU_S, SLOW_SD, minutes)
    log_vol += _ou_path(rng, path.fast, 60.0 / FAST_TAU_S, FAST_SD, minutes)
    relative = np.exp(log_vol[::-1] - LOG_VOL_VARIANCE)
    sigma = coin.annual_vol * math.sqrt(60.0 / SUBSTEPS / YEAR_S) * relative[:, None]
    ends = np.cumsum(sigma * rng.standard_normal((minutes, SUBSTEPS))).reshape(minutes, SUBSTEPS)
    ends += path.log_price - ends[-1, -1]
    starts = np.empty_like(ends)
    starts.flat[1:] = ends.flat[:-1]
    starts[0, 0] = ends[0, 0]
    high, low = _extremes(rng, starts, ends, sigma)
    volume = np.exp(VOLUME_SD * rng.standard_normal(minutes) - 0.5 * VOLUME_SD**2)
    return PastMinutes(
        open=starts[:, 0].copy(),  # not a view that would hold all six steps
        high=high,
        low=low,
        close=ends[:, -1].copy(),
        activity=volume * relative * math.exp(LOG_VOL_VARIANCE / 2.0),
    )


def _ou_path(
    rng: np.random.Generator, start: float, elapsed: float, deviation: float, count: int
) -> Floats:
    """``count`` further values of an OU process, ``elapsed`` time constants apart."""
    keep = math.exp(-elapsed)
    values = deviation * math.sqrt(1.0 - keep * keep) * rng.standard_normal(count)
    values[0] += keep * start
    # Sum of keep**k * shock[n - k] by doubling the reach: a loop over a month would take 15 ms.
    reach, weight = 1, keep
    while reach < count and weight > 1e-17:
        values[reach:] += weight * values[:-reach]
        reach, weight = 2 * reach, weight * weight
    return values


def _extremes(
    rng: np.random.Generator, starts: Floats, ends: Floats, sigma: Floats
) -> tuple[Floats, Floats]:
    """High and low of each row, with the bridge's excursions between its steps."""
    spread = (ends - starts) ** 2
    up = np.sqrt(spread - 2.0 * sigma**2 * np.log(1.0 - rng.random(ends.shape)))
    down = np.sqrt(spread - 2.0 * sigma**2 * np.log(1.0 - rng.random(ends.shape)))
    middle = (starts + ends) / 2.0
    return (middle + up / 2.0).max(axis=1), (middle - down / 2.0).min(axis=1)
