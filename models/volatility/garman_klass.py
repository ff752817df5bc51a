"""How volatile is the mid, from the height and the body of its bars?

    variance per bar = mean( ln(H / L)^2 / 2 - (2 ln 2 - 1) ln(C / O)^2 )

O, H, L, C   open, high, low, close of a bar (quote/base)
Source: Garman & Klass 1980; 7.4 times as efficient as closes. The variant with 0.511, 0.019 and
0.383 is another one and not used here.
Wrong when: there is a drift (reads high); few ticks in a bar (reads low).
Example: every bar rises 1 % from low to high: 1e-4 / 2 - 0.3863e-4 = 1.137e-5 (with ln 1.01 ~ 1 %).
"""

import math
from typing import ClassVar

import numpy as np

from market.instrument import Floats
from models.volatility.bars import CLOSE, HIGH, LOW, OPEN, BarVolatility


def garman_klass_variance(bars: Floats) -> float:
    """Per bar, of (n, 4) open, high, low, close. Never below zero for well-formed bars."""
    height = np.log(bars[:, HIGH] / bars[:, LOW]) ** 2
    body = np.log(bars[:, CLOSE] / bars[:, OPEN]) ** 2
    return float(np.mean(height / 2 - (2 * math.log(2) - 1) * body))


class GarmanKlassVolatility(BarVolatility):
    """Highs, lows, opens and closes."""

    name: ClassVar[str] = "garman_klass"
    label: ClassVar[str] = "Garman-Klass, whole bars"

    def variance(self, cells: Floats, bars: Floats) -> float:
        """Of one bar."""
        return garman_klass_variance(bars)
