"""One execution out of what an order takes now and what it leaves in the book.

    average     = (t A + r (p L + (1 - p) b)) / (t + r)
    maker share = p r L / (average (t + r))            of the value, since fees are taken on value
    risk_bps    = 1e4 sigma_day sqrt(days) r / (t + r),   days = (1 - p) T + p * median fill time

t, A   taken (base), its average price        r, L   resting (base), limit price
p      chance that it fills by the deadline T     b   other side's best price: the rest crosses
What crossing at the deadline costs beyond b, and the move missed until then, is the opportunity
cost (models/opportunity.py). The risk is that of a price that is followed until the fill.
Source: expectation over fill and no fill. Example: t = 1 at 101, r = 1 at 99 with p = 1/2 and
b = 101: average (101 + 99 / 2 + 101 / 2) / 2 = 100.5, maker share 49.5 / 201.
"""

from math import sqrt

from market.units import BPS, SECONDS_PER_DAY
from models.base import Execution, Fill, MarketState, Request, Waiting
from models.depth_curve import SNAP
from models.depth_policy import depth_policy
from models.execution.base import sigma_of
from models.execution.limit_price import queue_at
from models.fill.resting import expected
from models.parameters import parameter
from models.resolve import Resolved, priced_book
from models.walk import walk

LEARNED = 0.5
"""A switch at or above this is on."""


def carried_out(
    order: Resolved,
    request: Request,
    state: MarketState,
    *,
    taken: float,
    waiting: Waiting | None = None,
    shortfall: str = "",
    notes: tuple[str, ...] = (),
) -> Execution:
    """The execution; taken and resting together must be more than nothing."""
    sigma_day, origin = sigma_of(request, state)
    fill = _fill(order, taken, waiting)
    return Execution(
        fill=fill,
        maker_share=_maker_share(fill, waiting),
        state=state,
        request=request,
        sigma_day=sigma_day,
        sigma_origin=origin,
        waiting=waiting,
        risk_bps=_risk_bps(taken, waiting, sigma_day),
        shortfall=shortfall,
        notes=notes,
    )


def rest_with_remainder(
    order: Resolved,
    request: Request,
    state: MarketState,
    *,
    price: float,
    taken: float,
    horizon_s: float,
    queue_to_clear: float | None = None,
    is_learned: bool = False,
    notes: tuple[str, ...] = (),
) -> Execution:
    """Take so much (base) now and wait with all else at the limit price, for so long.

    is_learned  the chance of a fill comes from the state's fill model instead of the formula
    """
    if taken >= order.quantity * (1 - SNAP):
        return carried_out(order, request, state, taken=taken)
    waiting = expected(
        state,
        order.curve,
        sigma_of(request, state)[0],
        quantity=order.quantity - taken,
        price=price,
        horizon_s=horizon_s,
        queue_ahead=queue_at(priced_book(state), order.curve.side, price),
        queue_to_clear=queue_to_clear,
        is_learned=is_learned,
    )
    return carried_out(order, request, state, taken=taken, waiting=waiting, notes=notes)


def learned_parameter() -> float:
    """The field that chooses where the chance of a fill comes from."""
    is_learned: float = parameter(
        0.0, low=0.0, high=1.0, unit="", meaning="1 = chance of a fill as learned, not by formula"
    )
    return is_learned


def horizon_parameter(default_s: float) -> float:
    """The field for the deadline of what rests."""
    horizon: float = parameter(
        default_s, low=0.1, high=86_400.0, unit="s", meaning="until the rest crosses the spread"
    )
    return horizon


def _maker_share(fill: Fill, waiting: Waiting | None) -> float:
    """Share of the value expected to trade as maker; what does not fill crosses at the deadline."""
    if waiting is None:
        return 0.0
    return waiting.fill_probability * waiting.quantity * waiting.price / fill.value


def _fill(order: Resolved, taken: float, waiting: Waiting | None) -> Fill:
    now = walk(order.curve, taken, depth_policy("partial")) if taken > 0 else None
    resting, price = 0.0, 0.0
    if waiting is not None:
        filled = waiting.fill_probability
        resting = waiting.quantity
        price = filled * waiting.price + (1 - filled) * waiting.completion_best
    executed = taken + resting
    money = (now.value if now else 0.0) + resting * price
    first = (taken * order.curve.best + resting * price) / executed
    return Fill(
        side=order.curve.side,
        quantity=order.quantity,
        filled=executed if executed < order.quantity * (1 - SNAP) else order.quantity,
        mid=order.curve.mid,
        best=order.curve.best if waiting is None else first,
        average=money / executed,
        worst=now.worst if now else price if waiting is None else waiting.price,
        levels=now.levels if now else 0,
        visible=order.curve.visible,
    )


def _risk_bps(taken: float, waiting: Waiting | None, sigma_day: float | None) -> float | None:
    if waiting is None or sigma_day is None:
        return None
    filled, horizon = waiting.fill_probability, waiting.horizon_s
    exposed_s = (1 - filled) * horizon + filled * (waiting.median_s or 0.0)
    share = waiting.quantity / (taken + waiting.quantity)
    return BPS * sigma_day * sqrt(exposed_s / SECONDS_PER_DAY) * share
