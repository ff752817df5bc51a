"""What does S2a, the first notebook simulator, charge for market impact?

    temporary = 0.1 * sigma * q / V10          permanent = 0.05 * sigma * sqrt(q / V10)
    impact_bps = 1e4 * (temporary + permanent)

q       quantity (base)       V10   base on the first ten levels that the order meets
sigma   S2a's slider, 0.005 to 0.10, without a stated horizon; here the volatility per sqrt(day)
Source: earlier system S2a, which bought only; selling is its mirror image.
Wrong when: always. Unit errors: root and line are swapped (a lasting impact must be linear, or
buying slowly and selling fast earns money); V10 is a stock of base, not a rate; sigma has no
horizon; q beyond V10 extrapolates freely. Added to a walk it charges the same liquidity twice.
Example: q = 2, V10 = 8, sigma = 0.02: 0.1 * 0.02 / 4 + 0.05 * 0.02 / 2 = 0.001, 10 bps.
"""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from market.units import BPS
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.impact.facts import absent
from models.parameters import parameter

LEVELS = 10


@dataclass(frozen=True, slots=True)
class Seed2aImpact:
    """S2a's impact, as it wrote it."""

    name: ClassVar[str] = "impact_s2a"
    kind: ClassVar[CostKind] = CostKind.IMPACT

    temporary: float = parameter(0.1, low=0.0, high=10.0, unit="", meaning="S2a's linear factor")
    permanent: float = parameter(0.05, low=0.0, high=10.0, unit="", meaning="S2a's root factor")

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent while the volatility is unknown."""
        sigma, book, fill = execution.sigma_day, execution.state.book, execution.fill
        if sigma is None or book is None:
            return absent(self.name, "the volatility is not known yet")
        depth = float(book.levels(fill.side)[1][:LEVELS].sum())
        share = fill.filled / depth
        bps = BPS * sigma * (self.temporary * share + self.permanent * sqrt(share))
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · σ · [a · q/V₁₀ + b · √(q/V₁₀)]",
                inputs=(
                    Input("q", "quantity filled", fill.filled, "base", Origin.MEASURED),
                    Input("V₁₀", "first ten levels", depth, "base", Origin.MEASURED),
                    Input("σ", "volatility", sigma, "1/√day", execution.sigma_origin),
                    Input("a", "S2a's linear factor", self.temporary, "", Origin.ASSUMED),
                    Input("b", "S2a's root factor", self.permanent, "", Origin.ASSUMED),
                ),
                source="earlier system S2a",
                caveat=(
                    "Unit errors: the lasting part is a root and the passing part linear, the "
                    "wrong way round; V₁₀ is an amount, not a rate; σ had no horizon."
                ),
            ),
        )
