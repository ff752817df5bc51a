"""What does working an order over a horizon cost, by the fit of Almgren, Thum, Hauptmann and Li?

    I = gamma * sigma_day * (X / V) * (Theta / V)^delta          permanent shift (fraction)
    K = eta * sigma_day * (X / (V T))^beta                       temporary (fraction)
    impact_bps = 1e4 * (I / 2 + K)                               the average paid

X, V       quantity (base), traded per day (base/day)       sigma_day   1/sqrt(day), fraction
T          horizon (day of 24 h)        Theta / V   days in which all units in existence trade:
           50 to 1000 for BTC, depending on which venues V counts; 200 is assumed here
gamma      0.314 ± 0.041      eta  0.142 ± 0.0062      delta 1/4      beta 3/5
Source: "Direct estimation of equity market impact", Risk, July 2005; US orders of 2001-03.
Wrong when: X / V is above about 0.1 to 0.25; T is far from hours (theirs: parts of a 6.5 h day);
delta should be 0 and gamma refitted where Theta has no meaning. The price paid is against arrival,
so the half-spread is in it already.
Example: IBM, V = 6.561 M, Theta = 1728 M, sigma = 1.57 %, X = V / 10, T = 0.1: I = 19.9, K = 22.3,
together 32.2 bps.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from market.units import BPS
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.impact.facts import TIMING, absent, facts_of
from models.parameters import parameter


class Impact2005(NamedTuple):
    """All in bps of price."""

    permanent: float
    """the whole lasting shift; half of it is paid"""
    temporary: float

    @property
    def paid(self) -> float:
        """Average against the arrival price."""
        return self.permanent / 2 + self.temporary


def impact_2005(
    share: float,
    horizon_day: float,
    sigma_day: float,
    turnover_days: float,
    *,
    gamma: float = 0.314,
    eta: float = 0.142,
    delta: float = 0.25,
    beta: float = 0.6,
) -> Impact2005:
    """Impact of `share` = X / V traded over `horizon_day`, with turnover_days = Theta / V."""
    permanent = gamma * sigma_day * share * turnover_days**delta
    temporary = eta * sigma_day * (share / horizon_day) ** beta
    return Impact2005(BPS * permanent, BPS * temporary)


@dataclass(frozen=True, slots=True)
class Almgren2005Impact:
    """The published fit, with its constants as parameters."""

    name: ClassVar[str] = "almgren_2005"
    kind: ClassVar[CostKind] = CostKind.IMPACT

    horizon_min: float = parameter(60.0, low=0.1, high=20160.0, unit="min", meaning="horizon")
    turnover_days: float = parameter(
        200.0, low=1.0, high=1e5, unit="day", meaning="Θ/V: units in existence over day volume"
    )
    gamma: float = parameter(0.314, low=0.0, high=10.0, unit="", meaning="permanent constant")
    eta: float = parameter(0.142, low=0.0, high=10.0, unit="", meaning="temporary constant")
    delta: float = parameter(0.25, low=0.0, high=1.0, unit="", meaning="exponent of Θ/V")
    beta: float = parameter(0.6, low=0.3, high=1.0, unit="", meaning="exponent of the rate")

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent while volatility or day volume is unknown."""
        facts = facts_of(execution, self.horizon_min)
        if isinstance(facts, str):
            return absent(self.name, facts)
        impact = impact_2005(
            facts.participation,
            facts.horizon_day,
            facts.sigma_day,
            self.turnover_days,
            gamma=self.gamma,
            eta=self.eta,
            delta=self.delta,
            beta=self.beta,
        )
        risk = facts.timing_bps
        return CostComponent(
            kind=self.kind,
            bps=impact.paid,
            low_bps=impact.paid - risk,
            high_bps=impact.paid + risk,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · σ_day · [½ γ (Q/V)(Θ/V)^δ + η (Q/(V T))^β]",
                inputs=(
                    *facts.inputs,
                    Input("γ", "permanent constant", self.gamma, "", Origin.PUBLISHED),
                    Input("η", "temporary constant", self.eta, "", Origin.PUBLISHED),
                    Input("δ", "exponent of Θ/V", self.delta, "", Origin.PUBLISHED),
                    Input("β", "exponent of the rate", self.beta, "", Origin.PUBLISHED),
                    Input("Θ/V", "days to turn over", self.turnover_days, "day", Origin.ASSUMED),
                    Input("I", "lasting shift", impact.permanent, "bps", Origin.ASSUMED),
                    Input("K", "temporary", impact.temporary, "bps", Origin.ASSUMED),
                ),
                source="Almgren, Thum, Hauptmann & Li 2005, Risk 18(7)",
                caveat=f"{TIMING} Fitted on US shares; γ is known to 13 %, η to 4 %.",
            ),
        )
