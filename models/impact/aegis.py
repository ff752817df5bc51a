"""What does Aegis, the layered desktop simulator, charge for market impact?

    D = 100 * (bid depth + ask depth) / sigma
    temporary = 0.1 * sigma * r * sqrt(q / D)       permanent = 0.02 * sigma * q / D
    impact_bps = 1e4 * (temporary + permanent) * (1 + 0.5 sigma) / 100

q      quantity (base)      D    "daily volume" made up from the visible depth (base)
r      relative spread (fraction)      sigma   volatility per square root of a day (fraction)
Source: earlier system S3 "Aegis", its variant of Almgren-Chriss.
Wrong when: always. Unit errors: the last line divides a fraction by 100 as if it were a percentage;
D shrinks with volatility and knows nothing of what is traded; a locked book has no temporary part.
Added to a walk it charges the same liquidity twice.
Example: depths 3 and 3, sigma = 0.02, r = 0.02, q = 3: D = 30,000; sqrt(1e-4) = 0.01:
temporary 4e-7, permanent 4e-8; 4.4e-7 * 1.01 / 100 = 4.444e-9, 0.00004444 bps.
"""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from market.units import BPS
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.impact.facts import STILL, absent
from models.parameters import parameter


@dataclass(frozen=True, slots=True)
class AegisImpact:
    """Aegis's impact, as it wrote it."""

    name: ClassVar[str] = "impact_aegis"
    kind: ClassVar[CostKind] = CostKind.IMPACT

    temporary: float = parameter(0.1, low=0.0, high=10.0, unit="", meaning="Aegis's root factor")
    permanent: float = parameter(0.02, low=0.0, high=10.0, unit="", meaning="Aegis's linear factor")
    divisor: float = parameter(
        100.0, low=1.0, high=100.0, unit="", meaning="100 = Aegis's slip of units, 1 = without it"
    )

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent while the volatility is unknown."""
        sigma, book, fill = execution.sigma_day, execution.state.book, execution.fill
        if sigma is None or book is None:
            return absent(self.name, "the volatility is not known yet")
        depth = float(book.bid_sizes.sum() + book.ask_sizes.sum())
        if sigma < STILL:
            return absent(self.name, "the price has not moved: Aegis's day volume has no limit")
        share = fill.filled * sigma / (100 * depth)
        spread = 2 * book.half_spread_bps / BPS
        temporary = self.temporary * sigma * spread * sqrt(share)
        permanent = self.permanent * sigma * share
        bps = BPS * (temporary + permanent) * (1 + 0.5 * sigma) / self.divisor
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · [a σ r √(q/D) + b σ q/D] · (1 + σ/2) / divisor",
                inputs=(
                    Input("q", "quantity filled", fill.filled, "base", Origin.MEASURED),
                    Input("D", "100 · depth / σ", 100 * depth / sigma, "base", Origin.ASSUMED),
                    Input("r", "relative spread", spread, "", Origin.MEASURED),
                    Input("σ", "volatility", sigma, "1/√day", execution.sigma_origin),
                    Input("a", "Aegis's root factor", self.temporary, "", Origin.ASSUMED),
                    Input("b", "Aegis's linear factor", self.permanent, "", Origin.ASSUMED),
                    Input("divisor", "Aegis's slip of units", self.divisor, "", Origin.ASSUMED),
                ),
                source='earlier system S3 "Aegis"',
                caveat=(
                    "Unit errors: a fraction is divided by 100 as if it were a percentage; the "
                    "day's volume is made up from the depth and shrinks with volatility."
                ),
            ),
        )
