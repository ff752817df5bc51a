"""How much may be traded for a given cost, and what does a given move cost?

    largest size     max q:  side C(q) (1 + side f) - side q mid <= q mid x / 1e4
    with confidence  max q:  cost_bps(q) + z sigma_day sqrt(delay / 86400) 1e4 <= x
    price of a move  q = base at prices nearer than m bps from the mid
    capacity         Q = V (x / (1e4 2/3 Y sigma_day))^2

x   budget or edge (bps of arrival notional)      C   money for q (quote; models/depth_curve.py)
f   taker rate (fraction)                         m   move (bps)
z   normal quantile: the delay's drift stays below with that confidence
Source: inversion of the walk, exact because C is linear between levels; capacity inverts the
square-root law (models/impact/square_root.py), an average of worked orders, not a sweep.
Wrong when: what it inverts is. Example: asks 101 x 1, 102 x 2, mid 100, no fee, budget 150 bps:
C(q) <= 101.5 q: one coin at 101 leaves 0.5, which pays for 0.5 / 0.5 = 1 coin at 102: 2 coins.
"""

from dataclasses import dataclass
from math import inf, isfinite, sqrt

import numpy as np

from market.errors import OrderError
from market.instrument import Kind, Side
from market.units import BPS, SECONDS_PER_DAY
from models.base import MarketState
from models.depth_curve import DepthCurve
from models.fill.normal import quantile
from models.impact.square_root import AVERAGE_OF_PEAK
from models.resolve import priced_book


@dataclass(frozen=True, slots=True, kw_only=True)
class LargestSize:
    """The most that stays within a cost."""

    quantity: float
    """base, whole lots"""
    cost_bps: float
    """of that quantity, the uncertainty left out"""
    uncertain_bps: float
    """kept free for the price moving before the order arrives"""
    is_all_visible: bool
    """True: the book ends before the budget does"""


def largest_size(
    state: MarketState, side: Side, budget_bps: float, taker_bps: float = 0.0
) -> LargestSize:
    """The largest market order whose all-in cost is within the budget, at this instant."""
    return _largest(state, side, budget_bps, taker_bps, uncertain_bps=0.0)


def largest_size_after(
    state: MarketState,
    side: Side,
    budget_bps: float,
    *,
    taker_bps: float = 0.0,
    delay_s: float,
    confidence: float,
    sigma_day: float | None = None,
) -> LargestSize:
    """The same with the price moving for `delay_s` first; OrderError without a volatility."""
    sigma = state.sigma_day if sigma_day is None else sigma_day
    if sigma is None:
        raise OrderError("volatility", "is not known yet", "type one")
    if not 0 <= delay_s < inf:
        raise OrderError("delay", f"is {delay_s:g} s", "0 or more")
    if not 0.5 <= confidence < 1:
        raise OrderError("confidence", f"is {confidence:g}", "0.5 up to, not including, 1")
    uncertain = quantile(confidence) * sigma * sqrt(delay_s / SECONDS_PER_DAY) * BPS
    return _largest(state, side, budget_bps, taker_bps, uncertain_bps=uncertain)


def _largest(
    state: MarketState, side: Side, budget_bps: float, taker_bps: float, *, uncertain_bps: float
) -> LargestSize:
    if not isfinite(budget_bps):
        raise OrderError("budget", f"is {budget_bps:g} bps", "a number of bps")
    curve = DepthCurve.of(priced_book(state), side)
    per_unit = side.sign * (1 + side.sign * taker_bps / BPS)
    allowed = curve.mid * (side.sign + (budget_bps - uncertain_bps) / BPS)
    excess = per_unit * curve.money - allowed * curve.base
    within = np.flatnonzero(excess[1:] <= ROUNDING * curve.money[1:])
    last = int(within[-1]) + 1 if within.size else 0
    quantity = float(curve.base[last])
    if last == 0 and per_unit * curve.best > allowed:
        least = per_unit * curve.best / curve.mid * BPS - side.sign * BPS + uncertain_bps
        raise OrderError(
            "budget", f"is {budget_bps:g} bps: any size costs more", f"above {least:.4g} bps"
        )
    if last < curve.prices.size:
        slope = per_unit * float(curve.prices[last]) - allowed
        quantity += -float(excess[last]) / slope if slope > 0 else 0.0
    quantity = _on_lots(state, quantity, curve.mid)
    spent = per_unit * float(curve.cost(quantity)) - side.sign * quantity * curve.mid
    return LargestSize(
        quantity=quantity,
        cost_bps=spent / (quantity * curve.mid) * BPS,
        uncertain_bps=uncertain_bps,
        is_all_visible=last == curve.prices.size,
    )


ROUNDING = 1e-12
"""Relative to the money: a level that fits to the last digit fits."""


def _on_lots(state: MarketState, quantity: float, mid: float) -> float:
    """base rounded down to the venue's lot; OrderError below its smallest order."""
    instrument = state.instrument
    size = instrument.floor_to_lot(instrument.contracts_of(quantity, mid))
    if size < instrument.min_size:
        raise OrderError(
            "budget", "allows less than the venue's smallest order", f"{instrument.min_size:g}"
        )
    if instrument.kind is Kind.INVERSE:
        return min(quantity, float(instrument.base_of(size, mid)))
    return float(size * instrument.contract_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOfMove:
    """What it takes to eat the book up to a distance from the mid."""

    quantity: float
    """base"""
    money: float
    """quote"""
    next_price: float | None
    """best price that is left; None where the visible book ends"""


def price_of_move(state: MarketState, side: Side, move_bps: float) -> PriceOfMove:
    """Everything nearer to the mid than `move_bps`."""
    if not 0 < move_bps < inf:
        raise OrderError("move", f"is {move_bps:g} bps", "above 0")
    curve = DepthCurve.of(priced_book(state), side)
    distance = side.sign * (curve.prices - curve.mid) / curve.mid * BPS
    eaten = int(np.searchsorted(distance, move_bps, side="left"))
    return PriceOfMove(
        quantity=float(curve.base[eaten]),
        money=float(curve.money[eaten]),
        next_price=float(curve.prices[eaten]) if eaten < curve.prices.size else None,
    )


def capacity(edge_bps: float, sigma_day: float, adv: float, y: float = 1.0) -> float:
    """base that can be worked until its expected impact has eaten the edge."""
    for name, value in (("volatility", sigma_day), ("day volume", adv), ("constant", y)):
        if not 0 < value < inf:
            raise OrderError(name, f"is {value:g}", "above 0")
    if edge_bps <= 0:
        return 0.0
    return adv * (edge_bps / (BPS * AVERAGE_OF_PEAK * y * sigma_day)) ** 2
