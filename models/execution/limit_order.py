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

from models.base import Execution, MarketState, Request
from models.depth_curve import SNAP
from models.execution.base import sigma_of
from models.execution.limit_price import (
    MAX_TICKS,
    behind_own_best,
    on_tick,
    price_parameter,
    queue_at,
    reach,
)
from models.execution.take_and_rest import carried_out
from models.fill.resting import expected
from models.parameters import parameter
from models.resolve import Resolved, priced_book


@dataclass(frozen=True, slots=True)
class LimitOrder:
    """Taker for the crossing part, maker for the rest."""

    name: ClassVar[str] = "limit"
    label: ClassVar[str] = "Limit"

    price: float = price_parameter()
    ticks: float = parameter(
        0.0, low=-MAX_TICKS, high=MAX_TICKS, unit="ticks", meaning="behind own best price"
    )
    horizon_s: float = parameter(
        60.0, low=0.1, high=86_400.0, unit="s", meaning="until the rest crosses the spread"
    )

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Take what crosses, rest with the remainder."""
        curve, book, tick = order.curve, priced_book(state), state.instrument.tick_size
        side = curve.side
        price = (
            on_tick(self.price, side, tick)
            if self.price
            else behind_own_best(book, side, self.ticks, tick)
        )
        taken = min(order.quantity, reach(curve, price))
        if taken >= order.quantity * (1 - SNAP):
            return carried_out(order, request, state, taken=taken)
        waiting = expected(
            state,
            curve,
            sigma_of(request, state)[0],
            quantity=order.quantity - taken,
            price=price,
            horizon_s=self.horizon_s,
            queue_ahead=queue_at(book, side, price),
        )
        return carried_out(order, request, state, taken=taken, waiting=waiting)
