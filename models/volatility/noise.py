"""When should a measured volatility be questioned?

    signature = fine / coarse        fine   = sum of squared returns over one step
                                     coarse = two-scale variance over STEPS steps
    warn where  signature > 2,  or fewer than 30 returns

On a price without flicker both say the same. Flicker that comes back within seconds is in the fine
one and not in the coarse one: above 2 more than half of what was measured is flicker.
Source: Zhang, Mykland & Ait-Sahalia 2005: on every tick the realised variance is the true one plus
2 n times the variance of the noise. STEPS is fixed instead of growing with n, so that the ratio has
an error of about sqrt(4/3 STEPS / n): 21 % when the first verdict is given.
Wrong when: the price swings back for a reason within half a minute: that is flicker to the ratio.
Example: ratio 3, 500 returns: warned; ratio 1.2, 500 returns: not.
"""

import math
from collections import deque

import numpy as np

from market.units import NS_PER_S
from models.volatility.two_scale import realised_variance, two_scale_variance

NOISY = 2.0
FEW = 30
STEPS = 30
LEAST_RETURNS = 900
JUDGED_EVERY = 10
"""Steps between two verdicts."""


def noise_warning(ratio: float | None, returns: int) -> str | None:
    """A sentence for the user, or None. `ratio` None: the coarse variance is not positive."""
    if returns < FEW:
        return f"The volatility stands on {returns} returns; {FEW} are the least."
    if ratio is None:
        return "Flicker of the mid hides its volatility."
    if ratio > NOISY:
        return f"Ticks overstate the variance {ratio:.1f} times: most of it is flicker."
    return None


class Signature:
    """Mids of the last half hour at steps of a second, and what they say about flicker."""

    def __init__(self, step_s: float = 1.0, window: int = 1800, max_gap_s: float = 30.0) -> None:
        self._step_ns = int(step_s * NS_PER_S)
        self._max_gap_ns = int(max_gap_s * NS_PER_S)
        self._logs: deque[float] = deque(maxlen=window + 1)
        self._at_ns = 0
        self._until_verdict = 0
        self._warning: str | None = None

    def update(self, mid: float, at_ns: int) -> None:
        """Take one mid (quote/base); one within the step changes nothing, a gap starts afresh."""
        elapsed = at_ns - self._at_ns
        if not 0.0 < mid < math.inf:
            return
        if self._logs and not -self._max_gap_ns <= elapsed <= self._max_gap_ns:
            self._logs.clear()
            self._warning = None
        elif self._logs and elapsed < self._step_ns:
            return
        self._logs.append(math.log(mid))
        self._at_ns = at_ns
        self._until_verdict -= 1
        if self._until_verdict <= 0 and len(self._logs) > LEAST_RETURNS:
            self._until_verdict = JUDGED_EVERY
            self._warning = self._verdict()

    def warning(self) -> str | None:
        """What the user should know; None while nothing is known, and where all is well."""
        return self._warning

    def _verdict(self) -> str | None:
        logs = np.array(self._logs)
        fine, coarse = realised_variance(logs), two_scale_variance(logs, STEPS)
        if fine <= 0:
            return None
        return noise_warning(fine / coarse if coarse > 0 else None, len(logs) - 1)
