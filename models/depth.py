"""What does it cost to walk the book beyond the best price?

    depth_bps = 1e4 * side * (average - best) / mid

average   mean fill price (quote/base; models/walk.py)   best   first price met (quote/base)
side      +1 buy, -1 sell                                mid    (best bid + best ask) / 2
Source: definition. Exact for the book as it stands. Zero while the first level is enough; spread
and depth together are the whole distance of the average price from the mid.
Wrong when: the book moves before the order arrives; it is a guess beyond the visible book.
This is the temporary impact of an order that trades at once: do not add another one to it.
Example: bid 99, asks 101 x 1, 102 x 1; buying 2: (101.5 - 101) / 100 = 50 bps.
"""

from dataclasses import dataclass
from typing import ClassVar

from market.units import BPS
from models.base import CostComponent, CostKind, Execution, Explanation, Input, Origin


@dataclass(frozen=True, slots=True)
class DepthCost:
    """Prices worse than the best one, as far as the order reaches."""

    name: ClassVar[str] = "depth"
    kind: ClassVar[CostKind] = CostKind.DEPTH

    def estimate(self, execution: Execution) -> CostComponent:
        """Exact for this instant, so the band has no width."""
        fill = execution.fill
        bps = fill.side.sign * (fill.average - fill.best) / fill.mid * BPS
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · side · (average − best) / mid",
                inputs=(
                    Input(
                        "average",
                        f"mean fill price over {fill.levels} levels",
                        fill.average,
                        "quote/base",
                        Origin.ASSUMED if fill.beyond else Origin.MEASURED,
                    ),
                    Input("best", "first price taken", fill.best, "quote/base", Origin.MEASURED),
                    Input("mid", "arrival price", fill.mid, "quote/base", Origin.MEASURED),
                ),
                source="walk of the visible book, exact for this instant",
                caveat="" if not fill.beyond else BEYOND,
            ),
        )


BEYOND = "Part of the order lies beyond the visible book; its price is a guess."
