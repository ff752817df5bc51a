"""Almgren–Chriss schedule: early parts larger, the more so the more urgent.

    share left at t = sinh(kappa (T - t)) / sinh(kappa T)          kappa = urgency / T

T         from arrival to the end        urgency   kappa T: 0 = TWAP, 10 = nearly all at once
kappa comes from risk aversion, volatility and temporary impact (models/planning/frontier.py finds
it); as a ticket field the urgency says the same without units.
Source: Almgren & Chriss 2000, eq. 17; models/impact/linear.py. Wrong when: impact is not linear.
Example: urgency 2 in two parts: sinh(1) / sinh(2) = 0.324 is left halfway, so 67.6 % goes first.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from market.units import SECONDS_PER_DAY
from models.base import Execution, MarketState, Request
from models.execution.base import AtAnyPrice
from models.execution.over_time import (
    carried_out_over_time,
    duration_parameter,
    refill_parameter,
    slices_parameter,
    starts,
)
from models.impact.linear import Slices, trades
from models.parameters import parameter
from models.resolve import Resolved


@dataclass(frozen=True, slots=True)
class AlmgrenChrissSchedule(AtAnyPrice):
    """The best trade-off of impact and risk, for linear impact."""

    name: ClassVar[str] = "ac_schedule"
    label: ClassVar[str] = "Almgren–Chriss schedule"

    urgency: float = parameter(
        1.0, low=0.0, high=10_000.0, unit="", meaning="κT: 0 constant rate, 10 urgent"
    )
    duration_s: float = duration_parameter()
    slices: float = slices_parameter()
    refill_s: float = refill_parameter()

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Parts along the trajectory, each from the book at its moment."""
        at = starts(self.slices, self.duration_s)
        plan = Slices(horizon_day=self.duration_s / SECONDS_PER_DAY, number=at.size)
        done = np.cumsum(trades(self.urgency / plan.horizon_day, plan))
        return carried_out_over_time(
            order,
            request,
            state,
            shares=done / done[-1],
            starts_s=at,
            refill_s=self.refill_s,
        )
