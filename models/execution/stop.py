"""Stop orders: wait for a trigger price, then become a market order or a limit order.

    a buy triggers when a trade reaches the trigger from below, a sell from above
    the book is taken as it stands now, moved as a whole until its best price is the trigger
    stop market: then walks it              stop limit: then takes up to L, rests with the remainder

trigger   so many bps beyond the other side's best price, or typed (quote/base)
L         limit price: `limit_ticks` beyond the trigger (quote/base)
The arrival price is the mid when the stop triggers, so the cost is what the stop itself costs; how
far the price came until then is what the stop was for, not its cost. With it stands the chance of
the trigger within the horizon, the first passage of the mid (models/fill/first_passage.py).
Source: order semantics of every venue.
Wrong when: stops trigger in company: the book is then thinner than now.
Example: asks 101 x 1, 102 x 2, bid 99; a buy stop of 2 at 111 is a walk of 111 x 1, 112 x 1 against
a mid of 110: 150 / 110 = 136.4 bps.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from msgspec import structs

from market.errors import OrderError
from market.instrument import Floats, Side
from market.units import BPS
from models.base import Execution, MarketState, Request, Trigger
from models.depth_curve import DepthCurve
from models.execution.base import sigma_of
from models.execution.limit_order import LimitOrder
from models.execution.limit_price import MAX_TICKS, on_tick, price_parameter
from models.execution.market_order import MarketOrder
from models.execution.take_and_rest import horizon_parameter
from models.fill.first_passage import touch_probability
from models.fill.resting import sigma_of_mid
from models.parameters import parameter
from models.resolve import Resolved, priced_book


@dataclass(frozen=True, slots=True)
class StopMarket:
    """A market order once the trigger is reached."""

    name: ClassVar[str] = "stop_market"
    label: ClassVar[str] = "Stop market"

    price: float = price_parameter("trigger price", "by distance")
    distance_bps: float = parameter(
        50.0, low=0.001, high=5000.0, unit="bps", meaning="trigger beyond the other side's best"
    )
    horizon_s: float = parameter(
        3600.0, low=0.1, high=604_800.0, unit="s", meaning="for the chance of the trigger"
    )

    def own_price(self, side: Side, state: MarketState) -> float:
        """The trigger: the price at which the order is sent."""
        return _trigger_price(self, side, state)

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """A market order on the book as it would stand."""
        trigger = _trigger(self, order, request, state)
        then_order, then_state = _moved(order, state, trigger.price)
        execution = MarketOrder().execute(then_order, request, then_state)
        return structs.replace(
            execution, state=state, trigger=trigger, notes=_notes(trigger, state)
        )


@dataclass(frozen=True, slots=True)
class StopLimit:
    """A limit order once the trigger is reached."""

    name: ClassVar[str] = "stop_limit"
    label: ClassVar[str] = "Stop limit"

    price: float = price_parameter("trigger price", "by distance")
    distance_bps: float = parameter(
        50.0, low=0.001, high=5000.0, unit="bps", meaning="trigger beyond the other side's best"
    )
    limit_ticks: float = parameter(
        0.0, low=-MAX_TICKS, high=MAX_TICKS, unit="ticks", meaning="limit beyond the trigger"
    )
    horizon_s: float = parameter(
        3600.0, low=0.1, high=604_800.0, unit="s", meaning="for the chance of the trigger"
    )
    rest_s: float = horizon_parameter(60.0)

    def own_price(self, side: Side, state: MarketState) -> float:
        """The limit price, beyond the trigger."""
        tick = state.instrument.tick_size
        trigger = _trigger_price(self, side, state)
        return on_tick(trigger + side.sign * self.limit_ticks * tick, side, tick)

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """A limit order on the book as it would stand."""
        trigger = _trigger(self, order, request, state)
        then_order, then_state = _moved(order, state, trigger.price)
        limit = self.own_price(order.curve.side, state)
        resting = LimitOrder(price=limit, horizon_s=self.rest_s)
        execution = resting.execute(then_order, request, then_state)
        return structs.replace(
            execution, state=state, trigger=trigger, notes=_notes(trigger, state)
        )


def _trigger(
    stop: StopMarket | StopLimit, order: Resolved, request: Request, state: MarketState
) -> Trigger:
    side, best, mid = order.curve.side, order.curve.best, order.curve.mid
    price = _trigger_price(stop, side, state)
    sigma_day, _ = sigma_of(request, state)
    probability = None
    if sigma_day is not None:
        distance, sigma = side.sign * (price - best), sigma_of_mid(sigma_day, mid)
        probability = touch_probability(distance, sigma, stop.horizon_s)
    return Trigger(price=price, horizon_s=stop.horizon_s, probability=probability)


def _trigger_price(stop: StopMarket | StopLimit, side: Side, state: MarketState) -> float:
    """quote/base, on a tick; OrderError for one that is reached already."""
    book = priced_book(state)
    best = float(book.levels(side)[0][0])
    by_distance = best + side.sign * book.mid * stop.distance_bps / BPS
    price = on_tick(stop.price or by_distance, side.opposite, state.instrument.tick_size)
    if side.sign * (price - best) <= 0:
        allowed = "above" if side.sign > 0 else "below"
        raise OrderError(
            f"{stop.name}.price", f"{price:g} would trigger at once", f"{allowed} {best:g}"
        )
    return price


def _moved(order: Resolved, state: MarketState, trigger: float) -> tuple[Resolved, MarketState]:
    """Order and state on the book moved so that its best price is the trigger."""
    book = priced_book(state)
    move = trigger - order.curve.best
    bids, asks = _positive(book.bid_prices + move), _positive(book.ask_prices + move)
    then = replace(
        book,
        bid_prices=bids,
        bid_sizes=book.bid_sizes[: bids.size],
        ask_prices=asks,
        ask_sizes=book.ask_sizes[: asks.size],
    )
    curve = DepthCurve.of(then, order.curve.side)
    return replace(order, curve=curve), replace(state, book=then)


def _positive(prices: Floats) -> Floats:
    """Without the levels that a fall would push below zero."""
    kept: Floats = prices[prices > 0.0]
    return kept


def _notes(trigger: Trigger, state: MarketState) -> tuple[str, ...]:
    chance = (
        "the chance of that is not known while the volatility is not"
        if trigger.probability is None
        else f"the chance of that within {trigger.horizon_s:g} s is {trigger.probability:.0%}"
    )
    return (
        f"The cost if the stop triggers at {trigger.price:g} {state.instrument.quote}, against the "
        f"mid then; {chance}.",
    )
