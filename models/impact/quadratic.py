"""What does S1, the earlier desktop simulator, charge for market impact?

    I = C * sigma_day * (Q / ADV) * Q            impact_bps = 1e4 * I / notional

C          0.5 (dimensionless)      sigma_day  volatility per square root of a day (fraction)
Q          money that changes hands (quote)
ADV        money traded per day (quote); S1 assumed 5e9 for every market
Source: earlier system S1. Impact linear in size, so its cost is quadratic.
Wrong when: always as an addition to a walked cost, which already holds the temporary impact; far
below the square-root law for small orders (ratio C * sqrt(Q / ADV)); it knows no horizon, so one
second and one day cost the same.
Example: C = 0.5, sigma_day = 0.02, Q = 1e6, ADV = 5e9:
I = 0.5 * 0.02 * 2e-4 * 1e6 = 2 quote, 0.02 bps.
"""

from dataclasses import dataclass
from typing import ClassVar

from market.units import bps_of
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.parameters import parameter


@dataclass(frozen=True, slots=True)
class QuadraticImpact:
    """S1's impact, as it wrote it."""

    name: ClassVar[str] = "quadratic"
    kind: ClassVar[CostKind] = CostKind.IMPACT

    c: float = parameter(0.5, low=0.0, high=10.0, unit="", meaning="S1's impact coefficient")
    adv_quote: float = parameter(
        5e9, low=1.0, high=1e15, unit="quote/day", meaning="S1's day volume, where not measured"
    )
    measured: float = parameter(
        0.0, low=0.0, high=1.0, unit="", meaning="1 = the market's own day volume instead of S1's"
    )

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent while the volatility, or a measured volume that was asked for, is unknown."""
        sigma, adv = execution.sigma_day, self._adv(execution)
        if sigma is None:
            return self._absent("the volatility is not known yet")
        if adv is None:
            return self._absent("the day's volume is not known yet")
        fill = execution.fill
        bps = bps_of(self.c * sigma * fill.value / adv * fill.value, fill.notional)
        origin = Origin.MEASURED if self.measured else Origin.ASSUMED
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · C · σ_day · (Q / ADV) · Q / notional",
                inputs=(
                    Input("C", "S1's coefficient", self.c, "", Origin.ASSUMED),
                    Input("σ_day", "volatility", sigma, "1/√day", execution.sigma_origin),
                    Input("Q", "money that changes hands", fill.value, "quote", Origin.MEASURED),
                    Input("ADV", "traded per day", adv, "quote/day", origin),
                    Input("notional", "filled at the mid", fill.notional, "quote", Origin.MEASURED),
                ),
                source="earlier system S1",
                caveat="The walk already holds the temporary impact: S1 charges it twice.",
            ),
        )

    def _adv(self, execution: Execution) -> float | None:
        if not self.measured:
            return self.adv_quote
        adv = execution.state.adv
        return adv * execution.fill.mid if adv else None

    def _absent(self, reason: str) -> Absent:
        return Absent(kind=self.kind, model=self.name, reason=reason)
