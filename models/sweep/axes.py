"""Axes of a sweep: which values a number takes.

    list              the values as given
    grid              low, low + step, ... up to high
    linear, log       `count` values from low to high, evenly spaced, or evenly in the logarithm
    random            drawn evenly between low and high (`spacing` log: evenly in the logarithm)
    latin_hypercube   the same, one draw in each of n equal strata (scipy.stats.qmc)

All random and Latin axes of a sweep are drawn together: they are one dimension of `samples` joint
draws. The seed is in the declaration, so the same declaration means the same points everywhere.
Example: log, 1 to 100, 3 values: 1, 10, 100.
"""

from collections.abc import Mapping
from math import floor, inf, isfinite
from typing import Annotated, Literal

import msgspec
import numpy as np

from market.errors import OrderError
from market.instrument import Floats

MAX_VALUES = 1_000_000
"""On one axis: more than that is a sampling question, not a grid."""
Spacing = Literal["linear", "log"]


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="list"):
    """These values."""

    values: tuple[float, ...]


class Grid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="grid"):
    """From low in steps, up to high."""

    low: float
    high: float
    step: float


class Linear(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="linear"
):
    """Evenly spaced, both ends included."""

    low: float
    high: float
    count: Annotated[int, msgspec.Meta(ge=1)]


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="log"):
    """Evenly spaced in the logarithm, both ends included."""

    low: float
    high: float
    count: Annotated[int, msgspec.Meta(ge=1)]


class Random(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="random"
):
    """Drawn independently."""

    low: float
    high: float
    spacing: Spacing = "linear"


class LatinHypercube(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="latin_hypercube",
):
    """Drawn once in each stratum, the strata of all Latin axes shuffled against each other."""

    low: float
    high: float
    spacing: Spacing = "linear"


Axis = Listed | Grid | Linear | Log | Random | LatinHypercube
SAMPLED = (Random, LatinHypercube)


def is_sampled(axis: Axis) -> bool:
    """Whether the axis belongs to the dimension of joint draws."""
    return isinstance(axis, SAMPLED)


def values_of(name: str, axis: Axis, low: float = -inf, high: float = inf) -> Floats:
    """(n,) values of an axis that is not sampled; OrderError names the axis and its range."""
    if isinstance(axis, Listed):
        _check_count(name, len(axis.values))
        values = np.array(axis.values, dtype=np.float64)
    else:
        _check_bounds(name, axis.low, axis.high, is_log=isinstance(axis, Log))
        values = _spaced(name, axis)
    _check_range(name, values, low, high)
    return values


def sampled_values(
    axes: Mapping[str, Axis], samples: int, seed: int, limits: Mapping[str, tuple[float, float]]
) -> dict[str, Floats]:
    """(samples,) values of every sampled axis, drawn together."""
    chosen = {name: axis for name, axis in axes.items() if isinstance(axis, SAMPLED)}
    latin = [name for name, axis in chosen.items() if isinstance(axis, LatinHypercube)]
    strata = _strata(len(latin), samples, seed)
    generator = np.random.default_rng(seed)
    drawn: dict[str, Floats] = {}
    for name, axis in chosen.items():
        _check_bounds(name, axis.low, axis.high, is_log=axis.spacing == "log")
        unit = strata[:, latin.index(name)] if name in latin else generator.random(samples)
        if axis.spacing == "log":
            values = axis.low * (axis.high / axis.low) ** unit
        else:
            values = axis.low + (axis.high - axis.low) * unit
        drawn[name] = np.clip(values, axis.low, axis.high)
        _check_range(name, drawn[name], *limits.get(name, (-inf, inf)))
    return drawn


def _strata(axes: int, samples: int, seed: int) -> Floats:
    if axes == 0:
        return np.empty((samples, 0))
    from scipy.stats import qmc

    drawn: Floats = qmc.LatinHypercube(d=axes, rng=np.random.default_rng(seed)).random(samples)
    return drawn


def _spaced(name: str, axis: Axis) -> Floats:
    if isinstance(axis, Grid):
        if not (isfinite(axis.step) and axis.step > 0):
            raise OrderError(f"{name}.step", f"is {axis.step:g}", "above 0")
        steps = floor((axis.high - axis.low) / axis.step * (1 + 1e-12))
        _check_count(name, steps + 1)
        # Rounded to the twelve figures that a step of 0.1 loses after some additions.
        return np.array([float(f"{axis.low + k * axis.step:.12g}") for k in range(steps + 1)])
    if isinstance(axis, Linear):
        _check_count(name, axis.count)
        return np.linspace(axis.low, axis.high, axis.count)
    if isinstance(axis, Log):
        _check_count(name, axis.count)
        return np.geomspace(axis.low, axis.high, axis.count)
    raise OrderError(name, "is drawn, but the sweep draws no samples", "samples: 1 or more")


def _check_bounds(name: str, low: float, high: float, *, is_log: bool) -> None:
    if not (isfinite(low) and isfinite(high) and low <= high):
        raise OrderError(name, f"goes from {low:g} to {high:g}", "finite numbers, low <= high")
    if is_log and low <= 0:
        raise OrderError(f"{name}.low", f"is {low:g}", "above 0 on a logarithmic axis")


def _check_count(name: str, count: int) -> None:
    if count < 1:
        raise OrderError(name, "has no values", f"1 to {MAX_VALUES:,} values")
    if count > MAX_VALUES:
        raise OrderError(name, f"has {count:,} values", f"1 to {MAX_VALUES:,} values")


def _check_range(name: str, values: Floats, low: float, high: float) -> None:
    wrong = ~(np.isfinite(values) & (values >= low) & (values <= high))
    if wrong.any():
        first = float(values[wrong][0])
        raise OrderError(name, f"holds {first:g}", f"{low:g} to {high:g}")
