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
from market.instrument import Side
from models.base import Execution, MarketState, Request
from models.execution.limit_price import (
    beyond_other_best,
    beyond_parameter,
    price_parameter,
    reach,
)
from models.execution.take_and_rest import carried_out
from models.resolve import Resolved


@dataclass(frozen=True, slots=True)
class ImmediateOrCancel:
    """Taker for what crosses, nothing for the rest."""

    name: ClassVar[str] = "ioc"
    label: ClassVar[str] = "Immediate or cancel"

    price: float = price_parameter()
    ticks: float = beyond_parameter()

    def own_price(self, side: Side, state: MarketState) -> float:
        """The limit price."""
        return beyond_other_best(self.price, self.ticks, side, state)

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Take what crosses."""
        price = self.own_price(order.curve.side, state)
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
