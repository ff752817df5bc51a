"""How far does an order of this size move the price, by the square-root law?

    peak_bps    = 1e4 * Y * sigma_day * sqrt(Q / V)
    average_bps = 2/3 * peak_bps

Y          constant of order 1 (dimensionless), 0.5 to 1.5 in most studies
sigma_day  volatility per square root of a day (fraction)
Q          quantity filled (base)          V   traded per day (base)
Source: Tokyo stocks 2024-25, exponent 0.489 ± 0.0015 (Sato & Kanazawa 2025); Bitcoin, over a
million metaorders, exponent ½ (Donier & Bonart 2015). 2/3 is the mean of a square root over the
fill, and the level the price falls back to if nobody profits from knowing that an order ended.
Wrong when: Q / V is below 1e-4 or above 0.2; the order is one sweep (walk the book instead).
Contains temporary and permanent impact: never add it to a walked cost.
Example: Y = 1, sigma_day = 0.03, Q = 1 % of V: peak 30 bps, average 20 bps.
"""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from market.units import BPS
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.parameters import parameter

AVERAGE_OF_PEAK = 2 / 3
Y_LOW, Y_HIGH = 0.5, 1.5
"""Spread of the constant between studies: the width of the band."""


def square_root_peak_bps(y: float, sigma_day: float, quantity: float, adv: float) -> float:
    """Distance between the price before and at the end of the order (bps)."""
    return BPS * y * sigma_day * sqrt(quantity / adv)


@dataclass(frozen=True, slots=True)
class SquareRootImpact:
    """The price expected to remain after the order, which is also what it pays on average."""

    name: ClassVar[str] = "square_root"
    kind: ClassVar[CostKind] = CostKind.PERMANENT_IMPACT

    y: float = parameter(1.0, low=0.1, high=10.0, unit="", meaning="constant of the law")

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent while volatility or day volume is unknown."""
        sigma, adv = execution.sigma_day, execution.state.adv
        if sigma is None:
            return self._absent("the volatility is not known yet")
        if adv is None or adv <= 0:
            return self._absent("the day's volume is not known yet")
        quantity = execution.fill.filled
        peak = square_root_peak_bps(self.y, sigma, quantity, adv)
        bps = AVERAGE_OF_PEAK * peak
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps * Y_LOW,
            high_bps=bps * Y_HIGH,
            model=self.name,
            explanation=Explanation(
                formula="2/3 · 1e4 · Y · σ_day · √(Q / V)",
                inputs=(
                    Input("Y", "constant of order 1", self.y, "", Origin.ASSUMED),
                    Input("σ_day", "volatility", sigma, "1/√day", execution.sigma_origin),
                    Input("Q", "quantity filled", quantity, "base", Origin.MEASURED),
                    Input("V", "traded per day", adv, "base/day", Origin.MEASURED),
                    Input("peak", "move at the end of the order", peak, "bps", Origin.ASSUMED),
                ),
                source="square-root law; Donier & Bonart 2015, Sato & Kanazawa 2025",
                caveat="Fitted for orders of 0.01 % to 20 % of a day's volume worked over time.",
            ),
        )

    def _absent(self, reason: str) -> Absent:
        return Absent(kind=self.kind, model=self.name, reason=reason)
