"""Iceberg: a limit order that shows one slice at a time; each new one joins the back of the queue.

    taken  = min(quantity, reach(L))             resting in slices  d, ..., d, rest
    traded volume until all is done = Q + (k - 1) B + resting

L      limit price, as for a limit order         d   shown at a time (base), whole lots
k      slices                                    Q   queue ahead of the first slice (base)
B      queue behind which every later slice joins (base): assumed as large as what rests there now
Shown all at once, the volume would be Q + resting: (k - 1) B is what hiding costs in priority.
Source: order semantics of venues with a display size.
Wrong when: the queue that builds up behind differs from the one there now.
Example: 5 to rest, 2 shown, 3 ahead: slices 2, 2, 1; 3 + 2 * 3 + 5 = 14 must trade instead of 8.
"""

from dataclasses import dataclass
from math import ceil
from typing import ClassVar

from market.errors import OrderError
from market.instrument import Side
from models.base import Execution, MarketState, Request
from models.depth_curve import SNAP
from models.execution.limit_price import (
    behind_own_best,
    behind_parameter,
    price_parameter,
    queue_at,
    reach,
)
from models.execution.take_and_rest import carried_out, horizon_parameter, rest_with_remainder
from models.parameters import parameter
from models.resolve import Resolved, priced_book


@dataclass(frozen=True, slots=True)
class Iceberg:
    """Maker for what rests, one slice after the other."""

    name: ClassVar[str] = "iceberg"
    label: ClassVar[str] = "Iceberg"

    price: float = price_parameter()
    ticks: float = behind_parameter()
    shown_frac: float = parameter(
        0.1, low=0.001, high=1.0, unit="", meaning="share of the order shown at a time"
    )
    horizon_s: float = horizon_parameter(300.0)

    def own_price(self, side: Side, state: MarketState) -> float:
        """The limit price."""
        return behind_own_best(self.price, self.ticks, side, state)

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Take what crosses, rest in slices."""
        price = self.own_price(order.curve.side, state)
        taken = min(order.quantity, reach(order.curve, price))
        resting = order.quantity - taken
        if resting <= order.quantity * SNAP:
            return carried_out(order, request, state, taken=taken)
        shown = self._shown(order, state)
        queue = queue_at(priced_book(state), order.curve.side, price)
        to_clear = traded_until_done(resting, shown, queue, queue)
        base = state.instrument.base
        note = (
            f"{slice_count(resting, shown)} slices of {shown:.8g} {base}: {to_clear:.8g} {base} "
            f"must trade at {price:g} before all is done, {queue + resting:.8g} if all were shown."
        )
        return rest_with_remainder(
            order,
            request,
            state,
            price=price,
            taken=taken,
            horizon_s=self.horizon_s,
            queue_to_clear=to_clear,
            notes=(note,),
        )

    def _shown(self, order: Resolved, state: MarketState) -> float:
        """base of one slice, on whole lots."""
        instrument = state.instrument
        size = instrument.floor_to_lot(order.size * self.shown_frac)
        if size < instrument.min_size:
            least = instrument.min_size / order.size
            raise OrderError(
                "iceberg.shown_frac",
                f"{self.shown_frac:g} of the order is below the venue's smallest order",
                f"{least:.4g} to 1",
            )
        return order.quantity * size / order.size


def slice_count(resting: float, shown: float) -> int:
    """Slices of `shown` (base) that make up what rests, the last one perhaps smaller."""
    return ceil(resting / shown * (1 - 1e-12))


def traded_until_done(resting: float, shown: float, ahead: float, behind: float) -> float:
    """base that must trade at the price before the last slice is done."""
    return ahead + (slice_count(resting, shown) - 1) * behind + resting
