"""Every point of a chunk, priced: the only place of a sweep where costs are added.

    total = sum of the components that the recipe adds, in its order, as estimate does

A component is computed over the axes it depends on, and broadcast where it is added. A point that
cannot be priced is a point with a reason; a part of the sum that is absent is named in `left_out`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from market.errors import OrderError
from market.fee_schedule import FeeSchedule
from market.instrument import Floats
from market.units import BPS
from models import catalog
from models.base import CostKind, CostModel, MarketState
from models.sweep.cells import Block
from models.sweep.combinations import combinations
from models.sweep.executed import NO_PRICE, Executed
from models.sweep.forms import FORMS
from models.sweep.plan import Chunk, Plan
from models.sweep.pricing import Cells, Priced, nowhere, priced

MEASURES = (
    "total_bps",
    "low_bps",
    "high_bps",
    "total_quote",
    "beside_bps",
    "risk_bps",
    "maker_share",
    "fill_probability",
    "quantity_base",
    "filled_base",
    "notional_quote",
    "mid",
    "average_price",
    "sigma_used",
)
"""Measures of every sweep; one column for each kind of cost comes after them. A declaration that
names measures has these alone, and the total."""


@dataclass(slots=True)
class Results:
    """Measures of a chunk: (points,) in the order of the points; NaN = none."""

    measures: dict[str, Floats]
    reasons: list[str]
    codes: np.ndarray[Any, np.dtype[np.int16]]
    """(points,) place in `reasons`; 0 = priced"""
    left_out: list[str]
    gaps: np.ndarray[Any, np.dtype[np.int16]]
    """(points,) place in `left_out`; 0 = nothing is"""


@dataclass(slots=True)
class _Sum:
    """A total as it grows."""

    total: Any = 0
    low: Any = 0
    high: Any = 0
    """the very same array as the total while no component had a band"""
    kinds: dict[CostKind, Floats] = field(default_factory=dict)
    beside: Floats | None = None
    gaps: Any = 0
    """bit per kind of cost that is absent from the sum"""
    refused: list[Priced] = field(default_factory=list)

    def add(self, kind: CostKind, part: Priced) -> None:
        """One component of the sum."""
        here = part.is_present
        self.refused.append(part)
        is_sharp = part.low is part.bps and part.high is part.bps
        bps, low, high = part.bps, part.low, part.high
        if not here.all():
            bps = np.where(here, bps, 0.0)
            low, high = (bps, bps) if is_sharp else (np.where(here, v, 0.0) for v in (low, high))
            self.gaps = self.gaps | np.where(here, 0, 1 << list(CostKind).index(kind))
        if is_sharp and self.low is self.total:
            self.total = self.low = self.high = self.total + bps
        else:
            self.total, self.low, self.high = self.total + bps, self.low + low, self.high + high
        self.kinds[kind] = np.where(here, part.bps, np.nan) if not here.all() else part.bps

    @property
    def is_finite(self) -> Any:
        """A sum is finite where all of its parts are: nothing finite comes of infinities."""
        found = np.isfinite(self.total)
        if self.low is not self.total:
            found = found & np.isfinite(self.low) & np.isfinite(self.high)
        return found


def measures_of(plan: Plan) -> tuple[str, ...]:
    """Columns that the sweep computes, in order; OrderError for a name that is none."""
    every = (*MEASURES, *(f"{kind.value}_bps" for kind in plan.kinds))
    for name in plan.sweep.measures:
        if name not in every:
            raise OrderError("measures", f"no {name!r}", ", ".join(every))
    wanted = {MEASURES[0], *plan.sweep.measures}
    return tuple(n for n in every if n in wanted) if plan.sweep.measures else every


def evaluate(
    plan: Plan, chunk: Chunk, states: Sequence[MarketState], fees: Sequence[FeeSchedule | None]
) -> Results:
    """Price a chunk on its states (those of `chunk.states`, in order) and their fees."""
    block = Block(plan, chunk, states, fees)
    shape = tuple(stop - start for start, stop in chunk.ranges)
    found = Results(
        measures={name: np.empty(shape) for name in measures_of(plan)},
        reasons=[""],
        codes=np.zeros(shape, dtype=np.int16),
        left_out=[""],
        gaps=np.zeros(shape, dtype=np.int16),
    )
    for orders, named, place in combinations(block):
        _fill(found, block, orders, named, place)
    found.measures = {name: values.reshape(-1) for name, values in found.measures.items()}
    found.codes, found.gaps = found.codes.reshape(-1), found.gaps.reshape(-1)
    return found


def _fill(
    found: Results,
    block: Block,
    orders: Executed,
    named: tuple[str, str],
    place: tuple[Any, ...],
) -> None:
    summed = _summed(block, orders, *named)
    codes = _codes(found, orders, summed)
    notional = orders.filled * orders.mid
    columns = {
        "total_bps": summed.total,
        "low_bps": summed.low,
        "high_bps": summed.high,
        "total_quote": _money(summed.total, notional, found),
        "beside_bps": summed.beside,
        "risk_bps": orders.risk_bps,
        "maker_share": orders.maker_share,
        "fill_probability": orders.fill_probability,
        "quantity_base": orders.quantity,
        "filled_base": orders.filled,
        "notional_quote": notional,
        "mid": orders.mid,
        "average_price": orders.average,
        "sigma_used": orders.sigma,
        **{f"{kind.value}_bps": values for kind, values in summed.kinds.items()},
    }
    is_priced = codes == 0
    whole = bool(is_priced.all())
    for column, target in found.measures.items():
        values = columns.get(column)
        if values is None:
            values = np.nan
        target[place] = values if whole else np.where(is_priced, values, np.nan)
    found.codes[place] = codes
    if np.any(summed.gaps):
        found.gaps[place] = np.where(is_priced, _gap_codes(found, summed.gaps), 0)


def _money(total: Any, notional: Floats, found: Results) -> Any:
    """Of every point, where the sweep wants it."""
    if "total_quote" not in found.measures:
        return None
    with np.errstate(all="ignore"):
        return total / BPS * notional


def _summed(block: Block, orders: Executed, name: str, impact: str) -> _Sum:
    summed = _Sum()
    try:
        recipe = catalog.recipe(name).with_impact(impact)
    except OrderError as error:
        summed.refused.append(nowhere(error.field, orders.codes.shape))
        return summed
    maker, taker = block.rates()
    rests = bool((~np.isnan(orders.rest_quantity)).any())

    def component(model: type[CostModel]) -> Priced:
        return priced(Cells(orders, model, maker, taker), FORMS)

    for model in recipe.adds:
        part = component(model)
        if recipe.is_whole and model.kind is not CostKind.FEES:
            part = part._replace(refused={**part.refused, NO_PRICE: ~part.is_present})
        summed.add(model.kind, part)
    for model in recipe.waiting if rests else ():
        part = component(model)
        nothing = np.isnan(orders.rest_quantity)
        bps, low, high = (np.where(nothing, 0.0, v) for v in (part.bps, part.low, part.high))
        summed.add(model.kind, part._replace(bps=bps, low=low, high=high))
        summed.kinds[model.kind] = np.where(nothing, np.nan, summed.kinds[model.kind])
    for model in recipe.beside[:1]:
        part = component(model)
        summed.refused.append(part)
        summed.beside = np.where(part.is_present, part.bps, np.nan)
    return summed


def _codes(found: Results, orders: Executed, summed: _Sum) -> Any:
    """Why a point has no price: its order's reason, else a model's, else no finite number."""
    codes: Any = np.zeros((1,) * orders.codes.ndim, dtype=np.int16)

    def refuse(reason: str, where: Any) -> None:
        nonlocal codes
        if np.any(where):
            if reason not in found.reasons:
                found.reasons.append(reason)
            codes = np.where(where & (codes == 0), found.reasons.index(reason), codes)

    for number, reason in enumerate(orders.reasons):
        if number:
            refuse(reason, orders.codes == number)
    for part in summed.refused:
        for reason, where in part.refused.items():
            refuse(reason, where)
    refuse(NO_PRICE, ~np.asarray(summed.is_finite))
    return codes


def _gap_codes(found: Results, gaps: Any) -> Any:
    """Bits of absent kinds -> places in `left_out`."""
    kinds = list(CostKind)
    bits = np.unique(gaps)
    places = np.zeros(int(bits.max()) + 1, dtype=np.int16)
    for bit in bits:
        text = "+".join(k.value for i, k in enumerate(kinds) if int(bit) >> i & 1)
        if text not in found.left_out:
            found.left_out.append(text)
        places[bit] = found.left_out.index(text)
    return places[gaps]
