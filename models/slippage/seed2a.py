"""How far from the mid does the order fill, as S2a, the first notebook simulator, says?

    slippage = max(average / mid - 1, floor * 0.0005 * USD / 100)

average   walk of q = USD / mid base; what the visible book lacks trades at  1.05 * p_L
USD       the order at the mid (quote)       p_L   last visible price (quote/base)
floor     1 = S2a's floor, 0 = without it
Source: earlier system S2a, which bought only; selling is its mirror image.
Wrong when: the floor speaks. Unit error: it is a fraction that grows without bound, 5 bps at 100,
50 % at 100,000 USD, so above some 100 USD the walk is never used.
Example: bid 99, asks 101 x 1, 102 x 2, mid 100; USD 200: average 101.5, walk 1.5 %, floor 0.1 %.
"""

from dataclasses import dataclass
from typing import ClassVar

from market.units import BPS
from models.base import CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.parameters import parameter
from models.slippage.penalised import penalised_average

PENALTY_FRAC = 0.05
FLOOR_FRAC_PER_QUOTE = 0.0005 / 100


@dataclass(frozen=True, slots=True)
class Seed2aSlippage:
    """S2a's walk under its floor."""

    name: ClassVar[str] = "slippage_s2a"
    kind: ClassVar[CostKind] = CostKind.SLIPPAGE

    floor: float = parameter(
        1.0, low=0.0, high=1.0, unit="", meaning="1 = S2a's floor that grows with size, 0 = none"
    )

    def estimate(self, execution: Execution) -> CostComponent:
        """The larger of walk and floor."""
        fill = execution.fill
        average = penalised_average(execution, PENALTY_FRAC)
        walked = fill.side.sign * (average - fill.mid) / fill.mid
        usd = fill.quantity * fill.mid
        floor = self.floor * FLOOR_FRAC_PER_QUOTE * usd
        bps = BPS * max(walked, floor)
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · max(side · (average − mid) / mid, floor · 0.0005 · USD / 100)",
                inputs=(
                    Input("average", "walk with penalty", average, "quote/base", Origin.MEASURED),
                    Input("mid", "arrival price", fill.mid, "quote/base", Origin.MEASURED),
                    Input("USD", "order at the mid", usd, "quote", Origin.MEASURED),
                    Input("floor", "S2a's floor on or off", self.floor, "", Origin.ASSUMED),
                ),
                source="earlier system S2a",
                caveat="Unit error: the floor grows without bound, 50 % at 100,000 USD.",
            ),
        )
