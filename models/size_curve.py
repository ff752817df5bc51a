"""What would the same order cost at other sizes? Slippage, total and opinions over a log axis.

    buy, sell   slippage of the exact walk of each side (bps; models/walk.py)
    total       sum of the recipe of the request, on its side, with its band (models/estimate.py)
    impact      square-root law beside the total, with its band (models/impact/square_root.py)
    learned     total of the learned recipe for a market order, with its band, once it has learned

sizes go from the venue's smallest order to all that is visible of the deeper side, in equal ratios,
rounded down to the lot (base). NaN where a side ends, or where there is no number at that size.
Source: each model's own file. Wrong when: read as what several orders cost one after another.
Example: one level a side: buy and sell are the half-spread at every size up to that level's.
"""

from dataclasses import dataclass, replace

import numpy as np

from market.errors import BookNotReady, OrderError
from market.instrument import Floats, Instrument, Kind, Side
from market.order import Order, Unit
from models.base import CostEstimate, MarketState, Request
from models.depth_curve import DepthCurve
from models.estimate import estimate
from models.parameters import configured
from models.resolve import priced_book
from models.slippage.learned import LearnedSlippage

POINTS = 24
SPAN = 1e4
"""Largest size by smallest, unless the venue's smallest order is larger."""

Band = tuple[Floats, Floats, Floats]
"""Number, low end, high end (bps), each (n,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeCurve:
    """Columns of one length; each a cost in bps by size."""

    sizes: Floats
    """(n,) base, rising"""
    buy: Floats
    sell: Floats
    total: Band
    impact: Band
    learned: Band


def size_curve(request: Request, state: MarketState, points: int = POINTS) -> SizeCurve | None:
    """The curve, or None where not even two sizes can be traded. Raises BookNotReady."""
    book = priced_book(state)
    sides = [DepthCurve.of(book, side) for side in (Side.BUY, Side.SELL)]
    sizes = _sizes(state.instrument, sides, points)
    if sizes.size < 2:
        return None
    buy, sell = (np.where(sizes <= s.visible, s.slippage_bps(sizes), np.nan) for s in sides)
    priced = [_at(request, state, size) for size in sizes.tolist()]
    return SizeCurve(
        sizes=sizes,
        buy=buy,
        sell=sell,
        total=_band([_total(each) for each in priced]),
        impact=_band([_impact(each) for each in priced]),
        learned=_band([_total(each) for each in _learned(request, state, sizes)]),
    )


def _sizes(instrument: Instrument, sides: list[DepthCurve], points: int) -> Floats:
    mid, largest = sides[0].mid, max(side.visible for side in sides)
    smallest = max(instrument.base_of(instrument.min_size, mid), largest / SPAN)
    if not 0 < smallest < largest:
        return np.empty(0)
    sizes = np.geomspace(smallest, largest, points)
    if instrument.kind is Kind.INVERSE:
        return sizes  # its lot is money: in base it has no fixed size
    lot = instrument.lot_size * instrument.contract_size
    return np.unique(np.round(np.floor(sizes / lot + 1e-9) * lot, 12))


def _at(request: Request, state: MarketState, size: float) -> CostEstimate | None:
    """The order at that size, or None where it has no number or does not fill."""
    order = Order(side=request.order.side, amount=size, unit=Unit.BASE)
    try:
        priced = estimate(replace(request, order=order), state)
    except (OrderError, BookNotReady, ArithmeticError):
        return None
    return priced if priced.fill.unfilled <= 0 else None


def _learned(request: Request, state: MarketState, sizes: Floats) -> list[CostEstimate | None]:
    """What the learned recipe says; nothing at all while it says nothing of this market."""
    if configured(LearnedSlippage, request.parameters).missing(state):
        return [None] * sizes.size
    asked = replace(request, style="market", recipe="learned", impact="")
    found = [_at(asked, state, size) for size in sizes.tolist()]
    return [one if one and _has_learned(one) else None for one in found]


def _has_learned(priced: CostEstimate) -> bool:
    return any(part.model == LearnedSlippage.name for part in priced.components)


Point = tuple[float, float, float]
NOTHING: Point = (np.nan, np.nan, np.nan)


def _total(priced: CostEstimate | None) -> Point:
    return (priced.total_bps, priced.low_bps, priced.high_bps) if priced else NOTHING


def _impact(priced: CostEstimate | None) -> Point:
    parts = priced.components if priced else ()
    found = next((part for part in parts if part.model == "square_root"), None)
    return (found.bps, found.low_bps, found.high_bps) if found else NOTHING


def _band(points: list[Point]) -> Band:
    number, low, high = np.array(points, dtype=np.float64).T
    return number, low, high
