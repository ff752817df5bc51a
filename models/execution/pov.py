"""POV: a fixed share of the volume, for as long as that takes or is allowed.

    part_k = rate / (1 - rate) * others_k          until the order is done or time is up

rate       share of all volume, our own included
others_k   volume expected in the part's time (base): the day's volume, spread as the hours of a
           week usually have it (models/planning/volume_profile.py)
Source: definition. It may not complete: the residual is reported as unfilled.
Wrong when: the volume to come differs from the last 24 hours; the parts follow it, the plan cannot.
Example: rate 10 %, others trade 9 in each part: parts of 1; an order of 5 takes five of them.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from market.errors import BookNotReady
from models.base import Execution, MarketState, Request
from models.execution.base import AtAnyPrice
from models.execution.over_time import (
    carried_out_over_time,
    duration_parameter,
    refill_parameter,
    slices_parameter,
    starts,
)
from models.parameters import parameter
from models.planning.volume_profile import expected_volumes
from models.resolve import Resolved

DAYS_PER_WEEK = 7


@dataclass(frozen=True, slots=True)
class Pov(AtAnyPrice):
    """A share of the volume."""

    name: ClassVar[str] = "pov"
    label: ClassVar[str] = "Share of volume (POV)"

    rate_frac: float = parameter(
        0.1, low=0.001, high=0.9, unit="", meaning="our share of all volume"
    )
    duration_s: float = duration_parameter()
    slices: float = slices_parameter()
    refill_s: float = refill_parameter()

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Parts of the expected volume; BookNotReady while the day's volume is not known."""
        if not state.adv:
            raise BookNotReady("the day's volume is not known yet, so neither is a share of it")
        at = starts(self.slices, self.duration_s)
        week = expected_volumes(state.hour_volumes, state.as_of_ns, at, self.duration_s)
        others = week * state.adv * DAYS_PER_WEEK
        done = np.cumsum(others) * self.rate_frac / (1 - self.rate_frac) / order.quantity
        base = state.instrument.base
        reached = min(float(done[-1]), 1.0)
        return carried_out_over_time(
            order,
            request,
            state,
            shares=np.minimum(done, 1.0),
            starts_s=at,
            refill_s=self.refill_s,
            shortfall=f"{self.rate_frac:.0%} of the expected volume is {reached:.1%} of the order "
            f"in {self.duration_s:g} s; the rest of {order.quantity:.8g} {base} stays unfilled.",
        )
