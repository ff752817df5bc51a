"""What does an order cost at a given share of the market's volume, by Kissell's I-Star?

    I*   = a1 * (Q / ADV)^a2 * sigma^a3                      bps, all of it at once
    MI   = b1 * I* * POV^a4 + (1 - b1) * I*                  bps, worked at that share
    POV  = Q / (Q + ADV T)                                   share of the volume while it trades
    risk = 1e4 * sigma * sqrt(T / (3 * 365))                 bps, one standard deviation

Q, ADV     quantity (base), traded per day (base/day)        T    horizon (day)
sigma      volatility per year of 365 days, a decimal        a1 .. a4, b1   fitted constants
708, 0.55, 0.71, 0.50 and 0.98 are the fit on all US shares; a1 is the knob for another market.
Source: Kissell & Malamut; Kissell 2013, 2021.
Wrong when: Q / ADV is outside 0.1 % to 30 %, or POV outside 1 % to 60 %; the fit used equity-style
annual volatility. The cost is against arrival, so the half-spread is in it already.
Example: Q / ADV = 1 %, sigma_day = 3 % (sigma 57.3 %), T = 1 h: I* = 37.9, POV = 19.4 %,
MI = 0.98 * 37.9 * 0.44 + 0.02 * 37.9 = 17.1 bps.
"""

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import ClassVar

from market.units import BPS, DAYS_PER_YEAR, annual_from_day
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.impact.facts import TIMING, absent, facts_of
from models.parameters import parameter


@dataclass(frozen=True, slots=True)
class IStarImpact:
    """Instantaneous cost, spread out by participation."""

    name: ClassVar[str] = "i_star"
    kind: ClassVar[CostKind] = CostKind.IMPACT

    horizon_min: float = parameter(60.0, low=0.1, high=20160.0, unit="min", meaning="horizon")
    a1: float = parameter(708.0, low=0.0, high=1e5, unit="bps", meaning="scale")
    a2: float = parameter(0.55, low=0.1, high=1.5, unit="", meaning="exponent of size")
    a3: float = parameter(0.71, low=0.0, high=2.0, unit="", meaning="exponent of volatility")
    a4: float = parameter(0.50, low=0.0, high=2.0, unit="", meaning="exponent of participation")
    b1: float = parameter(0.98, low=0.0, high=1.0, unit="", meaning="temporary share")

    def instantaneous_bps(self, share: float, sigma_year: float) -> float:
        """I*, of `share` = Q / ADV."""
        return float(self.a1 * share**self.a2 * sigma_year**self.a3)

    def impact_bps(self, share: float, sigma_year: float, pov: float) -> float:
        """MI, worked at a share `pov` of the volume."""
        whole = self.instantaneous_bps(share, sigma_year)
        return float(self.b1 * whole * pov**self.a4 + (1 - self.b1) * whole)

    def best_participation(self, share: float, sigma_year: float, risk_weight: float) -> float:
        """POV where MI + risk_weight * timing risk is least, by golden section on log POV.

        All at once is tried as well: the risk falls so steeply there that it can be the best.
        """

        def objective(log_pov: float) -> float:
            pov = exp(log_pov)
            waited = share * (1 - pov) / pov / (3 * DAYS_PER_YEAR)
            risk = BPS * sigma_year * sqrt(max(0.0, waited))
            return self.impact_bps(share, sigma_year, pov) + risk_weight * risk

        low, high = log(LEAST_POV), 0.0
        while high - low > POV_TOLERANCE:
            left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
            low, high = (low, right) if objective(left) < objective(right) else (left, high)
        inner = (low + high) / 2
        return exp(inner) if objective(inner) < objective(0.0) else 1.0

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent while volatility or day volume is unknown."""
        facts = facts_of(execution, self.horizon_min)
        if isinstance(facts, str):
            return absent(self.name, facts)
        share, sigma = facts.participation, annual_from_day(facts.sigma_day)
        pov = share / (share + facts.horizon_day)
        bps = self.impact_bps(share, sigma, pov)
        risk = facts.timing_bps
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps - risk,
            high_bps=bps + risk,
            model=self.name,
            explanation=Explanation(
                formula="b₁ · I* · POV^a₄ + (1 − b₁) · I*,  I* = a₁ · (Q/V)^a₂ · σ^a₃",
                inputs=(
                    *facts.inputs,
                    Input("a₁", "scale", self.a1, "bps", Origin.PUBLISHED),
                    Input("a₂", "exponent of size", self.a2, "", Origin.PUBLISHED),
                    Input("a₃", "exponent of volatility", self.a3, "", Origin.PUBLISHED),
                    Input("a₄", "exponent of participation", self.a4, "", Origin.PUBLISHED),
                    Input("b₁", "temporary share", self.b1, "", Origin.PUBLISHED),
                    Input("σ", "volatility", sigma, "1/√year", facts.sigma_origin),
                    Input("POV", "share of the volume", pov, "", Origin.ASSUMED),
                ),
                source="Kissell 2013, I-Star, fit on all US shares",
                caveat=f"{TIMING} Fitted on shares: refit a₁ before trusting the level.",
            ),
        )


GOLDEN = (sqrt(5) - 1) / 2
LEAST_POV = 1e-4
POV_TOLERANCE = 1e-8
