"""How volatile is the mid, from whole bars, whatever its drift?

    variance per bar = mean( ln(H / C) ln(H / O) + ln(L / C) ln(L / O) )

O, H, L, C   open, high, low, close of a bar (quote/base)
Source: Rogers & Satchell 1991. Free of drift.
Wrong when: few ticks in a bar (reads low). A bar that only rises or only falls counts as nothing.
Example: open and close 100, high 101, low 99: ln(1.01)^2 + ln(0.99)^2 = 2.0002e-4.
"""

from typing import ClassVar

import numpy as np

from market.instrument import Floats
from models.volatility.bars import CLOSE, HIGH, LOW, OPEN, BarVolatility


def rogers_satchell_variance(bars: Floats) -> float:
    """Per bar, of (n, 4) open, high, low, close. Never below zero for well-formed bars."""
    o, h, low, c = np.log(bars[:, [OPEN, HIGH, LOW, CLOSE]]).T
    return max(0.0, float(np.mean((h - c) * (h - o) + (low - c) * (low - o))))


class RogersSatchellVolatility(BarVolatility):
    """Whole bars without their drift."""

    name: ClassVar[str] = "rogers_satchell"
    label: ClassVar[str] = "Rogers-Satchell, free of drift"

    def variance(self, cells: Floats, bars: Floats) -> float:
        """Of one bar."""
        return rogers_satchell_variance(bars)
