"""How does the push of one trade fade? Decay kernels of transient impact.

    exponential   G(l) = g0 e^(-l / time)
    power law     G(l) = g0 (1 + l / time)^(-b)
    floor         G(l) = g                          what never fades

l       time since the trade (day)       g0, g   price per base traded (quote/base^2)
time    time constant (day)              b       0 < b < 1, about 0.4 to 0.5 in data
area(l) is G integrated twice from zero. The cost of trading at constant rates follows from it and
from its second differences without any quadrature.
Source: Bouchaud, Gefen, Potters & Wyart 2004; Gatheral 2010. All three are convex, decreasing and
not negative, hence positive definite: linear impact with them leaves no profitable round trip.
Example: exponential, g0 = 2, time = 1: G(0) = 2, G(ln 2) = 1.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from market.instrument import Floats


class Kernel(Protocol):
    """A push that fades."""

    def at(self, lags: Floats) -> Floats:
        """G at lags (day), zero or later."""
        ...

    def area(self, lags: Floats) -> Floats:
        """G integrated twice from zero."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentialDecay:
    """Forgets at a constant rate."""

    g0: float
    time: float

    def at(self, lags: Floats) -> Floats:
        """G."""
        faded: Floats = self.g0 * np.exp(-lags / self.time)
        return faded

    def area(self, lags: Floats) -> Floats:
        """G integrated twice."""
        x = lags / self.time
        whole: Floats = self.g0 * self.time**2 * (x + np.expm1(-x))
        return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerDecay:
    """Forgets ever more slowly; `floor` is never forgotten."""

    g0: float
    time: float
    b: float
    floor: float = 0.0

    def at(self, lags: Floats) -> Floats:
        """G."""
        faded: Floats = self.g0 * (1 + lags / self.time) ** -self.b + self.floor
        return faded

    def area(self, lags: Floats) -> Floats:
        """G integrated twice."""
        x, slower = lags / self.time, 1 - self.b
        fading = ((1 + x) ** (1 + slower) - 1) / (1 + slower) - x
        whole: Floats = self.g0 * self.time**2 * fading / slower + self.floor * lags**2 / 2
        return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDecay:
    """Permanent impact: nothing is forgotten."""

    g0: float

    def at(self, lags: Floats) -> Floats:
        """G."""
        return np.full_like(lags, self.g0)

    def area(self, lags: Floats) -> Floats:
        """G integrated twice."""
        whole: Floats = self.g0 * lags**2 / 2
        return whole
