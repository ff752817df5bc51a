"""What does working an order over a horizon cost, by Almgren and Chriss?

    impact_bps = 1e4 * E / (Q * mid)       E by models/impact/linear.py, without its fixed part
    gamma = g * sigma_day * mid / V        eta = e * sigma_day * mid / V
    kappa = urgency / T       lambda = eta_tilde ((2 / tau) sinh(kappa tau / 2))^2 / Sigma^2

g, e     permanent, temporary impact of a day's volume, in daily volatilities (dimensionless).
         1.18 and 0.357 are Almgren et al. 2005: 0.314 * 200^(1/4), and 0.142 * 0.1^(-0.4), their
         power law made linear where it trades a tenth of the volume
T, N     horizon (day) and slices, tau = T / N        urgency   0 = constant rate .. 10 = at once
refill_s 0, or the time in which the book refills (s): then  eta = refill / (2 rho), rho being the
         base per quote near the touch of this book (models/impact/calibration.py)
Source: Almgren & Chriss 2000, J. Risk 3(2). The fixed part, half-spread and fee, is left to those
components. The band is E plus and minus sqrt(V).
Wrong when: the order is one sweep (walk the book); impact is far from linear.
Example: sigma_day = 3 %, Q / V = 1 %, T = 1 h, 12 slices, urgency 0: permanent 1e4 * 1.18 * 0.03 *
0.01 * (1 - 1/12) / 2 = 1.62 bps, temporary 1e4 * 0.357 * 0.03 * 0.01 * 24 = 25.7 bps.
"""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from market.errors import OrderError
from market.units import BPS
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.depth_curve import DepthCurve
from models.impact.calibration import density, temporary_from_refill
from models.impact.facts import TIMING, Facts, absent, facts_of
from models.impact.linear import LinearImpact, Slices, trades
from models.parameters import parameter


@dataclass(frozen=True, slots=True)
class AlmgrenChrissImpact:
    """Permanent and temporary impact of the best schedule at a chosen urgency."""

    name: ClassVar[str] = "almgren_chriss"
    kind: ClassVar[CostKind] = CostKind.IMPACT

    horizon_min: float = parameter(60.0, low=0.1, high=20160.0, unit="min", meaning="horizon")
    slices: float = parameter(12.0, low=1.0, high=100_000.0, unit="", meaning="number of slices")
    urgency: float = parameter(
        1.0, low=0.0, high=10_000.0, unit="", meaning="κT: 0 constant rate, 10 urgent"
    )
    permanent: float = parameter(
        1.18, low=0.0, high=100.0, unit="σ_day", meaning="lasting impact of a day's volume"
    )
    temporary: float = parameter(
        0.357, low=1e-6, high=100.0, unit="σ_day", meaning="passing impact of a day's volume a day"
    )
    refill_s: float = parameter(
        0.0, low=0.0, high=3600.0, unit="s", meaning="book's refill time; 0 = use `temporary`"
    )

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent without volatility, volume, or (with a refill time) a book with a slope."""
        facts = facts_of(execution, self.horizon_min)
        if isinstance(facts, str):
            return absent(self.name, facts)
        eta = self._eta(facts, execution)
        if eta is None:
            return absent(self.name, "the visible book is too shallow to show a slope")
        impact = LinearImpact(
            permanent=self.permanent * facts.sigma_price / facts.adv,
            temporary=eta,
            sigma=facts.sigma_price,
        )
        return self._component(facts, impact)

    def _eta(self, facts: Facts, execution: Execution) -> float | None:
        book = execution.state.book
        if self.refill_s == 0 or book is None:
            return self.temporary * facts.sigma_price / facts.adv
        rho = density(DepthCurve.of(book, execution.fill.side))
        return None if rho is None else temporary_from_refill(rho, self.refill_s)

    def _component(self, facts: Facts, impact: LinearImpact) -> CostComponent:
        plan = Slices(horizon_day=facts.horizon_day, number=round(self.slices))
        kappa = self.urgency / plan.horizon_day
        aversion = self._aversion(impact, kappa, plan)
        schedule = facts.quantity * trades(kappa, plan)
        notional = facts.quantity * facts.mid
        bps = BPS * impact.expected_cost(schedule, plan) / notional
        risk = BPS * sqrt(impact.variance(schedule, plan)) / notional
        fitted = Origin.MEASURED if self.refill_s else Origin.PUBLISHED
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps - risk,
            high_bps=bps + risk,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · [γ Σ x n + (η/τ) Σ n²] / (Q · mid)",
                inputs=(
                    *facts.inputs,
                    Input("γ", "permanent", impact.permanent, "quote/base²", Origin.PUBLISHED),
                    Input("η", "temporary", impact.temporary, "quote·day/base²", fitted),
                    Input("N", "slices", float(plan.number), "", Origin.ASSUMED),
                    Input("κT", "urgency", self.urgency, "", Origin.ASSUMED),
                    Input("λ", "risk aversion it stands for", aversion, "1/quote", Origin.ASSUMED),
                    Input("n₁", "first slice", float(schedule[0]), "base", Origin.ASSUMED),
                ),
                source="Almgren & Chriss 2000; coefficients from Almgren et al. 2005"
                + (f"; η from the book, refilled in {self.refill_s:g} s" if self.refill_s else ""),
                caveat=f"{TIMING} Half-spread and fee are separate components.",
            ),
        )

    def _aversion(self, impact: LinearImpact, kappa: float, plan: Slices) -> float:
        """The lambda behind the urgency; OrderError names this model's field."""
        if self.urgency == 0:
            return 0.0
        try:
            return impact.risk_aversion(min(kappa, MAX_STEP / plan.tau), plan)
        except OrderError as error:
            raise OrderError(f"{self.name}.{error.field}", error.problem, error.allowed) from None


MAX_STEP = 300.0
"""kappa tau at which lambda is capped: all is in the first slice long before that."""
