"""Limit order: take what stands at the limit price or better, rest with the remainder.

    taken = min(quantity, reach(L))        resting = quantity - taken

L   limit price: typed, or so many ticks behind the best of the order's own side (quote/base)
reach(L)   base of all levels at L or better (models/execution/limit_price.py)
The crossing part is taker, the rest maker if it fills. What has not filled by the deadline crosses
the spread then: its cost is in the total, so every order type is priced for the whole quantity.
Source: order semantics of every venue.
Wrong when: the chance of a fill is, which is an indication at best (models/fill/resting.py).
Example: asks 101 x 1, 102 x 2; a buy of 2 at 101 takes 1 and rests with 1 at 101.
"""

from dataclasses import dataclass
from typing import ClassVar

from market.instrument import Side
from models.base import Execution, MarketState, Request
from models.execution.limit_price import (
    behind_own_best,
    behind_parameter,
    price_parameter,
    reach,
)
from models.execution.take_and_rest import (
    LEARNED,
    horizon_parameter,
    learned_parameter,
    rest_with_remainder,
)
from models.resolve import Resolved


@dataclass(frozen=True, slots=True)
class LimitOrder:
    """Taker for the crossing part, maker for the rest."""

    name: ClassVar[str] = "limit"
    label: ClassVar[str] = "Limit"

    price: float = price_parameter()
    ticks: float = behind_parameter()
    horizon_s: float = horizon_parameter(60.0)
    learned: float = learned_parameter()

    def own_price(self, side: Side, state: MarketState) -> float:
        """The limit price."""
        return behind_own_best(self.price, self.ticks, side, state)

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Take what crosses, rest with the remainder."""
        price = self.own_price(order.curve.side, state)
        return rest_with_remainder(
            order,
            request,
            state,
            price=price,
            taken=min(order.quantity, reach(order.curve, price)),
            horizon_s=self.horizon_s,
            is_learned=self.learned >= LEARNED,
        )
