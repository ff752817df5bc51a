"""Market order: take what the book holds, now, at any price.

    filled = min(quantity, A_L)  (or as the depth policy says);   maker share = 0

quantity   base on whole lots        A_L   base the visible book holds
Source: order semantics of every venue. Wrong when: the venue protects against far prices
(price bands) or the book moves before the order arrives.
Example: asks 100 x 1, 101 x 2; buying 2 fills 2 at 100.5, all taker.
"""

from dataclasses import dataclass
from typing import ClassVar

from models.base import Execution, MarketState, Request
from models.execution.base import AtAnyPrice, sigma_of
from models.resolve import Resolved
from models.walk import walk


@dataclass(frozen=True, slots=True)
class MarketOrder(AtAnyPrice):
    """Taker, at once."""

    name: ClassVar[str] = "market"
    label: ClassVar[str] = "Market"

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Walk the book."""
        sigma_day, origin = sigma_of(request, state)
        return Execution(
            fill=walk(order.curve, order.quantity, order.policy),
            maker_share=0.0,
            state=state,
            request=request,
            sigma_day=sigma_day,
            sigma_origin=origin,
        )
