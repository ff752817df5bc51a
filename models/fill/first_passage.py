"""How likely does the mid reach a limit price within the horizon, and when?

    P(T) = Phi((-d - m T) / (s sqrt T)) + exp(-2 m d / s^2) Phi((-d + m T) / (s sqrt T))
    P(T) = 2 Phi(-d / (s sqrt T))                                       without a drift (m = 0)

d   distance from the mid to the limit price, on the passive side (quote/base); <= 0: already there
m   drift of the mid away from the limit price (quote/base/s)
s   volatility of the mid (quote/base/sqrt s): sigma_day * mid / sqrt 86400        T   horizon (s)
The second term is computed as exp(-2 m d / s^2 + ln Phi(.)): for m < 0 its factor alone overflows.
Source: first passage of Brownian motion, reflection principle; Lo, MacKinlay & Zhang 2002 for its
use on limit orders, and for the warning that it is a very poor proxy of real fills.
Wrong when: the price moves in ticks and jumps; touched is not filled (models/fill/resting.py).
Given a touch and no drift, the mid at T is the limit price on average: what a passive fill saves
against the arrival mid, it gives back. That is adverse selection at its smallest.
Example: d = 1, s = 1, T = 1: 2 * 0.158655 = 0.31731, twice the chance of being there at T.
"""

import math

from models.fill.normal import cdf, log_cdf

STEPS = 64
"""Of bisection: far below any clock."""


def touch_probability(distance: float, sigma: float, horizon_s: float, drift: float = 0.0) -> float:
    """Chance of the mid being at the limit price at some moment up to the horizon."""
    if distance <= 0.0:
        return 1.0
    spread = sigma * math.sqrt(horizon_s)
    if spread == 0.0:
        return 1.0 if drift * horizon_s <= -distance else 0.0
    direct = cdf((-distance - drift * horizon_s) / spread)
    exponent = -2 * drift * distance / sigma / sigma if drift else 0.0
    reflected = exponent + log_cdf((-distance + drift * horizon_s) / spread)
    return min(1.0, direct + math.exp(min(0.0, reflected)))


def median_touch_s(
    distance: float, sigma: float, horizon_s: float, drift: float = 0.0
) -> float | None:
    """Half of the touches within the horizon come before this time; None where none comes."""
    total = touch_probability(distance, sigma, horizon_s, drift)
    if total == 0.0:
        return None
    early, late = 0.0, horizon_s
    for _ in range(STEPS):
        middle = (early + late) / 2
        if touch_probability(distance, sigma, middle, drift) < total / 2:
            early = middle
        else:
            late = middle
    return late


def missed_move(distance: float, filled_probability: float) -> float:
    """Expected move of the mid against those who wait, times the chance of no fill (quote/base).

    Without a drift the mid at T is, on average, the mid now: p * (-d) + (1 - p) * move = 0 when a
    fill leaves the mid at the limit price. So (1 - p) * move = p * d.
    """
    return filled_probability * max(distance, 0.0)
