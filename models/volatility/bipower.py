"""How volatile is the mid between its jumps?

    variance per bar = (pi / 2) mean( |r_i| |r_{i+1}| )

r_i    log return from close to close of neighbouring bars (dimensionless)
Source: Barndorff-Nielsen & Shephard 2004. A single jump stands beside a small return, so it hardly
counts; realised variance less this one is the part of the jumps.
Wrong when: jumps come in a row; closes lie on a coarse tick. Returns over a hole are left out.
Example: every return +-1e-3: (pi / 2) 1e-6, sqrt = 1.2533e-3 a bar.
"""

import math
from typing import ClassVar

import numpy as np

from market.instrument import Floats
from models.volatility.bars import CLOSE, BarVolatility


def bipower_variance(returns: Floats) -> float:
    """Per return, of (n,) neighbouring returns (NaN = a hole); NaN where no two are neighbours."""
    products = np.abs(returns[1:] * returns[:-1])
    kept = products[~np.isnan(products)]
    return math.pi / 2 * float(kept.mean()) if kept.size else math.nan


class BipowerVolatility(BarVolatility):
    """Products of neighbouring returns."""

    name: ClassVar[str] = "bipower"
    label: ClassVar[str] = "Bipower, without jumps"

    def missing(self) -> str:
        """Bars, and rows of three bars, still to come."""
        few = super().missing()
        cells = [bar[0] for bar in self._bars]
        rows = sum(c - a == 2 for a, c in zip(cells, cells[2:], strict=False))
        return few or ("" if rows else "the bars seen have holes between them")

    def variance(self, cells: Floats, bars: Floats) -> float:
        """Of one bar."""
        returns = np.diff(np.log(bars[:, CLOSE]))
        return bipower_variance(np.where(np.diff(cells) == 1, returns, np.nan))
