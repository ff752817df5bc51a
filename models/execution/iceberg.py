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
class Iceberg:
    """Maker for what rests, one slice after the other."""

    name: ClassVar[str] = "iceberg"
    label: ClassVar[str] = "Iceberg"

    price: float = price_parameter()
    ticks: float = parameter(
        0.0, low=-MAX_TICKS, high=MAX_TICKS, unit="ticks", meaning="behind own best price"
    )
    shown_frac: float = parameter(
        0.1, low=0.001, high=1.0, unit="", meaning="share of the order shown at a time"
    )
    horizon_s: float = parameter(
        300.0, low=0.1, high=86_400.0, unit="s", meaning="until the rest crosses the spread"
    )

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Take what crosses, rest in slices."""
        book, side, tick = priced_book(state), order.curve.side, state.instrument.tick_size
        price = (
            on_tick(self.price, side, tick)
            if self.price
            else behind_own_best(book, side, self.ticks, tick)
        )
        taken = min(order.quantity, reach(order.curve, price))
        resting = order.quantity - taken
        if resting <= order.quantity * SNAP:
            return carried_out(order, request, state, taken=taken)
        shown = self._shown(order, state)
        queue, slices = queue_at(book, side, price), slice_count(resting, shown)
        to_clear = traded_until_done(resting, shown, queue, queue)
        waiting = expected(
            state,
            order.curve,
            sigma_of(request, state)[0],
            quantity=resting,
            price=price,
            horizon_s=self.horizon_s,
            queue_ahead=queue,
            queue_to_clear=to_clear,
        )
        base = state.instrument.base
        note = (
            f"{slices} slices of {shown:.8g} {base}: {to_clear:.8g} {base} must trade at {price:g} "
            f"before all is done, {queue + resting:.8g} if all were shown."
        )
        return carried_out(order, request, state, taken=taken, waiting=waiting, notes=(note,))

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
