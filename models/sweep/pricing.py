"""One cost model over all executions of a block: as arrays where it has a form for arrays.

A model without such a form (models/sweep/forms.py) is asked itself, once for each execution,
volatility, fee tier and value of its own parameters; everything else is broadcast over it. So a
model that was added to the catalogue today is in the sweeps today.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from market.errors import BookNotReady, OrderError
from market.instrument import Floats
from models.base import Absent, CostModel
from models.parameters import configured, parameters_of
from models.sweep.cells import Block, folded, parameters_at, tier_of
from models.sweep.declaration import Tier
from models.sweep.executed import NO_PRICE, Executed, own_parameters, state_at

Bools = NDArray[np.bool_]


class Priced(NamedTuple):
    """A component, or where it is absent; arrays over a part of the block's axes."""

    bps: Floats
    low: Floats
    high: Floats
    is_present: Bools
    refused: Mapping[str, Bools]
    """field at fault -> where the model itself refuses"""


def exactly(bps: Floats, is_present: Any = True) -> Priced:
    """A component whose band has no width."""
    return Priced(bps, bps, bps, np.asarray(is_present), {})


def banded(bps: Floats, low: Floats, high: Floats, is_present: Any = True) -> Priced:
    """A component with a band."""
    return Priced(bps, low, high, np.asarray(is_present), {})


def nowhere(field: str, shape: tuple[int, ...]) -> Priced:
    """No component at all: refused everywhere, with the field at fault."""
    none = np.full(shape, np.nan)
    return Priced(none, none, none, np.zeros(shape, bool), {field: np.ones(shape, bool)})


@dataclass(frozen=True, slots=True)
class Cells:
    """What a form for arrays may see: executions, market facts, its parameters."""

    executed: Executed
    model: type[CostModel]
    maker: Floats
    taker: Floats

    @property
    def block(self) -> Block:
        """Axes, states and declaration."""
        return self.executed.block

    def parameter(self, name: str) -> Floats:
        """A parameter of the model: its axis, or its default."""
        key = f"{self.model.name}.{name}"
        defaults = {p.key: p.default for p in parameters_of(self.model)}
        return self.block.grid(key, defaults[key])

    @property
    def notional(self) -> Floats:
        """Filled at the mid (quote)."""
        return self.executed.filled * self.executed.mid

    @property
    def value(self) -> Floats:
        """Filled at the average (quote)."""
        return self.executed.filled * self.executed.average


Form = Callable[[Cells], Priced]


def priced(cells: Cells, forms: Mapping[type[CostModel], Form]) -> Priced:
    """The component of `cells.model` for every point."""
    form = forms.get(cells.model)
    if form is None:
        return _one_by_one(cells)
    with np.errstate(all="ignore"):
        return form(cells)


def _one_by_one(cells: Cells) -> Priced:
    """The model itself at every place that can differ."""
    found, block, model = cells.executed, cells.block, cells.model
    own = own_parameters(block, model.name)
    grids = {name: block.grid(name) for name in own}
    shape = np.broadcast_shapes(
        found.codes.shape,
        found.sigma.shape,
        cells.taker.shape,
        *(grid.shape for grid in grids.values()),
    )
    bps, low, high = (np.full(shape, np.nan) for _ in range(3))
    is_present = np.zeros(shape, dtype=bool)
    refused: dict[str, Bools] = {}
    for at in product(*(range(n) for n in shape)):
        execution = found.execution(at)
        if execution is None:
            continue
        sigma = float(found.sigma[folded(at, found.sigma.shape)])
        execution = msgspec.structs.replace(
            execution,
            state=state_at(block, at),
            request=dataclasses.replace(execution.request, **_fees_at(block, at)),
            sigma_day=None if np.isnan(sigma) else sigma,
        )
        try:
            component = configured(model, parameters_at(own, grids, at)).estimate(execution)
        except OrderError as error:
            refused.setdefault(error.field, np.zeros(shape, dtype=bool))[at] = True
            continue
        except (BookNotReady, ArithmeticError):
            refused.setdefault(NO_PRICE, np.zeros(shape, dtype=bool))[at] = True
            continue
        if not isinstance(component, Absent):
            bps[at], low[at], high[at] = component.bps, component.low_bps, component.high_bps
            is_present[at] = True
    return Priced(bps, low, high, is_present, refused)


def _fees_at(block: Block, at: tuple[int, ...]) -> dict[str, Any]:
    fees = block.fees[at[0] % len(block.fees)]
    tier = Tier()
    if block.has("tier"):
        number, tiers = block.values("tier")
        tier = tiers[at[block.axes.index(number)] % len(tiers)]
    return {"fees": fees, "tier": tier_of(tier, fees)}
