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
from models.base import Execution, MarketState, Request
from models.execution.base import sigma_of
from models.execution.limit_price import (
    MAX_TICKS,
    behind_own_best,
    beyond_other_best,
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
class PostOnly:
    """Maker, or nothing."""

    name: ClassVar[str] = "post_only"
    label: ClassVar[str] = "Post-only"

    price: float = price_parameter()
    ticks: float = parameter(
        0.0, low=-MAX_TICKS, high=MAX_TICKS, unit="ticks", meaning="behind own best price"
    )
    reprice: float = parameter(
        0.0, low=0.0, high=1.0, unit="", meaning="1 = one tick before crossing, not refused"
    )
    horizon_s: float = parameter(
        60.0, low=0.1, high=86_400.0, unit="s", meaning="until the rest crosses the spread"
    )

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Rest with everything."""
        book, side = priced_book(state), order.curve.side
        price = self._price(order, state)
        waiting = expected(
            state,
            order.curve,
            sigma_of(request, state)[0],
            quantity=order.quantity,
            price=price,
            horizon_s=self.horizon_s,
            queue_ahead=queue_at(book, side, price),
        )
        return carried_out(order, request, state, taken=0.0, waiting=waiting)

    def _price(self, order: Resolved, state: MarketState) -> float:
        book, side, tick = priced_book(state), order.curve.side, state.instrument.tick_size
        price = (
            on_tick(self.price, side, tick)
            if self.price
            else behind_own_best(book, side, self.ticks, tick)
        )
        if reach(order.curve, price) <= 0:
            return price
        last = beyond_other_best(book, side, -1, tick)
        if self.reprice:
            return last
        raise OrderError(
            "post_only.price",
            f"{price:g} would trade with {order.curve.best:g}, so the order is refused",
            f"{last:g} or further away",
        )
