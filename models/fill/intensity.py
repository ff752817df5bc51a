"""How likely does a resting order fill, when fills are a Poisson stream that thins with distance?

    P(T) = 1 - exp(-A e^(-k d) T)

A   fills per second at distance 0 (1/s)        d   distance from the mid (any unit)
k   decay of the rate with distance (1 / that unit)        T   horizon (s)
A and k come from counts n_i of prints beyond distance d_i in t_i seconds: Poisson regression of
ln(n_i / t_i) on d_i, by Newton's method on the likelihood, which is concave.
Source: Avellaneda & Stoikov 2008.
Wrong when: fills come in bursts; queue position matters; distances beyond those counted.
Example: A = 1, k = 1, d = 0, T = 1: 1 - 1/e = 0.632.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, expm1

import numpy as np

from market.errors import OrderError

ITERATIONS = 50
CONVERGED = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class FillIntensity:
    """Rate of fills against distance."""

    at_zero: float
    """1/s"""
    decay: float
    """1 / unit of distance"""

    def rate(self, distance: float) -> float:
        """Fills per second."""
        return self.at_zero * exp(-self.decay * distance)

    def probability(self, distance: float, horizon_s: float) -> float:
        """At least one fill within the horizon."""
        return -expm1(-self.rate(distance) * horizon_s)


def fit_intensity(
    distances: Sequence[float], counts: Sequence[int], seconds: Sequence[float]
) -> FillIntensity:
    """Most likely A and k; OrderError where the counts cannot say."""
    d, n, t = (np.asarray(x, dtype=np.float64) for x in (distances, counts, seconds))
    if not (d.shape == n.shape == t.shape and np.unique(d).size >= 2):
        raise OrderError("fill counts", "need at least two distances, one count and time for each")
    if not (np.all(n >= 0) and np.all(t > 0) and np.count_nonzero(n) >= 2):
        raise OrderError("fill counts", "need fills at two distances and observed time at each")
    design = np.stack([np.ones_like(d), -(d - d.mean())])
    beta = np.array([np.log(n.sum() / t.sum()), 0.0])
    for _ in range(ITERATIONS):
        mean = t * np.exp(beta @ design)
        step = np.linalg.solve((design * mean) @ design.T, design @ (n - mean))
        beta = beta + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < CONVERGED:
            break
    decay = float(beta[1])
    return FillIntensity(at_zero=float(np.exp(beta[0] + decay * d.mean())), decay=decay)
