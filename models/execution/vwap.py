"""VWAP: parts in proportion to the volume expected in their time.

    share done after part k = volume expected until then / volume expected until the end

Volume is expected as the hours of a week usually have it (models/planning/volume_profile.py).
Source: risk-neutral optimum when temporary impact depends on our share of the volume, for every
exponent of that dependence. Against the market's VWAP, own prints count: with share p of the
volume, cost against it = (1 - p) * cost against the others'.
Wrong when: the day is not like the others. Without a profile it is a TWAP, and says so.
Example: hours of 1 and 3 parts of the volume, two slices: a quarter, then three quarters.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from market.errors import OrderError
from models.base import Execution, MarketState, Request
from models.execution.base import AtAnyPrice
from models.execution.over_time import (
    carried_out_over_time,
    duration_parameter,
    refill_parameter,
    slices_parameter,
    starts,
)
from models.planning.volume_profile import expected_volumes
from models.resolve import Resolved


def pattern_note(state: MarketState) -> str:
    """Where the expected volume comes from, for the user."""
    if state.hour_volumes is not None:
        origin = state.hours_origin or "as given"
        return f"Volume is expected as in a usual week: {origin}."
    why = f" ({state.hours_origin})" if state.hours_origin else ""
    return f"No usual week of this market is known{why}: volume is taken as flat, as a TWAP does."


@dataclass(frozen=True, slots=True)
class Vwap(AtAnyPrice):
    """With the volume."""

    name: ClassVar[str] = "vwap"
    label: ClassVar[str] = "VWAP"

    duration_s: float = duration_parameter()
    slices: float = slices_parameter()
    refill_s: float = refill_parameter()

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """Parts that follow the usual volume; OrderError where none is expected."""
        at = starts(self.slices, self.duration_s)
        volumes = expected_volumes(state.hour_volumes, state.as_of_ns, at, self.duration_s)
        done = np.cumsum(volumes)
        if not done[-1] > 0:
            raise OrderError("vwap.duration_s", "nothing trades in those hours", "a longer time")
        return carried_out_over_time(
            order,
            request,
            state,
            shares=done / done[-1],
            starts_s=at,
            refill_s=self.refill_s,
            notes=(pattern_note(state),),
        )
