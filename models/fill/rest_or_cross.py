"""How much of an order should rest at the best price, and how much should cross at once?

    F(Q + L*) = (2 h + f + r) / (u + h + r + i)        L* within [0, S],   M* = S - L*

S          to be done by the deadline (base)          L*, M*   resting, crossing (base)
h          half-spread     f   taker fee     r   maker rebate      (quote/base; a maker fee: r < 0)
u          what an unfilled unit costs beyond the mid (quote/base)
i          impact of crossing, paid on what is left over (quote/base)
Q          queue ahead of us (base)
F          distribution of what leaves the queue by the deadline; here exponential with mean
           `outflow` (base): F(x) = 1 - exp(-x / outflow), so L* = -outflow ln(1 - ratio) - Q
F(Q + L) is the chance that the last resting unit is not reached: resting pays until that chance
equals what resting saves over what missing costs.
Source: Cont & Kukanov 2017, one venue; the fixed point re-derived.
Wrong when: the outflow is not exponential; the penalty is a guess; several venues compete.
Example: h = 1, f = r = i = 0, u = 3: ratio 2/4; outflow 10, none ahead: L* = 10 ln 2 = 6.93.
"""

from dataclasses import dataclass
from math import inf, log1p

from market.errors import OrderError


@dataclass(frozen=True, slots=True, kw_only=True)
class RestAndCross:
    """The split."""

    resting: float
    """base"""
    crossing: float
    """base"""
    ratio: float
    """chance of the last resting unit not being reached, at which it stops paying"""


def rest_or_cross(
    quantity: float,
    *,
    half_spread: float,
    taker_fee: float,
    maker_rebate: float,
    underfill_penalty: float,
    impact: float,
    queue_ahead: float,
    outflow: float,
) -> RestAndCross:
    """The split that costs least on average. Prices in quote/base, sizes in base."""
    for name, value in (("quantity", quantity), ("outflow", outflow)):
        if not 0 < value < inf:
            raise OrderError(name, f"is {value:g}", "above 0")
    if not 0 <= queue_ahead < inf:
        raise OrderError("queue ahead", f"is {queue_ahead:g}", "0 or more")
    saved = 2 * half_spread + taker_fee + maker_rebate
    missed = underfill_penalty + half_spread + maker_rebate + impact
    ratio = _ratio(saved, missed)
    reach = inf if ratio >= 1 else -outflow * log1p(-ratio)
    resting = min(max(reach - queue_ahead, 0.0), quantity)
    return RestAndCross(resting=resting, crossing=quantity - resting, ratio=ratio)


def _ratio(saved: float, missed: float) -> float:
    if saved <= 0:
        return 0.0
    return 1.0 if missed <= saved else saved / missed
