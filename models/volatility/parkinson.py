"""How volatile is the mid, from the height of its bars?

    variance per bar = mean( ln(H / L)^2 ) / (4 ln 2)

H, L   high and low of a bar (quote/base)
Source: Parkinson 1980; 5.2 times as efficient as closes.
Wrong when: there is a drift (reads high); few ticks in a bar (reads low).
Example: every bar 1 % high: 0.0001 / 2.7726, sqrt = 0.6006 % a bar; of a minute 22.8 % a day.
"""

import math
from typing import ClassVar

import numpy as np

from market.instrument import Floats
from models.volatility.bars import HIGH, LOW, BarVolatility


def parkinson_variance(bars: Floats) -> float:
    """Per bar, of (n, 4) open, high, low, close."""
    return float(np.mean(np.log(bars[:, HIGH] / bars[:, LOW]) ** 2)) / (4 * math.log(2))


class ParkinsonVolatility(BarVolatility):
    """Highs and lows."""

    name: ClassVar[str] = "parkinson"
    label: ClassVar[str] = "Parkinson, highs and lows"

    def variance(self, cells: Floats, bars: Floats) -> float:
        """Of one bar."""
        return parkinson_variance(bars)
