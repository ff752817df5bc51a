"""The cost models of the earlier systems in their form for arrays (see forms.py)."""

from collections.abc import Callable, Mapping

import numpy as np

from market.instrument import Floats, Side
from market.units import BPS
from models.base import CostModel, MarketState
from models.impact.aegis import AegisImpact
from models.impact.facts import STILL
from models.impact.seed2a import LEVELS, Seed2aImpact
from models.impact.seed2b import Seed2bImpact, book_shape_sigma
from models.slippage.aegis import PENALTY_FRAC as AEGIS_PENALTY
from models.slippage.aegis import AegisSlippage
from models.slippage.seed2a import FLOOR_FRAC_PER_QUOTE, Seed2aSlippage
from models.slippage.seed2a import PENALTY_FRAC as SEED2A_PENALTY
from models.slippage.seed2b import PCT_PER_QUOTE, Seed2bSlippage
from models.sweep.executed import curve_of
from models.sweep.pricing import Cells, Form, Priced, exactly


def of_books(cells: Cells, number: Callable[[MarketState, Side], float | None]) -> Floats:
    """A number of each book and side; NaN for None."""
    block = cells.block
    axis, sides = block.sides
    shape = np.broadcast_shapes(block.book_shape, block.sign.shape)
    found = np.full(shape, np.nan)
    for book in block.books():
        for side_number, side in enumerate(sides):
            place = tuple(side_number if i == axis else p for i, p in enumerate(book.place))
            value = None if book.state.book is None else number(book.state, side)
            found[place] = np.nan if value is None else value
    return found


def _penalised(cells: Cells, penalty: float) -> Floats:
    """The average of a walk that ends in a made-up price (models/slippage/penalised.py)."""
    orders = cells.executed
    is_short = orders.quantity > orders.visible
    if not is_short.any():
        return orders.average
    last = of_books(cells, lambda state, side: curve_of(state, side).last)
    visible = of_books(cells, lambda state, side: curve_of(state, side).visible)
    value = of_books(cells, lambda state, side: curve_of(state, side).value)
    beyond = last * (1 + penalty * cells.block.sign)
    whole = (value + (orders.quantity - visible) * beyond) / orders.quantity
    return np.where(is_short, whole, orders.average)


def _slippage_s2a(cells: Cells) -> Priced:
    orders = cells.executed
    average = _penalised(cells, SEED2A_PENALTY)
    walked = cells.block.sign * (average - orders.mid) / orders.mid
    floor = cells.parameter("floor") * FLOOR_FRAC_PER_QUOTE * (orders.quantity * orders.mid)
    return exactly(BPS * np.maximum(walked, floor))


def _slippage_s2b(cells: Cells) -> Priced:
    of_order = cells.parameter("of_order")
    pct = PCT_PER_QUOTE * cells.notional
    money = np.where(of_order != 0, cells.notional, cells.executed.mid) * pct / 100
    return exactly(money / cells.notional * BPS)


def _slippage_aegis(cells: Cells) -> Priced:
    orders = cells.executed
    average = _penalised(cells, AEGIS_PENALTY)
    reference = np.where(cells.parameter("from_mid") != 0, orders.mid, orders.best)
    return exactly(BPS * cells.block.sign * (average - reference) / reference)


def _impact_s2a(cells: Cells) -> Priced:
    sigma = cells.executed.sigma
    depth = of_books(cells, lambda s, side: float(s.book.levels(side)[1][:LEVELS].sum()))  # type: ignore[union-attr]
    share = cells.executed.filled / depth
    linear, root = cells.parameter("temporary") * share, cells.parameter("permanent")
    return exactly(BPS * sigma * (linear + root * np.sqrt(share)), ~np.isnan(sigma))


def _impact_s2b(cells: Cells) -> Priced:
    sigma = cells.executed.sigma
    from_levels = cells.parameter("from_levels")
    if from_levels.any():
        shape = of_books(cells, lambda s, side: book_shape_sigma(s.book))  # type: ignore[arg-type]
        sigma = np.where(from_levels != 0, shape, sigma)
    kappa, money = cells.parameter("kappa"), cells.notional
    fast = cells.parameter("gamma") * sigma * np.sqrt(money / (kappa * cells.parameter("horizon")))
    slow = cells.parameter("eta") * sigma * np.sqrt(money / kappa)
    return exactly(BPS * (fast + slow) / cells.executed.mid, ~np.isnan(sigma))


def _impact_aegis(cells: Cells) -> Priced:
    sigma = cells.executed.sigma
    depth = of_books(cells, lambda s, side: _whole_depth(s))
    spread = 2 * of_books(cells, lambda s, side: s.book.half_spread_bps) / BPS  # type: ignore[union-attr]
    share = cells.executed.filled * sigma / (100 * depth)
    temporary = cells.parameter("temporary") * sigma * spread * np.sqrt(share)
    permanent = cells.parameter("permanent") * sigma * share
    bps = BPS * (temporary + permanent) * (1 + 0.5 * sigma) / cells.parameter("divisor")
    return exactly(bps, sigma >= STILL)


def _whole_depth(state: MarketState) -> float | None:
    book = state.book
    return None if book is None else float(book.bid_sizes.sum() + book.ask_sizes.sum())


EARLIER_FORMS: Mapping[type[CostModel], Form] = {
    Seed2aSlippage: _slippage_s2a,
    Seed2bSlippage: _slippage_s2b,
    AegisSlippage: _slippage_aegis,
    Seed2aImpact: _impact_s2a,
    Seed2bImpact: _impact_s2b,
    AegisImpact: _impact_aegis,
}
