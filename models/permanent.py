"""How much dearer do the later parts of an order get because of the earlier ones, for good?

    permanent = gamma sum(x_k n_k) / (X mid) * 1e4          bps
    gamma     = g sigma_day mid / V                         quote/base^2

n_k, x_k   base of part k, and what is left after it; X all parts, so sum(x_k n_k) is between 0 (one
           part) and X^2 / 2 (many)
g          permanent impact of a day's volume, in daily volatilities: 1.18 = 0.314 * 200^(1/4)
sigma_day  volatility (1/sqrt day)        V   traded per day (base)
Source: Almgren & Chriss 2000, eq. 4; linear, as it must be (Huberman & Stanzl 2004); g from
Almgren, Thum, Hauptmann & Li 2005 (0.314 +- 0.041: the band).
Wrong when: other traders know of the order; V is one venue's while the price is made on many.
The parts walk a book that has come back to its place; this is the part of the push that stays. An
order that trades at once meets none of it.
Example: X = 1 % of V in two halves, sigma_day = 3 %: 1e4 * 1.18 * 0.03 * 0.01 / 4 = 0.885 bps.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from market.units import BPS
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.parameters import parameter

FITTED_ERROR = 0.041 / 0.314


@dataclass(frozen=True, slots=True)
class PermanentImpact:
    """Linear, on the parts as they are sent."""

    name: ClassVar[str] = "permanent"
    kind: ClassVar[CostKind] = CostKind.PERMANENT_IMPACT

    of_day: float = parameter(
        1.18, low=0.0, high=100.0, unit="σ_day", meaning="lasting impact of a day's volume"
    )

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent while volatility or day volume is unknown."""
        sigma, adv, fill = execution.sigma_day, execution.state.adv, execution.fill
        if sigma is None:
            return self._absent("the volatility is not known yet")
        if adv is None or adv <= 0:
            return self._absent("the day's volume is not known yet")
        overlap = _overlap(execution)
        bps = BPS * self.of_day * sigma / adv * overlap / fill.filled
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps * (1 - FITTED_ERROR),
            high_bps=bps * (1 + FITTED_ERROR),
            model=self.name,
            explanation=Explanation(
                formula="1e4 · g · σ_day / V · Σ x n / X",
                inputs=(
                    Input("g", "lasting impact of a day", self.of_day, "σ_day", Origin.PUBLISHED),
                    Input("σ_day", "volatility", sigma, "1/√day", execution.sigma_origin),
                    Input("V", "traded per day", adv, "base/day", Origin.MEASURED),
                    Input("Σ x n", "left after each part", overlap, "base²", Origin.MEASURED),
                    Input("X", "all parts", fill.filled, "base", Origin.MEASURED),
                ),
                source="Almgren & Chriss 2000, eq. 4; Almgren et al. 2005",
                caveat="Fitted to US shares of 2001 to 2003.",
            ),
        )

    def _absent(self, reason: str) -> Absent:
        return Absent(kind=self.kind, model=self.name, reason=reason)


def _overlap(execution: Execution) -> float:
    """sum(x_k n_k) (base squared); zero for an order that trades at once."""
    parts = np.array([child.filled for child in execution.children])
    left = parts.sum() - np.cumsum(parts)
    return float(left @ parts)
