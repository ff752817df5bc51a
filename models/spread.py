"""What does it cost to cross from the mid to the best price on the other side?

    spread_bps = 1e4 * side * (best - mid) / mid

best   first price the order meets (quote/base)        mid   (best bid + best ask) / 2
side   +1 buy, -1 sell
Source: definition. Exact. Never negative; zero on a locked book.
Leaves to others: everything beyond the best price (depth), fees.
Example: bid 99, ask 101: (101 - 100) / 100 = 100 bps for a buy, the same for a sell.
"""

from dataclasses import dataclass
from typing import ClassVar

from market.units import slippage_bps
from models.base import CostComponent, CostKind, Execution, Explanation, Input, Origin


@dataclass(frozen=True, slots=True)
class SpreadCost:
    """Half the distance between best bid and best ask, on every unit filled."""

    name: ClassVar[str] = "spread"
    kind: ClassVar[CostKind] = CostKind.SPREAD

    def estimate(self, execution: Execution) -> CostComponent:
        """Exact for this instant, so the band has no width."""
        fill = execution.fill
        bps = slippage_bps(fill.side.sign, fill.best, fill.mid)
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · side · (best − mid) / mid",
                inputs=(
                    Input("best", "first price taken", fill.best, "quote/base", Origin.MEASURED),
                    Input("mid", "arrival price", fill.mid, "quote/base", Origin.MEASURED),
                    Input("side", "+1 buy, −1 sell", fill.side.sign, "", Origin.TYPED),
                ),
                source="definition, on the book as it stands",
            ),
        )
