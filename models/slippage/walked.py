"""How far from the mid does the order fill, in one number, as S1 reports it?

    slippage   = side * (average - mid) / mid
    cost_bps   = 1e4 * slippage * value / notional

average   mean price of walking the book (quote/base)      side   +1 buy, -1 sell
mid       (best bid + best ask) / 2       value, notional   filled at the average, at the mid
S1 applies the fraction to the money spent, not to the arrival notional: hence value / notional,
which is (1 + slippage) for a buy. Here the slippage is the walk itself, not S1's regression.
Source: earlier system S1, which bought only; selling is its mirror image.
Wrong when: added to an impact term that charges the same liquidity again.
Example: asks 100 x 1, 102 x 1, bid 98, mid 99; buying both: average 101, (101 - 99) / 99 =
202.0 bps, on 202 quote against a notional of 198: 206.1 bps, 4.08 quote.
"""

from dataclasses import dataclass
from typing import ClassVar

from models.base import CostComponent, CostKind, Execution, Explanation, Input, Origin


@dataclass(frozen=True, slots=True)
class WalkedSlippage:
    """Spread and depth together."""

    name: ClassVar[str] = "walked"
    kind: ClassVar[CostKind] = CostKind.SLIPPAGE

    def estimate(self, execution: Execution) -> CostComponent:
        """Exact for this instant, so the band has no width."""
        fill = execution.fill
        slippage = fill.slippage_bps
        bps = slippage * fill.value / fill.notional
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · side · (average − mid) / mid · value / notional",
                inputs=(
                    Input(
                        "average", "mean fill price", fill.average, "quote/base", Origin.MEASURED
                    ),
                    Input("mid", "arrival price", fill.mid, "quote/base", Origin.MEASURED),
                    Input("slippage", "against the mid", slippage, "bps", Origin.MEASURED),
                    Input("value", "filled at the average", fill.value, "quote", Origin.MEASURED),
                ),
                source="earlier system S1, its walk of the book",
                caveat="S1 applies the fraction to the money spent.",
            ),
        )
