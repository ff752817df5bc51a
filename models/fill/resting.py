"""What is to be expected of an order that rests at a limit price until a deadline?

    through = P(T; d + tick) room   touch = P(T; d)                models/fill/first_passage.py
    room    = min(1, V T / (Q + q))
    queue   = 1 - exp(-v (T - t) / (Q + q))
    fill    = through + (touch - through) queue

d       distance from the mid to the limit price, at least half a tick (quote/base)
tick    price step: a mid beyond the limit price has traded through it and filled everything there,
        which it cannot do with more than all that trades until the deadline
V       the day's volume, evenly (base/s); v = V / 2
v       market orders against us: half the day's volume, evenly (base/s)    t   median touch (s)
Q, q    base ahead of us in the queue, our own                              T   deadline (s)
touch is an order at the front of the queue, through one at its back: they bracket the truth. Where
the day's volume is not known, a trade through is required (queue = 0).
Source: first passage (models/fill/first_passage.py), exponential queue depletion (our assumption).
Wrong when: nearly always by some; Lo, MacKinlay & Zhang 2002 find fills made from first passage
times very poor proxies of real ones. Say "indicative".
Example: d + tick far away gives through = 0; then fill = touch * queue.
"""

from math import exp, sqrt
from typing import NamedTuple

from market.book import BookSnapshot
from market.errors import BookNotReady
from market.units import SECONDS_PER_DAY
from models.base import MarketState, Waiting
from models.depth_curve import DepthCurve
from models.depth_policy import depth_policy
from models.fill.first_passage import median_touch_s, touch_probability
from models.fill.learned import LearnedFill
from models.walk import walk

NEVER = 1e-9
"""A chance below this has no typical time."""
LEAST_TICKS = 0.5
"""An order inside the spread still needs the price to come to it."""


class Chances(NamedTuple):
    """Of one resting order by its deadline."""

    touch: float
    through: float
    fill: float
    median_s: float | None
    """half of the touches come before; None where none is expected"""


def chances(
    *,
    distance: float,
    tick: float,
    sigma: float,
    horizon_s: float,
    adv: float | None,
    to_clear: float,
) -> Chances:
    """The formula. distance, tick: quote/base; sigma of the mid; adv, to_clear: base."""
    touch = touch_probability(distance, sigma, horizon_s)
    through = touch_probability(distance + tick, sigma, horizon_s) * _room(adv, horizon_s, to_clear)
    median = median_touch_s(distance, sigma, horizon_s) if touch > NEVER else None
    served = _queue_factor(adv, horizon_s - (median or 0.0), to_clear)
    return Chances(touch, through, through + (touch - through) * served, median)


def expected(
    state: MarketState,
    curve: DepthCurve,
    sigma_day: float | None,
    *,
    quantity: float,
    price: float,
    horizon_s: float,
    queue_ahead: float,
    queue_to_clear: float | None = None,
    is_learned: bool = False,
) -> Waiting:
    """What to expect; BookNotReady while the volatility is not known.

    `curve` is what the order would cross into; `queue_to_clear` (base) is more than the queue ahead
    and the order itself where an order joins the queue again and again. `is_learned` takes the
    chance of a fill from the state's fill model; the touch and the trade through stay.
    """
    if sigma_day is None:
        raise BookNotReady(NO_SIGMA)
    tick = state.instrument.tick_size
    found = chances(
        distance=distance_to(price, curve, tick),
        tick=tick,
        sigma=sigma_of_mid(sigma_day, curve.mid),
        horizon_s=horizon_s,
        adv=state.adv,
        to_clear=queue_ahead + quantity if queue_to_clear is None else queue_to_clear,
    )
    filled = found.fill
    if is_learned:
        model, book = _learned(state)
        filled = model.probability(
            book,
            curve.side,
            price=price,
            quantity=quantity,
            queue_ahead=queue_ahead,
            horizon_s=horizon_s,
            sigma_day=sigma_day,
            tick=tick,
        )
    return Waiting(
        quantity=quantity,
        price=price,
        queue_ahead=queue_ahead,
        horizon_s=horizon_s,
        touch_probability=found.touch,
        fill_probability=filled,
        low_probability=found.through,
        median_s=found.median_s,
        completion_best=curve.best,
        completion_average=walk(curve, quantity, depth_policy("partial")).average,
    )


def _learned(state: MarketState) -> tuple[LearnedFill, BookSnapshot]:
    if state.fill_model is None or state.book is None:
        raise BookNotReady(NOT_LEARNED)
    return state.fill_model, state.book


NOT_LEARNED = (
    "the learned fill model is still learning this market from shadow orders: wait, or choose the "
    "analytic one"
)
NO_SIGMA = (
    "the volatility is not known yet, so neither is the chance that a resting order fills: "
    "wait, or type a volatility"
)


def distance_to(price: float, curve: DepthCurve, tick: float) -> float:
    """From the mid to a price on the passive side (quote/base)."""
    return max(curve.side.sign * (curve.mid - price), LEAST_TICKS * tick)


def sigma_of_mid(sigma_day: float, mid: float) -> float:
    """Volatility of the mid (quote/base per square root of a second)."""
    return sigma_day * mid / sqrt(SECONDS_PER_DAY)


def _room(adv: float | None, horizon_s: float, to_clear: float) -> float:
    """How much of what must trade here the whole market trades meanwhile; 1 where not known."""
    if adv is None or to_clear <= 0.0:
        return 1.0
    return min(1.0, adv / SECONDS_PER_DAY * horizon_s / to_clear)


def _queue_factor(adv: float | None, seconds: float, to_clear: float) -> float:
    if adv is None or to_clear <= 0.0:
        return 0.0 if adv is None else 1.0
    return 1 - exp(-adv / 2 / SECONDS_PER_DAY * max(seconds, 0.0) / to_clear)
