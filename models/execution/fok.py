"""Fill or kill: everything at the limit price or better, now, or nothing.

    taken = quantity  if reach(L) >= quantity,  else the whole order is cancelled

L   limit price: typed, or so many ticks beyond the other side's best price (quote/base)
Source: order semantics of every venue. Wrong when: the book moves before the order arrives.
A killed order has no cost: it is refused, with what the book holds at that price.
Example: asks 101 x 1, 102 x 2; a buy of 2 at 101 is killed, at 102 it fills at 101.5.
"""

from dataclasses import dataclass
from typing import ClassVar

from market.errors import OrderError
from market.instrument import Side
from models.base import Execution, MarketState, Request
from models.depth_curve import SNAP
from models.execution.limit_price import (
    beyond_other_best,
    beyond_parameter,
    price_parameter,
    reach,
)
from models.execution.take_and_rest import carried_out
from models.resolve import Resolved


@dataclass(frozen=True, slots=True)
class FillOrKill:
    """All or nothing, taker."""

    name: ClassVar[str] = "fok"
    label: ClassVar[str] = "Fill or kill"

    price: float = price_parameter()
    ticks: float = beyond_parameter()

    def own_price(self, side: Side, state: MarketState) -> float:
        """The limit price."""
        return beyond_other_best(self.price, self.ticks, side, state)

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Take everything or refuse."""
        price = self.own_price(order.curve.side, state)
        held = reach(order.curve, price)
        if order.quantity > held * (1 + SNAP):
            raise OrderError(
                "quantity",
                f"is {order.quantity:.8g}: killed, the book holds less at {price:g} or better",
                f"at most {held:.8g} base at that price",
            )
        return carried_out(order, request, state, taken=min(order.quantity, held))
