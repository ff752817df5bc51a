"""How wide must a band be so that it holds as often as it says?

    split      half-width = k-th smallest |y - prediction|,  k = ceil((n + 1)(1 - alpha))
    adaptive   alpha_{t+1} = alpha_t + gamma (alpha - miss_t)         miss_t = 1 outside the band

n       past errors kept for this, not used in the fit; k > n: too few, the band is infinite
alpha   share that may fall outside        gamma   0.005 to 0.05
Source: split conformal prediction; Gibbs & Candes 2021. Coverage is k / (n + 1) exactly for errors
that can be exchanged. alpha_t may leave 0..1 (infinite or empty band): clipping it would break
|mean miss - alpha| <= (max(alpha_1, 1 - alpha_1) + gamma) / (T gamma).
Wrong when: errors of one book are counted many times: keep one per book and size bucket.
Example: errors 1, 2, ..., 9 and alpha 0.2: k = 8, half-width 8. n = 3: k = 4 > 3, infinite.
"""

from math import ceil, inf

import numpy as np

from market.errors import OrderError
from market.instrument import Floats


def half_width(errors: Floats, alpha: float) -> float:
    """Of a band around a prediction, from (n,) past errors of either sign."""
    if alpha <= 0:
        return inf
    if alpha >= 1:
        return 0.0
    rank = ceil((len(errors) + 1) * (1 - alpha) - ROUNDING)
    if rank > len(errors):
        return inf
    return float(np.partition(np.abs(errors), rank - 1)[rank - 1])


class AdaptiveLevel:
    """The level that makes misses as frequent as promised, whatever the market does."""

    def __init__(self, alpha: float = 0.1, gamma: float = 0.01) -> None:
        if not (0 < alpha < 1 and 0 < gamma < 1):
            raise OrderError("level", f"is {alpha:g}, step {gamma:g}", "both between 0 and 1")
        self.target = alpha
        self._gamma = gamma
        self.alpha = alpha
        """Level to ask `half_width` for now."""
        self.seen = 0
        self.misses = 0

    def update(self, is_miss: bool) -> None:
        """Take one settled label. A miss widens the next band."""
        self.seen += 1
        self.misses += is_miss
        self.alpha += self._gamma * (self.target - is_miss)

    @property
    def coverage(self) -> float | None:
        """Share inside so far; None before the first label."""
        return 1 - self.misses / self.seen if self.seen else None


ROUNDING = 1e-9
"""(n + 1)(1 - alpha) that is whole but for float64 is not rounded up."""
