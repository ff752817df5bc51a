"""Which schedules are efficient: no other one costs less at the same risk?

    minimise E + lambda V          for every lambda from 0 (constant rate) to infinity (at once)
    time to half      sinh(kappa (T - t)) = sinh(kappa T) / 2
    L-VaR             min over the frontier of E + z sqrt(V)

E, V    expected cost (quote) and variance (quote^2): models/impact/linear.py
kappa   rate of the schedule (1/day), lambda the risk aversion (1/quote) it belongs to
z       standard normal quantile of the confidence
Source: Almgren & Chriss 2000, sections 2 and 3; along the frontier dE/dV = -lambda, and at the
smallest E + z sqrt(V) lambda = z / (2 sqrt V). The paper calls 1/kappa "half-life"; half is left at
about 0.69 / kappa.
Wrong when: impact is not linear in the rate. The L-VaR schedule is not consistent in time: halfway
through, the same question has another answer. With few slices "all in the first" can win: it is on
the list of candidates.
Example: urgency 0: half is left at T / 2.
"""

from dataclasses import dataclass
from math import asinh, exp, inf, log, sinh, sqrt

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from models.fill.normal import quantile
from models.impact.linear import LinearImpact, Slices, trades

LEAST_URGENCY, MOST_URGENCY = 0.01, 200.0
"""kappa T between which the frontier bends; outside it is a constant rate, or all at once."""
POINTS = 40
SECTIONS = 80
GOLDEN = (sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPoint:
    """One efficient schedule."""

    urgency: float
    """kappa T; infinite for all in the first slice"""
    risk_aversion: float
    """1/quote"""
    cost: float
    """E (quote)"""
    risk: float
    """sqrt(V) (quote)"""
    trades: Floats
    """(N,) base"""


def plan_point(quantity: float, impact: LinearImpact, slices: Slices, urgency: float) -> PlanPoint:
    """The efficient schedule of that urgency."""
    impact.effective(slices)
    if urgency == inf:
        fractions = np.zeros(slices.number)
        fractions[0] = 1.0
        aversion = inf
    else:
        kappa = urgency / slices.horizon_day
        fractions = trades(kappa, slices)
        aversion = impact.risk_aversion(kappa, slices) if urgency > 0 else 0.0
    schedule = quantity * fractions
    return PlanPoint(
        urgency=urgency,
        risk_aversion=aversion,
        cost=impact.expected_cost(schedule, slices),
        risk=sqrt(impact.variance(schedule, slices)),
        trades=schedule,
    )


def frontier(
    quantity: float, impact: LinearImpact, slices: Slices, points: int = POINTS
) -> tuple[PlanPoint, ...]:
    """From a constant rate to all at once: cost rises, risk falls."""
    most = min(MOST_URGENCY, MAX_STEP * slices.number)
    urgencies = [0.0, *np.geomspace(LEAST_URGENCY, most, points - 2).tolist(), inf]
    return tuple(plan_point(quantity, impact, slices, urgency) for urgency in urgencies)


MAX_STEP = 100.0
"""kappa tau: beyond it all is in the first slice within float64."""


def best_plan(
    quantity: float, impact: LinearImpact, slices: Slices, risk_aversion: float
) -> PlanPoint:
    """The schedule that minimises E + lambda V."""
    kappa = impact.kappa(risk_aversion, slices)
    return plan_point(quantity, impact, slices, kappa * slices.horizon_day)


def half_time_day(urgency: float, horizon_day: float) -> float:
    """When half is left (day)."""
    if urgency < 1e-6:
        return horizon_day / 2
    if urgency > LARGE:
        return horizon_day * log(2) / urgency
    return horizon_day * (1 - asinh(sinh(urgency) / 2) / urgency)


LARGE = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAtRisk:
    """The schedule whose cost is exceeded least badly, at a confidence."""

    confidence: float
    value: float
    """E + z sqrt(V) (quote)"""
    plan: PlanPoint


def liquidity_var(
    quantity: float, impact: LinearImpact, slices: Slices, confidence: float
) -> ValueAtRisk:
    """L-VaR: golden section over the urgency, and the two ends."""
    if not 0.5 <= confidence < 1:
        raise OrderError("confidence", f"is {confidence:g}", "0.5 up to, not including, 1")
    z = quantile(confidence)

    def value(point: PlanPoint) -> float:
        return point.cost + z * point.risk

    def at(log_urgency: float) -> PlanPoint:
        return plan_point(quantity, impact, slices, exp(log_urgency))

    low, high = log(LEAST_URGENCY), log(min(MOST_URGENCY, MAX_STEP * slices.number))
    for _ in range(SECTIONS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if value(at(left)) <= value(at(right)):
            high = right
        else:
            low = left
    ends = [plan_point(quantity, impact, slices, urgency) for urgency in (0.0, inf)]
    chosen = min([at((low + high) / 2), *ends], key=value)
    return ValueAtRisk(confidence=confidence, value=value(chosen), plan=chosen)
