"""Immediate or cancel: take what stands at the limit price or better, cancel the remainder.

    taken = min(quantity, reach(L))        cancelled = quantity - taken

L   limit price: typed, or so many ticks beyond the other side's best price (quote/base)
Source: order semantics of every venue. Wrong when: the book moves before the order arrives.
An order that would take nothing at all has no cost: it is refused, with the price that takes some.
Example: asks 101 x 1, 102 x 2; a buy of 2 at 101 takes 1 and cancels 1.
"""

from dataclasses import dataclass
from typing import ClassVar

from market.errors import OrderError
from models.base import Execution, MarketState, Request
from models.execution.limit_price import (
    MAX_TICKS,
    beyond_other_best,
    on_tick,
    price_parameter,
    reach,
)
from models.execution.take_and_rest import carried_out
from models.parameters import parameter
from models.resolve import Resolved, priced_book


@dataclass(frozen=True, slots=True)
class ImmediateOrCancel:
    """Taker for what crosses, nothing for the rest."""

    name: ClassVar[str] = "ioc"
    label: ClassVar[str] = "Immediate or cancel"

    price: float = price_parameter()
    ticks: float = parameter(
        0.0, low=0.0, high=MAX_TICKS, unit="ticks", meaning="beyond the other side's best price"
    )

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Take what crosses."""
        side, tick = order.curve.side, state.instrument.tick_size
        price = (
            on_tick(self.price, side, tick)
            if self.price
            else beyond_other_best(priced_book(state), side, self.ticks, tick)
        )
        taken = min(order.quantity, reach(order.curve, price))
        if taken <= 0:
            raise OrderError(
                "ioc.price",
                f"{price:g} takes nothing, so the order is cancelled",
                f"{order.curve.best:g} or beyond",
            )
        base = state.instrument.base
        return carried_out(
            order,
            request,
            state,
            taken=taken,
            shortfall=f"{taken:.8g} of {order.quantity:.8g} {base} stand at {price:g} or better; "
            f"{order.quantity - taken:.8g} are cancelled.",
        )
