"""How volatile is the mid, from whole bars and the jumps between them?

    variance per bar = v_o + k v_c + (1 - k) v_rs         k = 0.34 / (1.34 + (n + 1) / (n - 1))

v_o    sample variance of ln(O_t / C_{t-1})     v_c   sample variance of ln(C_t / O_t)
v_rs   Rogers-Satchell of the same bars         n     bars that follow directly on another
Source: Yang & Zhang 2000. Free of drift, and the least variance among its kind.
Wrong when: few ticks in a bar (reads low). A bar after a hole has no previous close and is left
out. Without gaps between bars v_o is about zero, which is right for markets that never close.
Example: opens equal to the closes before, bodies of +1 % and -1 % in turn, no shadows: v_rs = 0,
n = 30: k = 0.1409, v_c = 1.034e-4, variance 1.457e-5.
"""

import math
from itertools import pairwise
from typing import ClassVar

import numpy as np

from market.instrument import Floats
from models.volatility.bars import CLOSE, OPEN, BarVolatility
from models.volatility.rogers_satchell import rogers_satchell_variance


def yang_zhang_variance(bars: Floats, previous_close: Floats) -> float:
    """Per bar, of (n, 4) bars and the (n,) closes just before them; NaN below two bars."""
    n = len(bars)
    if n < 2:
        return math.nan
    overnight = float(np.var(np.log(bars[:, OPEN] / previous_close), ddof=1))
    body = float(np.var(np.log(bars[:, CLOSE] / bars[:, OPEN]), ddof=1))
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    return overnight + k * body + (1 - k) * rogers_satchell_variance(bars)


class YangZhangVolatility(BarVolatility):
    """Whole bars and the jumps between them."""

    name: ClassVar[str] = "yang_zhang"
    label: ClassVar[str] = "Yang-Zhang, bars and the jumps between"

    def missing(self) -> str:
        """Bars, and pairs of bars, still to come."""
        few = super().missing()
        cells = [bar[0] for bar in self._bars]
        pairs = sum(b - a == 1 for a, b in pairwise(cells))
        return few or ("" if pairs >= 2 else "the bars seen have holes between them")

    def variance(self, cells: Floats, bars: Floats) -> float:
        """Of one bar."""
        follows = np.diff(cells) == 1
        return yang_zhang_variance(bars[1:][follows], bars[:-1][follows, CLOSE])
