"""What market orders of many sizes take from one side of one book: resolve and walk on arrays.

    quantity   as models/resolve.py, one amount at a time, would round it
    average    as models/walk.py would fill it

The same operations in the same order, so the same bits; what lies beyond the visible book and is
priced by a policy with branches is left to the policy itself, element by element.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.errors import OrderError
from market.instrument import Floats, Instrument, Kind
from market.order import Unit
from models.depth_curve import SNAP, DepthCurve
from models.depth_policy import DepthPolicy
from models.sweep.lots import floor_to_lots

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fills:
    """One value per amount; NaN where refused."""

    quantity: Floats
    """base, whole lots"""
    filled: Floats
    """base"""
    average: Floats
    """quote/base"""
    refused: dict[str, Bools]
    """field at fault -> where"""


def market_fills(
    instrument: Instrument, curve: DepthCurve, policy: DepthPolicy, amounts: Floats, unit: Unit
) -> Fills:
    """Fills of amounts in `unit`, any shape."""
    if unit is Unit.CONTRACTS and not instrument.has_contracts:
        return _all_refused(amounts, "unit")
    market = _Side(instrument, curve, policy)
    refused = np.zeros(amounts.shape, dtype=bool)
    with np.errstate(all="ignore"):
        sizes = floor_to_lots(instrument, market.sizes_of(amounts, unit, refused))
        refused |= ~(sizes >= instrument.min_size)
        quantity = market.base_of(sizes)
        if instrument.min_notional is not None:
            refused |= quantity * curve.mid < instrument.min_notional
        filled, average = market.walked(quantity, refused)
    for values in (quantity, filled, average):
        values[refused] = np.nan
    return Fills(quantity=quantity, filled=filled, average=average, refused={"quantity": refused})


@dataclass(frozen=True, slots=True)
class _Side:
    instrument: Instrument
    curve: DepthCurve
    policy: DepthPolicy

    def sizes_of(self, amounts: Floats, unit: Unit, refused: Bools) -> Floats:
        """Typed amounts in the venue's unit."""
        if unit is Unit.CONTRACTS:
            return amounts.copy()
        if self.instrument.kind is Kind.INVERSE:
            money = amounts if unit is Unit.QUOTE else self._money_of(amounts, refused)
            return money / self.instrument.contract_size
        base = self._base_for(amounts) if unit is Unit.QUOTE else amounts
        return base / self.instrument.contract_size

    def base_of(self, sizes: Floats) -> Floats:
        """The venue's unit in base."""
        amounts = sizes * self.instrument.contract_size
        return self._base_for(amounts) if self.instrument.kind is Kind.INVERSE else amounts

    def walked(self, quantity: Floats, refused: Bools) -> tuple[Floats, Floats]:
        """(filled, average)."""
        curve = self.curve
        reached = np.minimum(quantity, curve.visible)
        average, filled = curve.cost(reached) / reached, quantity.copy()
        beyond = ~(quantity <= curve.base[-1] * (1 + SNAP)) & ~refused
        if beyond.any():
            missing = quantity[beyond] - curve.visible
            extra, money = self._beyond(missing)
            filled[beyond] = np.where(extra >= missing, quantity[beyond], curve.visible + extra)
            average[beyond] = (curve.value + money) / filled[beyond]
            refused[beyond] |= np.isnan(extra)
        return filled, average

    def _beyond(self, missing: Floats) -> tuple[Floats, Floats]:
        """(base, money) that the policy gives; NaN where it refuses."""
        take = self.policy.take
        if self.policy.name in ELEMENTWISE:
            given = take(self.curve, missing)  # type: ignore[arg-type]
            return given.quantity + 0 * missing, given.money + 0 * missing
        pairs = [_or_nan(lambda m: take(self.curve, m)[:2], float(m)) for m in missing]
        extra, money = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
        return extra, money

    def _base_for(self, money: Floats) -> Floats:
        base: Floats = self.curve.base_for(money)
        beyond = ~(money <= self.curve.money[-1] * (1 + SNAP)) & ~np.isnan(money)
        if beyond.any():
            missing = money[beyond] - self.curve.value
            base[beyond] += [self.policy.base_for(self.curve, float(m)) for m in missing]
        return base

    def _money_of(self, base: Floats, refused: Bools) -> Floats:
        money: Floats = self.curve.cost(base)
        beyond = ~(base <= self.curve.base[-1] * (1 + SNAP))
        for place in np.argwhere(beyond):
            at = tuple(place)
            missing = float(base[at]) - self.curve.visible
            try:
                given = self.policy.take(self.curve, missing)
            except OrderError:
                refused[at] = True
                continue
            left = (missing - given.quantity) * given.worst
            money[at] = money[at] + given.money + left
        return money


ELEMENTWISE = frozenset({"partial", "penalty"})
"""Depth policies without branches: they take arrays as they take numbers."""


def _or_nan(take: Callable[[float], tuple[float, float]], missing: float) -> tuple[float, float]:
    try:
        return take(missing)
    except OrderError:
        return (np.nan, np.nan)


def _all_refused(amounts: Floats, field: str) -> Fills:
    nothing = np.full(amounts.shape, np.nan)
    return Fills(
        quantity=nothing,
        filled=nothing,
        average=nothing,
        refused={field: np.ones(amounts.shape, dtype=bool)},
    )
