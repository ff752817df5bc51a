"""How many points a sweep has, in which order, and in which chunks they are priced.

    dimensions, outermost first:
    state, scenario, depth, spread and volatility times, recipe, impact, order type, depth policy,
    side, size, parameters of order types, volatility, fee tier, parameters of models
    point = index in C order; what random and Latin axes share is one dimension of joint draws

What is dear to compute (a walk) depends on the outer dimensions, so that the inner ones are
broadcast. A chunk is a block of neighbouring points: the whole of the inner dimensions and a slice
of one outer. Chunks depend on the declaration alone, never on who computes them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import inf, prod
from typing import Any

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from market.order import MAX_AMOUNT
from models import catalog
from models.base import CostKind, CostModel
from models.parameters import parameters_of
from models.sweep import shock
from models.sweep.axes import is_sampled, sampled_values, values_of
from models.sweep.declaration import Sweep, checked
from models.volatility.limits import MAX_SIGMA_DAY

ROWS_FACTORED, ROWS_STEPWISE = 1 << 17, 1 << 11
"""Points of a chunk where everything is broadcast, and where order types are priced one by one."""
STATES_TOGETHER = 64
"""States that lie together at rest; a chunk never needs two of these groups."""
LOOPED = ("recipe", "impact", "order_type", "depth_policy")
"""Choices that are taken one after the other, not broadcast."""
SHOCKS = ("depth_times", "spread_times", "volatility_times")
FACTORED_STYLES = frozenset({"market"})
"""Order types whose fills are computed for all sizes at once; the others cell by cell."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One or more columns that vary together."""

    columns: Mapping[str, Any]
    """Column -> (n,) floats, or a tuple of n names or tiers"""
    size: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A block of neighbouring points."""

    number: int
    first: int
    """index of the first point"""
    points: int
    ranges: tuple[tuple[int, int], ...]
    """(start, stop) on every dimension"""

    @property
    def states(self) -> tuple[int, int]:
        """(start, stop) of the states it needs."""
        return self.ranges[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A declaration made countable."""

    sweep: Sweep
    dimensions: tuple[Dimension, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of every dimension."""
        return tuple(d.size for d in self.dimensions)

    @property
    def points(self) -> int:
        """Exactly."""
        return prod(self.shape)

    @property
    def is_factored(self) -> bool:
        """Whether every order type is priced for all sizes at once."""
        return FACTORED_STYLES.issuperset(self.sweep.order_types)

    @property
    def kinds(self) -> tuple[CostKind, ...]:
        """Kinds of cost that some recipe of the sweep adds."""
        recipes = [catalog.RECIPES[name] for name in self.sweep.recipes]
        added = {model.kind for r in recipes for model in r.adds + r.waiting}
        return tuple(kind for kind in CostKind if kind in added)

    def chunks(self) -> Iterator[Chunk]:
        """All of them, in the order of their points."""
        axis, step = self._cut()
        outer = [[(i, i + 1) for i in range(n)] for n in self.shape[:axis]]
        cut = [(i, min(i + step, self.shape[axis])) for i in range(0, self.shape[axis], step)]
        inner = tuple((0, n) for n in self.shape[axis + 1 :])
        rest, first = prod(self.shape[axis + 1 :]), 0
        for number, (*before, piece) in enumerate(product(*outer, cut)):
            points = (piece[1] - piece[0]) * rest
            yield Chunk(number, first, points, (*before, piece, *inner))
            first += points

    @property
    def chunk_count(self) -> int:
        """How many chunks there are."""
        axis, step = self._cut()
        return prod(self.shape[:axis]) * -(-self.shape[axis] // step)

    def columns_at(self, point: int) -> dict[str, Any]:
        """The value of every column at one point; OrderError where there is no such point."""
        if not 0 <= point < self.points:
            raise OrderError("point", f"is {point}", f"0 to {self.points - 1}")
        places = np.unravel_index(point, self.shape)
        return {
            name: values[int(place)]
            for dimension, place in zip(self.dimensions, places, strict=True)
            for name, values in dimension.columns.items()
        }

    def _cut(self) -> tuple[int, int]:
        """The dimension that chunks cut, and how many of it a chunk takes."""
        rows = ROWS_FACTORED if self.is_factored else ROWS_STEPWISE
        rest = 1
        for axis in range(len(self.shape) - 1, 0, -1):
            if rest * self.shape[axis] > rows:
                return axis, max(1, rows // rest)
            rest *= self.shape[axis]
        step = min(STATES_TOGETHER, max(1, rows // rest))
        return 0, 1 << (step.bit_length() - 1)


def plan(sweep: Sweep, states: int) -> Plan:
    """The points of a sweep over so many states; OrderError names the field that is wrong."""
    sweep = checked(sweep)
    _check_names(sweep)
    limits = _limits(sweep)
    axes = sweep.axes
    sampled: Mapping[str, Floats] = {}
    if any(is_sampled(axis) for axis in axes.values()):
        if sweep.samples < 1:
            raise OrderError("samples", "are 0, but an axis is drawn", "1 to 10,000,000")
        sampled = sampled_values(axes, sweep.samples, sweep.seed, limits)
    elif sweep.samples:
        raise OrderError("samples", "are asked for, but no axis is drawn", "0, or a random axis")
    if states < 1:
        raise OrderError("states", "hold no book", "1 or more")
    named: dict[str, Dimension] = {"state": Dimension({"state": np.arange(states)}, states)}
    if sweep.scenarios:
        named["scenario"] = Dimension({"scenario": sweep.scenarios}, len(sweep.scenarios))
    styles = tuple(k for k in sweep.parameters if k.partition(".")[0] in catalog.STYLES)
    others = tuple(k for k in sweep.parameters if k not in styles)
    order = (*SHOCKS, *LOOPED, "side", "size", *styles)
    joint = Dimension(sampled, sweep.samples)
    for name in (*order, "sigma_day", "tier", *others):
        if name in sampled:
            named.setdefault("sample", joint)
        elif name in axes:
            values = values_of(name, axes[name], *limits.get(name, (-inf, inf)))
            named[name] = Dimension({name: values}, len(values))
        elif name in _CHOICES:
            chosen = tuple(getattr(sweep, _CHOICES[name]))
            if chosen:
                named[name] = Dimension({name: chosen}, len(chosen))
    return Plan(sweep=sweep, dimensions=tuple(named.values()))


OPTIONAL = frozenset({"impacts"})
_CHOICES = {
    "recipe": "recipes",
    "impact": "impacts",
    "order_type": "order_types",
    "depth_policy": "depth_policies",
    "side": "sides",
    "tier": "tiers",
}


def _check_names(sweep: Sweep) -> None:
    for field in ("recipes", "impacts", "order_types", "depth_policies", "sides"):
        chosen = getattr(sweep, field)
        if not chosen and field not in OPTIONAL:
            raise OrderError(field, "is empty", "1 value or more")
        if len(set(chosen)) < len(chosen):
            raise OrderError(field, "names something twice")
    for field, table in (
        ("recipes", catalog.RECIPES),
        ("impacts", {"": None, **catalog.IMPACTS}),
        ("order_types", catalog.STYLES),
        ("depth_policies", catalog.POLICIES),
    ):
        for name in getattr(sweep, field):
            if name not in table:
                raise OrderError(field, f"no {name!r}", ", ".join(filter(None, table)))
    for scenario in sweep.scenarios:
        for name in SHOCKS:
            shock.check(name, getattr(scenario, name))
    for tier in sweep.tiers:
        rates = (tier.maker_bps, tier.taker_bps)
        if bool(tier.name) == (None not in rates) or rates.count(None) == 1:
            raise OrderError("tiers", "one is neither a name nor two rates", "name, or both rates")


def _limits(sweep: Sweep) -> dict[str, tuple[float, float]]:
    """Range of every numeric axis; OrderError for a parameter that nothing in the sweep has."""
    models = {m for r in sweep.recipes for m in models_of(r, sweep.impacts)}
    owners = (*models, *(catalog.STYLES[name] for name in sweep.order_types))
    known = {p.key: p for owner in owners for p in parameters_of(owner)}
    for key in sweep.parameters:
        if key not in known:
            allowed = ", ".join(sorted(known)) or "none for these recipes and order types"
            raise OrderError("parameters", f"nothing in this sweep is called {key!r}", allowed)
    return {
        "size": (5e-324, MAX_AMOUNT),
        "sigma_day": (5e-324, MAX_SIGMA_DAY),
        **shock.LIMITS,
        **{key: (known[key].low, known[key].high) for key in sweep.parameters},
    }


def models_of(recipe: str, impacts: tuple[str, ...]) -> tuple[type[CostModel], ...]:
    """All models that a recipe may ask in a sweep with these impacts."""
    chosen = catalog.RECIPES[recipe]
    return chosen.models + tuple(model for model in chosen.impacts if model.name in impacts)
