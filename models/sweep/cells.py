"""A block of points as arrays that broadcast against each other.

Every dimension of the plan but recipe, impact, order type and depth policy is one axis of the
arrays; a column that does not vary along an axis has length 1 there, so nothing is computed twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from market.fee_schedule import FeeSchedule, FeeTier
from market.instrument import Floats, Side
from models.base import MarketState
from models.fee_schedules import custom_tier
from models.sweep.declaration import Scenario, Sweep, Tier
from models.sweep.plan import LOOPED, SHOCKS, Chunk, Plan
from models.sweep.shock import shocked


@dataclass(frozen=True, slots=True)
class Book:
    """One shocked state, and where it stands in the arrays."""

    state: MarketState
    place: tuple[int | slice, ...]
    """integers on the axes along which books differ, all of the others"""


@dataclass(slots=True)
class Block:
    """The points of one chunk."""

    plan: Plan
    chunk: Chunk
    states: Sequence[MarketState]
    """those of the chunk, in order"""
    fees: Sequence[FeeSchedule | None]
    """of every state's market; None where none is known"""
    axes: tuple[int, ...] = ()
    """dimensions of the plan that are axes of the arrays"""
    shape: tuple[int, ...] = ()
    _grids: dict[str, Any] = field(default_factory=dict)
    _books: list[Book] | None = None

    def __post_init__(self) -> None:
        dimensions = self.plan.dimensions
        self.axes = tuple(
            i for i, d in enumerate(dimensions) if not any(n in LOOPED for n in d.columns)
        )
        ranges = [self.chunk.ranges[i] for i in self.axes]
        self.shape = tuple(stop - start for start, stop in ranges)

    @property
    def sweep(self) -> Sweep:
        """The declaration."""
        return self.plan.sweep

    def has(self, column: str) -> bool:
        """Whether the sweep varies that column."""
        return any(column in d.columns for d in self.plan.dimensions)

    def values(self, column: str) -> tuple[int, Any]:
        """(dimension, the chunk's part of its values) of a column."""
        for number, dimension in enumerate(self.plan.dimensions):
            if column in dimension.columns:
                start, stop = self.chunk.ranges[number]
                return number, dimension.columns[column][start:stop]
        raise KeyError(column)

    def grid(self, column: str, default: float = np.nan) -> Floats:
        """A numeric column, shaped to broadcast; the default where the sweep does not vary it."""
        if column not in self._grids:
            if self.has(column):
                number, values = self.values(column)
                self._grids[column] = self.along(number, np.asarray(values, dtype=np.float64))
            else:
                self._grids[column] = np.full((1,) * len(self.axes), default)
        found: Floats = self._grids[column]
        return found

    def along(self, dimension: int, values: Any) -> Any:
        """(n,) values of a dimension of the plan, shaped to broadcast."""
        shape = [1] * len(self.axes)
        shape[self.axes.index(dimension)] = len(values)
        return np.asarray(values).reshape(shape)

    @property
    def sides(self) -> tuple[int, tuple[Side, ...]]:
        """(axis, sides)."""
        number, values = self.values("side")
        return self.axes.index(number), values

    @property
    def sign(self) -> Floats:
        """+1 or -1 along the axis of the sides."""
        number, values = self.values("side")
        signs: Floats = self.along(number, [float(side.sign) for side in values])
        return signs

    def shock(self, name: str) -> Floats:
        """The factor of a shock: the scenario's times the axis's."""
        factor = self.grid(name, 1.0)
        if self.has("scenario"):
            number, scenarios = self.values("scenario")
            by_name: Sequence[Scenario] = scenarios
            factor = factor * self.along(number, [getattr(s, name) for s in by_name])
        return factor

    @property
    def book_shape(self) -> tuple[int, ...]:
        """Shape in which books differ."""
        depth, spread, _ = SHOCKS
        by_state = self.along(0, np.zeros(len(self.states)))
        return np.broadcast_shapes(
            by_state.shape, self.shock(depth).shape, self.shock(spread).shape
        )

    def books(self) -> list[Book]:
        """Every shocked book of the block; volatility is not shocked here but in `sigma`."""
        if self._books is None:
            shape = self.book_shape
            depth, spread = (np.broadcast_to(self.shock(n), shape) for n in SHOCKS[:2])
            self._books = [
                Book(
                    shocked(self.states[at[0]], float(depth[at]), float(spread[at])),
                    tuple(i if n > 1 else slice(None) for i, n in zip(at, shape, strict=True)),
                )
                for at in product(*(range(n) for n in shape))
            ]
        return self._books

    def by_state(self, values: Sequence[float | None]) -> Floats:
        """One number per state; NaN for what is not known."""
        numbers = [np.nan if value is None else value for value in values]
        found: Floats = self.along(0, np.array(numbers, dtype=np.float64))
        return found

    @property
    def sigma(self) -> Floats:
        """Volatility per square root of a day: typed, else measured, times its shock."""
        if not self.has("sigma_day"):
            return self.measured
        return self.grid("sigma_day") * self.shock("volatility_times")

    @property
    def measured(self) -> Floats:
        """The market's own volatility times its shock."""
        own = self.by_state([state.sigma_day for state in self.states])
        return own * self.shock("volatility_times")

    @property
    def adv(self) -> Floats:
        """Traded per day (base)."""
        return self.by_state([state.adv for state in self.states])

    def rates(self) -> tuple[Floats, Floats]:
        """(maker, taker) bps by state and tier; NaN where no schedule is known."""
        number, tiers = self.values("tier") if self.has("tier") else (None, (Tier(),))
        found = [[tier_of(tier, fees) for tier in tiers] for fees in self.fees]
        shape = [1] * len(self.axes)
        shape[0] = len(self.states)
        if number is not None:
            shape[self.axes.index(number)] = len(tiers)

        def table(name: str) -> Floats:
            rows = [[np.nan if t is None else getattr(t, name) for t in row] for row in found]
            return np.array(rows, dtype=np.float64).reshape(shape)

        return table("maker_bps"), table("taker_bps")


def tier_of(tier: Tier, fees: FeeSchedule | None) -> FeeTier | None:
    """The tier that is meant at this venue; None where no schedule is known."""
    if tier.maker_bps is not None and tier.taker_bps is not None:
        return custom_tier(tier.maker_bps, tier.taker_bps)
    if fees is None:
        return None
    return fees.tier(tier.name) if tier.name else fees.tiers[0]


def folded(at: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """A place of the block in an array that is broadcast over some of its axes."""
    return tuple(i % n for i, n in zip(at, shape, strict=True))


def parameters_at(
    names: Sequence[str], grids: Mapping[str, Floats], at: tuple[int, ...]
) -> dict[str, float]:
    """Values of the named columns at one place of the arrays."""
    return {name: float(grids[name][folded(at, grids[name].shape)]) for name in names}
