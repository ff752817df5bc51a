"""What does S2b, the second notebook simulator, charge for market impact?

    temporary = gamma * sigma * sqrt(Q / (kappa T))        permanent = eta * sigma * sqrt(Q / kappa)
    impact % = 100 * (temporary + permanent) / mid         impact_bps = 100 * impact %

Q      order (quote), not divided by any volume         mid   quote/base
gamma  0.314       eta 0.142       kappa 0.5       T 1
sigma  as S2b has it: sqrt(8760) times the standard deviation of the relative steps between the mids
       of neighbouring levels of one snapshot (from_levels = 1); by default the market's volatility
Source: earlier system S2b.
Wrong when: always. Unit errors: Q has no scale, so the sum is in roots of money; divided by the
mid, the percentage depends on the price of a coin (20 against 100,000: 5,000 times as much); the
constants of Almgren et al. 2005 are there with their names swapped; both parts are roots; S2b's
sigma is the shape of a book, not a volatility.
Example: Q = 200, mid = 100, sigma = 0.03: 0.314 * 0.03 * 20 + 0.142 * 0.03 * 20 = 0.2736;
100 * 0.2736 / 100 = 0.2736 %, 27.36 bps.
"""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from market.book import BookSnapshot
from market.units import BPS
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.impact.facts import absent
from models.parameters import parameter

HOURS_PER_YEAR = 8760.0
LEVELS = 10


def book_shape_sigma(book: BookSnapshot) -> float | None:
    """What S2b calls volatility, from the first ten levels; None below three levels."""
    n = min(len(book.bid_prices), len(book.ask_prices), LEVELS)
    if n < 3:
        return None
    mids = (book.bid_prices[:n] + book.ask_prices[:n]) / 2
    return float(np.std(np.diff(mids) / mids[:-1]) * sqrt(HOURS_PER_YEAR))


@dataclass(frozen=True, slots=True)
class Seed2bImpact:
    """S2b's impact, as it wrote it."""

    name: ClassVar[str] = "impact_s2b"
    kind: ClassVar[CostKind] = CostKind.IMPACT

    gamma: float = parameter(0.314, low=0.0, high=10.0, unit="", meaning="S2b's temporary constant")
    eta: float = parameter(0.142, low=0.0, high=10.0, unit="", meaning="S2b's permanent constant")
    kappa: float = parameter(0.5, low=1e-6, high=1e6, unit="", meaning="S2b's κ")
    horizon: float = parameter(1.0, low=1e-6, high=1e6, unit="", meaning="S2b's T")
    from_levels: float = parameter(
        0.0, low=0.0, high=1.0, unit="", meaning="1 = σ from the levels of one book, as S2b did"
    )

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent while there is no sigma of the kind asked for."""
        sigma, fill = self._sigma(execution), execution.fill
        if sigma is None:
            return absent(self.name, "the volatility is not known yet")
        temporary = self.gamma * sigma * sqrt(fill.notional / (self.kappa * self.horizon))
        permanent = self.eta * sigma * sqrt(fill.notional / self.kappa)
        bps = BPS * (temporary + permanent) / fill.mid
        origin = Origin.MEASURED if self.from_levels else execution.sigma_origin
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · σ · [γ √(Q/(κT)) + η √(Q/κ)] / mid",
                inputs=(
                    Input("Q", "filled at the mid", fill.notional, "quote", Origin.MEASURED),
                    Input("mid", "arrival price", fill.mid, "quote/base", Origin.MEASURED),
                    Input("σ", "volatility", sigma, "", origin),
                    Input("γ", "S2b's temporary constant", self.gamma, "", Origin.ASSUMED),
                    Input("η", "S2b's permanent constant", self.eta, "", Origin.ASSUMED),
                    Input("κ", "S2b's kappa", self.kappa, "", Origin.ASSUMED),
                    Input("T", "S2b's horizon", self.horizon, "", Origin.ASSUMED),
                ),
                source="earlier system S2b",
                caveat=(
                    "Unit errors: money without a scale under a root, then divided by the price of "
                    "one coin; the constants of 2005 with their names swapped."
                ),
            ),
        )

    def _sigma(self, execution: Execution) -> float | None:
        if not self.from_levels:
            return execution.sigma_day
        book = execution.state.book
        return None if book is None else book_shape_sigma(book)
