"""One execution out of parts that are taken from the book one after the other.

    average  = sum filled_k average_k / sum filled_k
    risk_bps = 1e4 sigma_day sqrt( sum_k (x_k / X)^2 gap_k )

filled_k, average_k   of part k, on a book that refills between parts (models/planning/refill.py)
x_k   still to do after part k (base)      X   all parts (base)      gap_k   until the next (day)
Every part crosses the spread: maker share 0. What the price does meanwhile is no cost on average
but a risk; it stands beside the total as one standard deviation.
Source: Almgren & Chriss 2000 for the risk. Wrong when: the price has a drift, or parts move it for
good: permanent impact is another model's.
Example: two halves a day apart, sigma_day = 2 %: 1e4 * 0.02 * 1/2 = 100 bps of risk.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from market.units import BPS, SECONDS_PER_DAY
from models.base import Child, Execution, Fill, MarketState, Request
from models.depth_curve import SNAP
from models.execution.base import sigma_of
from models.parameters import parameter
from models.planning.refill import work
from models.planning.slicing import children
from models.resolve import Resolved

MAX_SLICES = 500


def slices_parameter() -> float:
    """How many parts."""
    count: float = parameter(10.0, low=1.0, high=MAX_SLICES, unit="", meaning="number of parts")
    return count


def duration_parameter() -> float:
    """From the first part to the end."""
    duration: float = parameter(
        600.0, low=1.0, high=604_800.0, unit="s", meaning="from arrival to the end"
    )
    return duration


def refill_parameter() -> float:
    """How fast the book comes back."""
    refill: float = parameter(
        5.0, low=0.0, high=86_400.0, unit="s", meaning="until 63 % of taken depth is back"
    )
    return refill


def starts(slices: float, duration_s: float) -> Floats:
    """(n,) seconds after arrival; the parts start at the beginning of n equal spans."""
    count = round(slices)
    return np.linspace(0.0, duration_s, count, endpoint=False)


def carried_out_over_time(
    order: Resolved,
    request: Request,
    state: MarketState,
    *,
    shares: Sequence[float] | Floats,
    starts_s: Floats,
    refill_s: float,
    shortfall: str = "",
    notes: tuple[str, ...] = (),
) -> Execution:
    """The execution, from the cumulative shares of the order done after each part."""
    quantities = children(order, state.instrument, shares)
    worked = work(order.curve, quantities.tolist(), starts_s.tolist(), refill_s)
    sigma_day, origin = sigma_of(request, state)
    return Execution(
        fill=_fill(order, worked),
        maker_share=0.0,
        state=state,
        request=request,
        sigma_day=sigma_day,
        sigma_origin=origin,
        children=worked,
        risk_bps=None if sigma_day is None else risk_bps(worked, sigma_day),
        shortfall=shortfall,
        notes=notes,
    )


def risk_bps(worked: Sequence[Child], sigma_day: float) -> float:
    """Standard deviation of the cost from the price moving while parts are still to come."""
    filled = np.array([child.filled for child in worked])
    still = filled.sum() - np.cumsum(filled)
    gaps = np.diff([child.start_s for child in worked]) / SECONDS_PER_DAY
    return float(BPS * sigma_day * sqrt(float(np.sum(still[:-1] ** 2 * gaps))) / filled.sum())


def _fill(order: Resolved, worked: Sequence[Child]) -> Fill:
    curve = order.curve
    filled = sum(child.filled for child in worked)
    if filled <= 0:
        raise OrderError("quantity", "no part is large enough for the venue", "a larger order")
    money = sum(child.filled * child.average for child in worked)
    largest = max(child.filled for child in worked)
    worst = max(worked, key=lambda child: curve.side.sign * child.average)
    return Fill(
        side=curve.side,
        quantity=order.quantity,
        filled=filled if filled < order.quantity * (1 - SNAP) else order.quantity,
        mid=curve.mid,
        best=curve.best,
        average=money / filled,
        worst=worst.average,
        levels=int(curve.level_of(min(largest, curve.visible))) + 1,
        visible=curve.visible,
    )
