"""Post-only: rest with everything, or be refused; never take.

    resting = quantity  if L does not cross;  else refused, or repriced to one tick before crossing

L   limit price: typed, or so many ticks behind the best of the order's own side (quote/base)
A buy at the best ask crosses, since it would trade.
Source: order semantics of most venues; some reprice instead of refusing (`reprice`).
Wrong when: the chance of a fill is (models/fill/resting.py).
Example: bid 99, ask 101, tick 1; a buy at 101 is refused, or rests at 100.
"""

from dataclasses import dataclass
from typing import ClassVar

from market.errors import OrderError
from market.instrument import Side
from models.base import Execution, MarketState, Request
from models.execution.limit_price import (
    behind_own_best,
    behind_parameter,
    beyond_other_best,
    price_parameter,
)
from models.execution.take_and_rest import (
    LEARNED,
    horizon_parameter,
    learned_parameter,
    rest_with_remainder,
)
from models.parameters import parameter
from models.resolve import Resolved, priced_book


@dataclass(frozen=True, slots=True)
class PostOnly:
    """Maker, or nothing."""

    name: ClassVar[str] = "post_only"
    label: ClassVar[str] = "Post-only"

    price: float = price_parameter()
    ticks: float = behind_parameter()
    reprice: float = parameter(
        0.0, low=0.0, high=1.0, unit="", meaning="1 = one tick before crossing, not refused"
    )
    horizon_s: float = horizon_parameter(60.0)
    learned: float = learned_parameter()

    def own_price(self, side: Side, state: MarketState) -> float:
        """The limit price, or OrderError where it would trade and may not move."""
        price = behind_own_best(self.price, self.ticks, side, state)
        best = float(priced_book(state).levels(side)[0][0])
        if side.sign * (price - best) < 0:
            return price
        last = beyond_other_best(0.0, -1, side, state)
        if self.reprice:
            return last
        raise OrderError(
            "post_only.price",
            f"{price:g} would trade with {best:g}, so the order is refused",
            f"{last:g} or further away",
        )

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Rest with everything."""
        price = self.own_price(order.curve.side, state)
        return rest_with_remainder(
            order,
            request,
            state,
            price=price,
            taken=0.0,
            horizon_s=self.horizon_s,
            is_learned=self.learned >= LEARNED,
        )
