"""What every impact model of a worked order asks of an execution, and how it says so.

A worked order is traded in slices over a horizon T at about a constant rate. Its timing risk, one
standard deviation of the price while it trades, is  1e4 * sigma_day * sqrt(T / 3)  bps for a
constant rate; it is the width of the band, never a cost.
"""

from dataclasses import dataclass
from math import sqrt

from market.units import BPS, SECONDS_PER_DAY
from models.base import Absent, CostKind, Execution, Input, Origin

MINUTES_PER_DAY = 1440.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Measured numbers of one execution."""

    quantity: float
    """base"""
    mid: float
    """quote/base"""
    adv: float
    """base per day"""
    sigma_day: float
    """fraction per square root of a day"""
    sigma_origin: Origin
    horizon_day: float
    horizon_origin: Origin

    @property
    def participation(self) -> float:
        """Quantity as a fraction of a day's volume."""
        return self.quantity / self.adv

    @property
    def sigma_price(self) -> float:
        """Daily volatility as a price (quote/base per square root of a day)."""
        return self.sigma_day * self.mid

    @property
    def timing_bps(self) -> float:
        """One standard deviation of the price paid, traded at a constant rate (bps)."""
        return BPS * self.sigma_day * sqrt(self.horizon_day / 3)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """These numbers as symbols of a formula."""
        return (
            Input("Q", "quantity filled", self.quantity, "base", Origin.MEASURED),
            Input("V", "traded per day", self.adv, "base/day", Origin.MEASURED),
            Input("σ_day", "volatility", self.sigma_day, "1/√day", self.sigma_origin),
            Input("T", "horizon", self.horizon_day, "day", self.horizon_origin),
        )


STILL = 1e-100
"""Volatility whose square float64 can no longer tell from none."""


def facts_of(execution: Execution, horizon_min: float) -> Facts | str:
    """The facts, or what is missing, for the user.

    The horizon is that of the order type where it trades over time, else the model's own.
    """
    adv = execution.state.adv
    if execution.sigma_day is None:
        return "the volatility is not known yet"
    if execution.sigma_day < STILL:
        return "the price has not moved, and this impact is counted in its volatility"
    if adv is None or adv <= 0:
        return "the day's volume is not known yet"
    worked_s = _worked_s(execution)
    return Facts(
        quantity=execution.fill.filled,
        mid=execution.fill.mid,
        adv=adv,
        sigma_day=execution.sigma_day,
        sigma_origin=execution.sigma_origin,
        horizon_day=worked_s / SECONDS_PER_DAY if worked_s else horizon_min / MINUTES_PER_DAY,
        horizon_origin=Origin.TYPED if worked_s else Origin.ASSUMED,
    )


def _worked_s(execution: Execution) -> float:
    """Seconds over which the parts of an order are spread; 0 where there is one part."""
    starts = [child.start_s for child in execution.children]
    return starts[-1] * len(starts) / (len(starts) - 1) if len(starts) > 1 else 0.0


def absent(model: str, reason: str) -> Absent:
    """No impact, and why."""
    return Absent(kind=CostKind.IMPACT, model=model, reason=reason)


TIMING = "The band is one standard deviation of the price while the order is worked."
