"""Into which parts should an order go on this book, when its measured refill speed is known?

    E_k = D_k + n_k        how deep part k reaches        D_{k+1} = a E_k,  a = exp(-gap / refill)
    cost = C(E_N) + sum_{k < N} [C(E_k) - C(a E_k)]          E_N + (1 - a) sum_{k < N} E_k = X

The cost separates in the depths E_k, so all but the last are the same, E, and one number is left to
choose:  n_1 = E,  n_k = (1 - a) E,  n_N = X - E (1 + (N - 2)(1 - a)).  The cost is linear in E
between the points where E, a E or E_N meet the edge of a level: the best is one of those.
C        money for a quantity on the book as it stands (models/depth_curve.py)
refill   time in which the missing depth falls to 1/e (s)          gap   between parts (s)
Source: Obizhaeva & Wang 2013 for a block book; Alfonsi, Fruth & Schied 2010 for any shape.
Wrong when: the book changes meanwhile; its levels are so uneven that unequal depths do better.
Example: refilled at once (a = 0): equal parts. Never refilled (a = 1): any schedule costs the same.
"""

from dataclasses import dataclass
from math import exp

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from market.units import slippage_bps
from models.depth_curve import DepthCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class RefillPlan:
    """The parts, and what they cost against taking everything now."""

    trades: Floats
    """(N,) base"""
    slippage_bps: float
    """against the mid"""
    now_bps: float
    """of one sweep"""


def refill_plan(
    curve: DepthCurve, quantity: float, parts: int, gap_s: float, refill_s: float
) -> RefillPlan:
    """The best parts; OrderError where the visible book does not hold one of them."""
    if parts < 1 or gap_s <= 0 or refill_s < 0:
        raise OrderError("schedule", "needs parts, a gap and a refill time", "1 or more, above 0")
    kept = exp(-gap_s / refill_s) if refill_s > 0 else 0.0
    depth = _best_depth(curve, quantity, parts, kept)
    trades = np.full(parts, (1 - kept) * depth)
    trades[0] = depth if parts > 1 else quantity
    trades[-1] = quantity - trades[:-1].sum()
    money = float(_money(curve, np.array([depth]), quantity, parts, kept)[0])
    return RefillPlan(
        trades=trades,
        slippage_bps=slippage_bps(curve.side.sign, money / quantity, curve.mid),
        now_bps=float(curve.slippage_bps(np.array([quantity]))[0]),
    )


def _best_depth(curve: DepthCurve, quantity: float, parts: int, kept: float) -> float:
    if parts == 1:
        return quantity
    before = (parts - 1) * (1 - kept)
    edges = curve.base
    candidates = [edges, (quantity - edges) / before if before > 0 else edges]
    if kept > 0:
        candidates.append(edges / kept)
    most = quantity / (before + kept)
    least = max(0.0, (quantity - curve.visible) / before) if before > 0 else 0.0
    ends = np.array([least, min(most, curve.visible)])
    depths = np.clip(np.concatenate([*candidates, ends]), ends[0], ends[1])
    if ends[0] > ends[1]:
        raise OrderError("quantity", "is more than the book gives in these parts", "more parts")
    return float(depths[np.argmin(curve.side.sign * _money(curve, depths, quantity, parts, kept))])


def _money(curve: DepthCurve, depths: Floats, quantity: float, parts: int, kept: float) -> Floats:
    last = quantity - (parts - 1) * (1 - kept) * depths
    inner = curve.cost(depths) - curve.cost(kept * depths)
    money: Floats = curve.cost(last) + (parts - 1) * inner
    return money
