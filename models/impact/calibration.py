"""From a book and a tape to the coefficients of the impact models. Pure functions.

    rho     = A_k / (side (p_k - mid))             density near the touch (base per quote of price)
    eta     = refill / (2 rho)                     temporary ((quote/base) / (base/day))
    gamma   = sum(v dm) / sum(v^2)                 permanent (quote/base^2), winsorised
    G(lag)  = sum(n_t (m_{t+lag} - m_t)) / sum(n_t^2)      response of the mid (quote/base^2)
    refill  = - 1 / slope of ln(1 - depth / normal) on time after a large print

A_k, p_k   base up to and price of the last level within a band of the mid
v, dm      signed taker volume (base) and change of the mid (quote/base) in the same bin of 1-5 min;
           a later mid instead discounts what reverts
Source: docs/models.md; Bouchaud et al. 2004 (response); regressions through zero. The
winsor costs gamma a few percent on a quiet tape and saves it from one wild bin.
Wrong when: bins overlap news; signs of the tape are not the taker's; the response of correlated
order flow is read as the kernel of a single order (it holds the flow that follows, too).
Example: rho = 2, refill 8.64 s = 1e-4 day: eta = 2.5e-5. v = 1, 2 and dm = 3, 6: gamma = 3.
"""

import numpy as np

from market.instrument import Floats
from market.units import BPS, SECONDS_PER_DAY
from models.depth_curve import DepthCurve

NEAR_BPS = 10.0
WINSOR = 0.01
"""Share of each tail that is pulled in."""


def density(curve: DepthCurve, within_bps: float = NEAR_BPS) -> float | None:
    """rho (base per quote of price), of at least two levels; None where there is no slope."""
    distance = curve.side.sign * (curve.prices - curve.mid)
    if len(distance) < 2:
        return None
    near = int(np.searchsorted(distance, within_bps / BPS * curve.mid, side="right"))
    last = max(near, 2)
    return float(curve.base[last] / distance[last - 1])


def temporary_from_refill(rho: float, refill_s: float) -> float:
    """eta ((quote/base) / (base/day)) of a book that is whole again after refill_s."""
    return refill_s / SECONDS_PER_DAY / (2 * rho)


def permanent_from_tape(volume: Floats, change: Floats) -> float | None:
    """gamma (quote/base^2) of (n,) bins; None below 30 bins or without volume."""
    if len(volume) < MIN_BINS or not np.any(volume):
        return None
    low, high = np.quantile(change, [WINSOR, 1 - WINSOR])
    kept = np.clip(change, low, high)
    return float(volume @ kept / (volume @ volume))


def in_daily_volatilities(coefficient: float, sigma_day: float, mid: float, adv: float) -> float:
    """gamma, eta or G (absolute) as the dimensionless number that tickets ask for."""
    return coefficient * adv / (sigma_day * mid)


def response(mids: Floats, volume: Floats, lags: tuple[int, ...]) -> Floats | None:
    """(len(lags),) response of (n,) mids to (n,) signed volume; None where n is too short."""
    if len(mids) < max(lags) + MIN_BINS or not np.any(volume):
        return None
    found = []
    for lag in lags:
        pushed = volume[: len(mids) - lag]
        found.append(pushed @ (mids[lag:] - mids[: len(mids) - lag]) / (pushed @ pushed))
    return np.array(found)


def refill_time(seconds: Floats, depth: Floats, normal: float) -> float | None:
    """Time constant (s) with which depth after a large print comes back to normal."""
    missing = 1 - depth / normal
    seen = missing > LEAST_MISSING
    if np.count_nonzero(seen) < 3:
        return None
    slope = np.polyfit(seconds[seen], np.log(missing[seen]), 1)[0]
    return float(-1 / slope) if slope < 0 else None


MIN_BINS = 30
LEAST_MISSING = 0.02
"""Below this share the depth is back, and its logarithm is noise."""
