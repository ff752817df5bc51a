"""Cost models in their form for arrays: the same formula, operation by operation.

Sources, units and examples stand in the model's own file. Sums, products, quotients and roots are
the same in numpy as in Python, so these forms give the same bits; powers and exponentials may
differ in the last digit (the tests allow 1e-12 of the value).
"""

from collections.abc import Mapping

import numpy as np

from market.instrument import Floats
from market.units import BPS
from models.base import CostModel
from models.depth import DepthCost
from models.fees import FeeModel
from models.fees_at_arrival import FeesAtArrival
from models.impact.quadratic import QuadraticImpact
from models.impact.square_root import AVERAGE_OF_PEAK, Y_HIGH, Y_LOW, SquareRootImpact
from models.opportunity import OpportunityCost
from models.permanent import FITTED_ERROR, PermanentImpact
from models.slippage.walked import WalkedSlippage
from models.spread import SpreadCost
from models.sweep.earlier_forms import EARLIER_FORMS
from models.sweep.pricing import Cells, Form, Priced, banded, exactly
from models.sweep.worked_forms import WORKED_FORMS


def _spread(cells: Cells) -> Priced:
    orders = cells.executed
    return exactly(cells.block.sign * (orders.best - orders.mid) / orders.mid * BPS)


def _depth(cells: Cells) -> Priced:
    orders = cells.executed
    return exactly(cells.block.sign * (orders.average - orders.best) / orders.mid * BPS)


def _walked(cells: Cells) -> Priced:
    orders = cells.executed
    slippage = cells.block.sign * (orders.average - orders.mid) / orders.mid * BPS
    return exactly(slippage * cells.value / cells.notional)


def _rate(cells: Cells) -> Floats:
    share = cells.executed.maker_share
    return share * cells.maker + (1 - share) * cells.taker


def _fees(cells: Cells) -> Priced:
    return exactly(_rate(cells) * cells.value / cells.notional, ~np.isnan(cells.taker))


def _fees_at_arrival(cells: Cells) -> Priced:
    return exactly(_rate(cells), ~np.isnan(cells.taker))


def _square_root(cells: Cells) -> Priced:
    sigma, adv = cells.executed.sigma, cells.block.adv
    root = np.sqrt(cells.executed.filled / adv)
    bps = AVERAGE_OF_PEAK * (BPS * cells.parameter("y") * sigma * root)
    return banded(bps, bps * Y_LOW, bps * Y_HIGH, ~np.isnan(sigma) & (adv > 0))


def _quadratic(cells: Cells) -> Priced:
    sigma, value = cells.executed.sigma, cells.value
    measured = cells.parameter("measured")
    own, known = cells.block.adv * cells.executed.mid, cells.block.adv > 0
    adv = np.where(measured != 0, own, cells.parameter("adv_quote"))
    money = cells.parameter("c") * sigma * value / adv * value
    return exactly(money / cells.notional * BPS, ~np.isnan(sigma) & ((measured == 0) | known))


def _permanent(cells: Cells) -> Priced:
    sigma, adv, orders = cells.executed.sigma, cells.block.adv, cells.executed
    bps = BPS * cells.parameter("of_day") * sigma / adv * orders.overlap / orders.filled
    low, high = bps * (1 - FITTED_ERROR), bps * (1 + FITTED_ERROR)
    return banded(bps, low, high, ~np.isnan(sigma) & (adv > 0))


def _opportunity(cells: Cells) -> Priced:
    orders, sign = cells.executed, cells.block.sign
    rests = ~np.isnan(orders.rest_quantity)
    if not rests.any():
        return exactly(np.zeros((1,) * rests.ndim))
    filled, mid = orders.fill_probability, orders.mid
    share = orders.rest_quantity / orders.filled
    distance = sign * (mid - orders.rest_price)
    deep = sign * (orders.completion_average - orders.completion_best)
    missed = filled * np.maximum(distance, 0.0)
    bps = BPS * share * (missed + (1 - filled) * deep) / mid
    saved = sign * (orders.completion_best - mid) + deep + np.minimum(distance, 0.0)
    cheaper = np.where(np.isnan(cells.taker), 0.0, cells.taker - cells.maker)
    per_chance = BPS * saved / mid + cheaper
    ends = [
        bps + (filled - chance) * share * per_chance
        for chance in (orders.touch_probability, orders.low_probability)
    ]
    low = np.minimum(np.minimum(ends[0], bps), ends[1])
    high = np.maximum(np.maximum(ends[0], bps), ends[1])
    bps, low, high = (np.where(rests, values, 0.0) for values in (bps, low, high))
    return banded(bps, low, high)


FORMS: Mapping[type[CostModel], Form] = {
    SpreadCost: _spread,
    DepthCost: _depth,
    WalkedSlippage: _walked,
    FeeModel: _fees,
    FeesAtArrival: _fees_at_arrival,
    SquareRootImpact: _square_root,
    QuadraticImpact: _quadratic,
    PermanentImpact: _permanent,
    OpportunityCost: _opportunity,
    **EARLIER_FORMS,
    **WORKED_FORMS,
}
"""Models that are not here are asked one execution at a time."""
