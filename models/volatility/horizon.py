"""A daily volatility over another horizon.

    sigma(h) = sigma_day * sqrt(h / 86400)

Source: independent returns. Wrong when: over seconds (flicker) or with strong clustering.
Example: 3 % a day over one hour: 3 % * sqrt(1 / 24) = 0.612 %.
"""

from math import sqrt

from market.units import SECONDS_PER_DAY

HORIZONS_S = (1.0, 60.0, 300.0, 3600.0, 86_400.0)
"""What a page shows: one second to one day."""


def sigma_over(sigma_day: float, horizon_s: float) -> float:
    """Standard deviation of the return over horizon_s (fraction)."""
    return sigma_day * sqrt(horizon_s / SECONDS_PER_DAY)
