"""What does the best schedule cost in a block book that fills up again?

    best: X / (rho T + 2) at the start and at the end, rate rho X / (rho T + 2) between
    cost     = 1/2 lambda X^2 + kappa X^2 / (rho T + 2)
    constant rate instead:  kappa X^2 (rho T - 1 + e^(-rho T)) / (rho T)^2  in the second term
    N equal times, a = e^(-rho tau):  ends X / ((N - 2)(1 - a) + 2), inner (1 - a) times that

lambda   permanent impact (quote/base^2): g * sigma_day * mid / V
kappa    transient impact (quote/base^2): k * sigma_day * mid / V; 1 / density of the book - lambda
rho      resilience, ln 2 / half-life (1/day)       X   quantity (base)       T   horizon (day)
Source: Obizhaeva & Wang 2013, J. Financial Markets 16. The schedule does not depend on density.
g = 1.18 is the lasting impact of Almgren et al. 2005; k = 62 is assumed: with it and five minutes
1 % of a day's volume in one hour costs what the square-root law says (20 bps at 3 % a day).
Wrong when: the book is not a block; one half-life for all depths (the touch is back in seconds,
deep impact in minutes). Half-spread and fee are separate components.
Example: k = 62, g = 0, rho T = 8, X / V = 1 %, 3 % a day: 1e4 * 62 * 0.03 * 0.01 / 10 = 18.6 bps.
"""

from dataclasses import dataclass
from math import expm1, log, sqrt
from typing import ClassVar

import numpy as np

from market.instrument import Floats
from market.units import BPS, SECONDS_PER_DAY
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.depth_curve import DepthCurve
from models.impact.calibration import density, in_daily_volatilities
from models.impact.facts import TIMING, Facts, absent, facts_of
from models.parameters import parameter


def best_factor(resilience: float) -> float:
    """Transient cost of the best schedule over kappa X^2; `resilience` = rho T."""
    return 1 / (resilience + 2)


def constant_rate_factor(resilience: float) -> float:
    """The same at a constant rate; one half when nothing comes back."""
    if resilience < SMALL:
        return 0.5 - resilience / 6
    return (resilience + expm1(-resilience)) / resilience**2


def best_slices(number: int, resilience: float) -> Floats:
    """(N,) fractions of the order at N equally spaced times from start to end."""
    if number == 1:
        return np.ones(1)
    back = -expm1(-resilience / (number - 1))
    end = 1 / ((number - 2) * back + 2)
    slices = np.full(number, back * end)
    slices[[0, -1]] = end
    return slices


@dataclass(frozen=True, slots=True)
class ObizhaevaWangImpact:
    """A block at the start, a stream, a block at the end."""

    name: ClassVar[str] = "obizhaeva_wang"
    kind: ClassVar[CostKind] = CostKind.IMPACT

    horizon_min: float = parameter(60.0, low=0.1, high=20160.0, unit="min", meaning="horizon")
    half_life_s: float = parameter(
        300.0, low=0.01, high=86_400.0, unit="s", meaning="time in which half the depth is back"
    )
    permanent: float = parameter(
        1.18, low=0.0, high=100.0, unit="σ_day", meaning="lasting impact of a day's volume"
    )
    transient: float = parameter(
        62.0, low=0.0, high=1e5, unit="σ_day", meaning="passing push of a day's volume at once"
    )
    from_book: float = parameter(
        0.0, low=0.0, high=1.0, unit="", meaning="1 = push from the density of the visible book"
    )

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent without volatility, volume, or (if asked for) a book with a slope."""
        facts = facts_of(execution, self.horizon_min)
        if isinstance(facts, str):
            return absent(self.name, facts)
        push = self._push(facts, execution)
        if push is None:
            return absent(self.name, "the visible book is too shallow to show a slope")
        resilience = log(2) * facts.horizon_day * SECONDS_PER_DAY / self.half_life_s
        scale = BPS * facts.sigma_day * facts.participation
        bps = scale * (self.permanent / 2 + push * best_factor(resilience))
        risk = BPS * facts.sigma_day * sqrt(facts.horizon_day * _squared_holdings(resilience))
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps - risk,
            high_bps=bps + risk,
            model=self.name,
            explanation=self._explanation(facts, push, resilience),
        )

    def _push(self, facts: Facts, execution: Execution) -> float | None:
        """Transient impact (in daily volatilities)."""
        book = execution.state.book
        if not self.from_book or book is None:
            return self.transient
        rho = density(DepthCurve.of(book, execution.fill.side))
        if rho is None:
            return None
        whole = in_daily_volatilities(1 / rho, facts.sigma_day, facts.mid, facts.adv)
        return max(0.0, whole - self.permanent)

    def _explanation(self, facts: Facts, push: float, resilience: float) -> Explanation:
        origin = Origin.MEASURED if self.from_book else Origin.ASSUMED
        end = best_factor(resilience)
        return Explanation(
            formula="1e4 · σ_day · (Q/V) · [½ g + k / (ρT + 2)]",
            inputs=(
                *facts.inputs,
                Input("g", "lasting impact", self.permanent, "σ_day", Origin.PUBLISHED),
                Input("k", "passing impact", push, "σ_day", origin),
                Input("ρT", "resilience over the horizon", resilience, "", Origin.ASSUMED),
                Input("n₀", "share traded at once at each end", end, "", Origin.ASSUMED),
            ),
            source="Obizhaeva & Wang 2013",
            caveat=f"{TIMING} The half-life is assumed until it is measured.",
        )


def _squared_holdings(resilience: float) -> float:
    """Mean of the squared share left over time, on the best schedule."""
    block = best_factor(resilience)
    high, low = 1 - block, block
    return (high * high + high * low + low * low) / 3


SMALL = 1e-4
