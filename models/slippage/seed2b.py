"""What slippage does S2b, the second notebook simulator, report?

    slip % = USD / 10000                  its degree-2 polynomial through five points on a line
    slip_usd = mid * slip % / 100         as it wrote it;  USD * slip % / 100  with of_order = 1

USD    the order at the mid (quote)       mid   quote/base
Source: earlier system S2b. Its quadratic term is zero, because the points it learned lie on a line.
Wrong when: always. It never looks at the book. Unit errors: 1,000,000 USD slip 100 %; slip_usd
forgets the order's size, so as a share of the order it is mid / 1e6 at any size.
Example: USD 200 at mid 100: 0.02 %, slip_usd 0.02 quote, 1 bps of 200; with of_order 0.04, 2 bps.
"""

from dataclasses import dataclass
from typing import ClassVar

from market.units import bps_of
from models.base import CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.parameters import parameter

PCT_PER_QUOTE = 1 / 10_000


@dataclass(frozen=True, slots=True)
class Seed2bSlippage:
    """S2b's polynomial."""

    name: ClassVar[str] = "slippage_s2b"
    kind: ClassVar[CostKind] = CostKind.SLIPPAGE

    of_order: float = parameter(
        0.0, low=0.0, high=1.0, unit="", meaning="1 = percentage of the order, 0 = of one coin"
    )

    def estimate(self, execution: Execution) -> CostComponent:
        """A line in the amount, whatever the book."""
        fill = execution.fill
        slip_pct = PCT_PER_QUOTE * fill.notional
        slip_usd = (fill.notional if self.of_order else fill.mid) * slip_pct / 100
        bps = bps_of(slip_usd, fill.notional)
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="slip % = USD / 10000;  slip_usd = mid · slip % / 100",
                inputs=(
                    Input("USD", "order at the mid", fill.notional, "quote", Origin.MEASURED),
                    Input("mid", "arrival price", fill.mid, "quote/base", Origin.MEASURED),
                    Input("slip", "S2b's percentage", slip_pct, "%", Origin.ASSUMED),
                    Input("slip_usd", "in money", slip_usd, "quote", Origin.ASSUMED),
                ),
                source="earlier system S2b",
                caveat=(
                    "Unit errors: no book, 100 % at a million, and a percentage of one coin "
                    "instead of the order."
                ),
            ),
        )
