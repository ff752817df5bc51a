"""The same order as market, limit, schedule and split, side by side.

Every way is priced for the whole quantity on the same book: what rests and does not fill crosses at
the deadline. `completion` is the chance that the way itself finishes: for a limit order, that it
fills before it has to cross. Timing risk stands beside the cost.
Source: models/estimate.py for each way, models/routing.py for the split.
Wrong when: the parts are. Example: a limit order at the best price costs less than a market order
whenever it has any chance of a fill and maker fees are not above taker fees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from market.errors import BookNotReady, OrderError
from models.base import CostEstimate, MarketState, Request
from models.estimate import estimate
from models.fees import fees_for
from models.offers import offer
from models.resolve import resolve
from models.routing import Route, route

LIMIT_TICKS = (0, 1, 5)
"""Behind the best of the order's own side."""
SLICES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of carrying the order out."""

    key: str
    label: str
    cost_bps: float | None = None
    """None where there is no number; `refusal` says why"""
    low_bps: float | None = None
    high_bps: float | None = None
    cost_quote: float | None = None
    completion: float | None = None
    """chance of finishing by its own means, 0..1"""
    risk_bps: float | None = None
    """one standard deviation from the price moving meanwhile; None: trades at once or not known"""
    refusal: str = ""
    estimate: CostEstimate | None = None
    route: Route | None = None


def compare(
    request: Request,
    state: MarketState,
    *,
    deadline_s: float = 60.0,
    others: Sequence[MarketState] = (),
    limit_ticks: Sequence[int] = LIMIT_TICKS,
) -> tuple[Way, ...]:
    """Market first, then resting, then over time, then across venues when there are others."""
    ways = [_way("market", "Market, now", request, state, "market", {})]
    for ticks in limit_ticks:
        behind = f"{ticks} tick{'' if ticks == 1 else 's'} behind"
        where = "at the best price" if ticks == 0 else behind
        chosen = {"limit.ticks": float(ticks), "limit.horizon_s": deadline_s}
        ways.append(_way(f"limit_{ticks}", f"Limit {where}", request, state, "limit", chosen))
    over = {"twap.duration_s": max(deadline_s, 1.0), "twap.slices": float(SLICES)}
    label = f"TWAP, {SLICES} parts in {deadline_s:g} s"
    ways.append(_way("twap", label, request, state, "twap", over, recipe="schedule"))
    if others:
        ways.append(_across(request, (state, *others)))
    return tuple(ways)


def cheapest(ways: Sequence[Way], least_completion: float = 0.0) -> Way:
    """The way that costs least on average; OrderError where none has a number."""
    priced = [
        way
        for way in ways
        if way.cost_bps is not None and (way.completion or 0.0) >= least_completion
    ]
    if not priced:
        raise OrderError("order type", "none can be priced now", "wait, or ask for less certainty")
    return min(priced, key=lambda way: way.cost_bps if way.cost_bps is not None else 0.0)


def _way(
    key: str,
    label: str,
    request: Request,
    state: MarketState,
    style: str,
    parameters: Mapping[str, float],
    recipe: str = "exact",
) -> Way:
    chosen = {**request.parameters, **parameters}
    asked = replace(request, style=style, recipe=recipe, impact="", parameters=chosen)
    try:
        priced = estimate(asked, state)
    except OrderError as error:
        return Way(key=key, label=label, refusal=str(error))
    except BookNotReady as error:
        return Way(key=key, label=label, refusal=error.reason)
    if any(gap.kind == "fees" for gap in priced.absent):
        return Way(key=key, label=label, refusal="the fees are not known", estimate=priced)
    return Way(
        key=key,
        label=label,
        cost_bps=priced.total_bps,
        low_bps=priced.low_bps,
        high_bps=priced.high_bps,
        cost_quote=priced.total_quote,
        completion=completion(priced),
        risk_bps=priced.risk_bps,
        estimate=priced,
    )


def completion(priced: CostEstimate) -> float:
    """Chance that all of the order is done without crossing late."""
    if priced.fill.unfilled > 0:
        return 0.0
    return priced.waiting.fill_probability if priced.waiting else 1.0


def _across(request: Request, states: Sequence[MarketState]) -> Way:
    key, label = "split", f"Split across {len(states)} venues, now"
    try:
        first, *rest = states
        tier = fees_for(request, first.instrument)[1]
        quantity = resolve(request.order, first, "partial").quantity
        offers = [offer(first, request.order.side, tier)]
        for other in rest:
            published = fees_for(replace(request, fees=None, tier=None), other.instrument)[1]
            offers.append(offer(other, request.order.side, published))
        found = route(offers, quantity)
    except OrderError as error:
        return Way(key=key, label=label, refusal=str(error))
    except BookNotReady as error:
        return Way(key=key, label=label, refusal=error.reason)
    return Way(
        key=key,
        label=label,
        cost_bps=found.cost_bps,
        low_bps=found.cost_bps,
        high_bps=found.cost_bps,
        cost_quote=found.cost,
        completion=0.0 if found.unfilled > 0 else 1.0,
        route=found,
    )
