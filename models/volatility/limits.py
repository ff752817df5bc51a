"""Which volatility can be meant at all."""

import math

from market.errors import OrderError

MAX_SIGMA_DAY = 10.0
"""1000 % a day."""
ABSURD_SIGMA_DAY = 0.5
"""50 % a day: possible, but more often a percentage typed as a fraction."""


def check_sigma_day(sigma_day: float) -> float:
    """A typed volatility, or OrderError with the range."""
    if not (math.isfinite(sigma_day) and 0 < sigma_day <= MAX_SIGMA_DAY):
        raise OrderError(
            "volatility",
            f"is {sigma_day:g} per √day",
            f"0 < volatility <= {MAX_SIGMA_DAY:g} (0.02 is 2 % a day)",
        )
    return sigma_day


def sigma_warning(sigma_day: float) -> str | None:
    """A warning for a volatility that is possible but hardly meant."""
    if sigma_day <= ABSURD_SIGMA_DAY:
        return None
    return f"A volatility of {sigma_day:.0%} a day is extreme: is it a fraction (0.02 = 2 %)?"
