"""TWAP: equal parts at equal times.

    share done after part k = k / n

n   parts, the first at once, the last one part's length before the end
Source: definition. The cheapest schedule for a risk-neutral trader with linear temporary impact
and flat volume (Almgren & Chriss 2000, lambda = 0).
Wrong when: volume is not flat (VWAP), the price drifts, or others see the pattern.
Example: 10 lots in 3 parts: 3, 4, 3 (models/planning/slicing.py).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.base import Execution, MarketState, Request
from models.execution.base import AtAnyPrice
from models.execution.over_time import (
    carried_out_over_time,
    duration_parameter,
    refill_parameter,
    slices_parameter,
    starts,
)
from models.resolve import Resolved


@dataclass(frozen=True, slots=True)
class Twap(AtAnyPrice):
    """Evenly over time."""

    name: ClassVar[str] = "twap"
    label: ClassVar[str] = "TWAP"

    duration_s: float = duration_parameter()
    slices: float = slices_parameter()
    refill_s: float = refill_parameter()

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Equal parts, each from the book at its moment."""
        at = starts(self.slices, self.duration_s)
        return carried_out_over_time(
            order,
            request,
            state,
            shares=np.arange(1, at.size + 1) / at.size,
            starts_s=at,
            refill_s=self.refill_s,
        )
