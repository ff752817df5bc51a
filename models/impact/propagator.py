"""What does working an order cost when every trade's push fades slowly?

    impact_bps = 1e4 * 1/2 sum_i sum_j n_i n_j G(|t_i - t_j|) / (Q * mid)
    G(l) = g0 * sigma_day * mid / V * [(1 - c) (1 + l / tau0)^(-b) + c]

n_i     slices, equal or (best = 1) those of the least cost, U-shaped       Q   quantity (base)
g0      push of a day's volume at the instant of trading, in daily volatilities (dimensionless)
tau0    start of the decay (s)       b   0.4 to 0.5 in data       c   share that never fades
Source: Bouchaud, Gefen, Potters & Wyart 2004; Gatheral 2010 (models/impact/transient.py).
g0 = 67 is assumed: with it 1 % of a day's volume in one hour costs what the square-root law says
(20 bps at 3 % a day). Calibrate it from the response of the mid (models/impact/calibration.py).
Wrong when: g0 is not calibrated; impact is linear here, so it is too dear for large orders.
Half-spread and fee are separate components.
Example: one slice, Q = 1 % of V, 3 % a day: 1e4 * 67 * 0.03 * 0.01 / 2 = 100.5 bps.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from market.instrument import Floats
from market.units import BPS, SECONDS_PER_DAY
from models.base import Absent, CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.impact.facts import TIMING, Facts, absent, facts_of
from models.impact.kernels import PowerDecay
from models.impact.transient import best_trades, gram, transient_cost
from models.parameters import parameter


@dataclass(frozen=True, slots=True)
class PropagatorImpact:
    """Linear transient impact of a schedule."""

    name: ClassVar[str] = "propagator"
    kind: ClassVar[CostKind] = CostKind.IMPACT

    horizon_min: float = parameter(60.0, low=0.1, high=20160.0, unit="min", meaning="horizon")
    slices: float = parameter(12.0, low=1.0, high=500.0, unit="", meaning="number of slices")
    g0: float = parameter(
        67.0, low=0.0, high=1e5, unit="σ_day", meaning="instant push of a day's volume"
    )
    start_s: float = parameter(10.0, low=0.01, high=3600.0, unit="s", meaning="start of the decay")
    b: float = parameter(0.45, low=0.01, high=0.99, unit="", meaning="exponent of the decay")
    lasting: float = parameter(
        0.0, low=0.0, high=1.0, unit="", meaning="share of the push that never fades"
    )
    best: float = parameter(
        0.0, low=0.0, high=1.0, unit="", meaning="1 = slices of the least cost, 0 = equal ones"
    )

    def schedule(self, horizon_day: float) -> tuple[Floats, Floats]:
        """(n,) fractions of the order, and (n, n) pushes for an instant push of one."""
        number = round(self.slices)
        kernel = PowerDecay(
            g0=1 - self.lasting,
            time=self.start_s / SECONDS_PER_DAY,
            b=self.b,
            floor=self.lasting,
        )
        pushes = gram(kernel, horizon_day, number)
        equal = np.full(number, 1 / number)
        return (best_trades(1.0, pushes) if self.best else equal), pushes

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent while volatility or day volume is unknown."""
        facts = facts_of(execution, self.horizon_min)
        if isinstance(facts, str):
            return absent(self.name, facts)
        fractions, pushes = self.schedule(facts.horizon_day)
        fade = 2 * transient_cost(fractions, pushes)
        bps = BPS * self.g0 * facts.sigma_day * facts.participation * fade / 2
        left = 1 - np.cumsum(fractions)
        gap = facts.horizon_day / max(1, len(fractions) - 1)
        risk = BPS * facts.sigma_day * float(np.sqrt(gap * (left @ left)))
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps - risk,
            high_bps=bps + risk,
            model=self.name,
            explanation=self._explanation(facts, fade),
        )

    def _explanation(self, facts: Facts, fade: float) -> Explanation:
        return Explanation(
            formula="1e4 · ½ · g₀ · σ_day · (Q/V) · Σᵢⱼ wᵢ wⱼ G(|tᵢ − tⱼ|)/G(0)",
            inputs=(
                *facts.inputs,
                Input("g₀", "instant push of a day's volume", self.g0, "σ_day", Origin.ASSUMED),
                Input("τ₀", "start of the decay", self.start_s, "s", Origin.ASSUMED),
                Input("b", "exponent of the decay", self.b, "", Origin.PUBLISHED),
                Input("c", "share that never fades", self.lasting, "", Origin.ASSUMED),
                Input("N", "slices", float(round(self.slices)), "", Origin.ASSUMED),
                Input("w", "weighted decay over the schedule", fade, "", Origin.ASSUMED),
            ),
            source="Bouchaud, Gefen, Potters & Wyart 2004; Gatheral 2010",
            caveat=f"{TIMING} g₀ is assumed until it is calibrated from the tape.",
        )
