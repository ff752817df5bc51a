"""Numbers a user may change in a model or an order type, with their ranges.

A model is a frozen dataclass whose fields are its parameters, so a ticket can draw one input per
field and a request can carry what differs from the defaults as {"model.field": value}.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, TypeVar

from market.errors import OrderError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One input of a ticket."""

    key: str
    """As a request carries it: model.field."""
    meaning: str
    unit: str
    default: float
    low: float
    high: float
    unset: str = ""
    """What the default means, where it stands for another way than a number: "by ticks"."""

    def check(self, value: float) -> float:
        """The value, or OrderError with the allowed range."""
        if not (math.isfinite(value) and self.low <= value <= self.high):
            raise OrderError(
                self.key, f"is {value:g}", f"{self.low:g} to {self.high:g} {self.unit}".rstrip()
            )
        return float(value)


def parameter(
    default: float, *, low: float, high: float, unit: str, meaning: str, unset: str = ""
) -> Any:
    """A dataclass field that a ticket can draw."""
    about = {"low": low, "high": high, "unit": unit, "meaning": meaning, "unset": unset}
    return field(default=default, metadata={"default": default, **about})


def parameters_of(model: Any) -> tuple[Parameter, ...]:
    """The parameters of a model or an order type, in the order of its fields."""
    return _listed(model)


@cache
def _listed(model: Any) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(key=f"{model.name}.{spec.name}", **spec.metadata) for spec in fields(model)
    )


def configured(model: type[T], values: Mapping[str, float]) -> T:
    """The model with the values that a request carries for it, each within its range."""
    if not values:
        return model()
    chosen = {
        p.key.partition(".")[2]: p.check(values[p.key])
        for p in parameters_of(model)
        if p.key in values
    }
    return model(**chosen)
