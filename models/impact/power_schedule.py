"""Which schedule is best when temporary impact is a power of the rate?

    minimise  sum n_k eta (n_k / tau)^beta + lambda Sigma^2 tau sum x_k^2        sum(n_k) = X
    best:  c'(n_k) = c'(n_{k+1}) + 2 lambda Sigma^2 tau x_k,  c'(n) = (1 + beta) eta (n / tau)^beta

n_k, x_k   base traded in slice k, left after it        tau   length of a slice (day)
eta        temporary impact (quote/base at a rate of one base/day)       beta   above 0; 0.6 in 2005
lambda     risk aversion (1/quote)        Sigma   absolute volatility (quote/base/sqrt(day))
Source: Almgren 2003, Appl. Math. Finance 10; Almgren et al. 2005. The last slice fixes all others
backwards, and the whole grows with it: bisection on the last slice.
Wrong when: slices are so few that permanent impact inside one matters.
Unlike beta = 1, the shape depends on size: for beta < 1 a larger order is worked relatively faster.
Example: lambda = 0: equal slices for every beta. beta = 1: the schedule of Almgren and Chriss.
"""

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from models.impact.linear import Slices

BISECTIONS = 200


def power_schedule(
    quantity: float, slices: Slices, *, eta: float, beta: float, sigma: float, risk_aversion: float
) -> Floats:
    """(N,) trades (base) of the best schedule, all positive."""
    if not (eta > 0 and beta > 0 and risk_aversion >= 0):
        raise OrderError("temporary impact", f"is {eta:g}, power {beta:g}", "both more than 0")
    step = 2 * risk_aversion * sigma**2 * slices.tau / ((1 + beta) * eta) * slices.tau**beta
    low, high = 0.0, quantity / slices.number
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        with np.errstate(over="ignore"):
            total = _backwards(middle, slices.number, step, beta).sum()
        if total < quantity:
            low = middle
        else:
            high = middle
    schedule = _backwards(low or high, slices.number, step, beta)
    scaled: Floats = schedule * (quantity / schedule.sum())
    return scaled


def _backwards(last: float, number: int, step: float, beta: float) -> Floats:
    """All slices that go with the last one, in the order of trading."""
    slices = np.empty(number)
    slope, left = last**beta, 0.0
    for k in range(number - 1, -1, -1):
        slope += step * left
        slices[k] = slope ** (1 / beta)
        left += slices[k]
    return slices
