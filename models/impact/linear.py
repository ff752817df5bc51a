"""What does trading a position in slices cost, and how uncertain is that, under linear impact?

    E = gamma * sum(x_k n_k) + eps * sum|n_k| + (eta / tau) * sum(n_k^2)
    V = Sigma^2 * tau * sum(x_k^2)                                  k = 1 .. N
    eta_tilde = eta - gamma tau / 2      kappa_tilde^2 = lambda Sigma^2 / eta_tilde
    kappa = (2 / tau) asinh(kappa_tilde tau / 2)
    x_j = X sinh(kappa (T - t_j)) / sinh(kappa T)                   minimises E + lambda V

n_k      base traded in slice k, x_k what is left after it; sum(n_k) = X      tau = T / N (day)
gamma    permanent impact (quote/base^2)        eta   temporary ((quote/base) / (base/day))
eps      fixed cost per unit (quote/base)       Sigma absolute volatility (quote/base/sqrt(day))
lambda   risk aversion (1/quote)                kappa T   urgency: 0 = constant rate, 10 = urgent
Source: Almgren & Chriss 2000, J. Risk 3(2), eqs. 1-20, 25. With sum(n_k) = X the first term is
gamma (X^2 - sum(n_k^2)) / 2. The factors below are quotients of decaying exponentials, so nothing
overflows at any urgency; moments are direct sums.
Wrong when: impact is not linear in the rate (models/impact/almgren_2005.py).
Example: gamma = 0, eta = 2, eps = 0.5, X = 10 in two equal slices of one day:
0.5 * 10 + 2 * (25 + 25) = 105 quote; Sigma = 1: V = 1 * 5^2 = 25.
"""

from dataclasses import dataclass
from math import asinh, inf, isfinite, sinh, sqrt

import numpy as np

from market.errors import OrderError
from market.instrument import Floats

STILL = 1e-6
"""Below this urgency the schedule is a constant rate within rounding: error < urgency^2 / 6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """N equal slices over a horizon."""

    horizon_day: float
    number: int

    def __post_init__(self) -> None:
        if not (isfinite(self.horizon_day) and self.horizon_day > 0):
            raise OrderError("horizon", f"is {self.horizon_day:g} days", "more than 0")
        if self.number < 1:
            raise OrderError("slices", f"are {self.number}", "1 or more")

    @property
    def tau(self) -> float:
        """Length of one slice (day)."""
        return self.horizon_day / self.number

    @property
    def ends(self) -> Floats:
        """(N + 1,) times t_0 = 0 .. t_N = T (day)."""
        return np.linspace(0.0, self.horizon_day, self.number + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearImpact:
    """Coefficients in absolute units."""

    permanent: float
    temporary: float
    sigma: float
    fixed: float = 0.0

    def expected_cost(self, trades: Floats, slices: Slices) -> float:
        """E (quote) of (N,) trades (base)."""
        left = np.append(np.cumsum(trades[::-1])[::-1][1:], 0.0)
        squares = float(trades @ trades)
        pushed = self.permanent * float(left @ trades)
        return (
            pushed
            + self.fixed * float(np.abs(trades).sum())
            + self.temporary / slices.tau * squares
        )

    def variance(self, trades: Floats, slices: Slices) -> float:
        """V (quote squared) of (N,) trades (base)."""
        left = np.cumsum(trades[::-1])[::-1][1:]
        return self.sigma**2 * slices.tau * float(left @ left)

    def kappa(self, risk_aversion: float, slices: Slices) -> float:
        """Rate (1/day) of the schedule that minimises E + lambda V."""
        if not 0 <= risk_aversion < inf:
            raise OrderError("risk aversion", f"is {risk_aversion:g}", "0 or more")
        tilde = self.sigma * sqrt(risk_aversion / self.effective(slices))
        return 2 / slices.tau * asinh(tilde * slices.tau / 2)

    def risk_aversion(self, kappa: float, slices: Slices) -> float:
        """The lambda (1/quote) for which kappa (1/day) is best."""
        if self.sigma**2 == 0:
            raise OrderError("volatility", "is 0: without risk every aversion to it is the same")
        steepness = 2 / slices.tau * sinh(kappa * slices.tau / 2)
        return self.effective(slices) * steepness**2 / self.sigma**2

    def effective(self, slices: Slices) -> float:
        """eta_tilde, or OrderError where slices are so long that no schedule is best."""
        effective = self.temporary - self.permanent * slices.tau / 2
        if effective <= 0:
            if self.temporary <= 0:
                raise OrderError("temporary impact", f"is {self.temporary:g}", "more than 0")
            least = self.permanent * slices.horizon_day / (2 * self.temporary)
            raise OrderError(
                "slices",
                f"are {slices.number}: a slice lasts longer than twice temporary over permanent "
                "impact, so no schedule is best",
                f"{int(least) + 1} or more",
            )
        return effective


def trades(kappa: float, slices: Slices) -> Floats:
    """(N,) fractions of the order, all positive, that add up to one."""
    if kappa * slices.horizon_day < STILL:
        return np.full(slices.number, 1 / slices.number)
    starts = slices.ends[:-1]
    middle = starts + slices.tau / 2
    decay = np.exp(-kappa * starts) * -np.expm1(-kappa * slices.tau)
    mirror = 1 + np.exp(-2 * kappa * (slices.horizon_day - middle))
    fractions: Floats = decay * mirror / -np.expm1(-2 * kappa * slices.horizon_day)
    return fractions


def holdings(kappa: float, slices: Slices) -> Floats:
    """(N + 1,) fractions left at each time, from one to exactly zero."""
    left = slices.horizon_day - slices.ends
    if kappa * slices.horizon_day < STILL:
        return left / slices.horizon_day
    ratio = np.expm1(-2 * kappa * left) / np.expm1(-2 * kappa * slices.horizon_day)
    fractions: Floats = np.exp(-kappa * slices.ends) * ratio
    return fractions


def holdings_with_drift(
    quantity: float, impact: LinearImpact, slices: Slices, risk_aversion: float, drift: float
) -> Floats:
    """(N + 1,) base left where the price is expected to drift (quote/base/day; eq. 25).

    A positive drift favours whoever still holds. Needs a risk aversion above zero.
    """
    if risk_aversion <= 0:
        raise OrderError("risk aversion", f"is {risk_aversion:g}", "more than 0 with a drift")
    kappa = impact.kappa(risk_aversion, slices)
    static = drift / (2 * risk_aversion * impact.sigma**2)
    falling = holdings(kappa, slices)
    level: Floats = falling * quantity + (1 - falling - falling[::-1]) * static
    return level
