"""What do the fees come to, as the earlier systems S2a, S2b and S3 count them?

    fees_bps = m * maker_bps + (1 - m) * taker_bps

m                      maker share (0 = all taker, 1 = all maker)
maker_bps, taker_bps   rates of the tier (bps); they took them on the amount typed, at the mid
Source: earlier systems S2a, S2b and S3.
Wrong when: always by the slippage: a venue charges the value at the prices paid (models/fees.py).
Example: taker 10 bps: 10 bps of the arrival notional, whatever the order pays.
"""

from dataclasses import dataclass
from typing import ClassVar

from models.base import Absent, CostComponent, CostKind, Execution, Explanation
from models.fees import rate_of


@dataclass(frozen=True, slots=True)
class FeesAtArrival:
    """The venue's rate on the order's worth at the mid."""

    name: ClassVar[str] = "fees_at_arrival"
    kind: ClassVar[CostKind] = CostKind.FEES

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Absent where no schedule is known."""
        found = rate_of(execution)
        if isinstance(found, str):
            return Absent(kind=self.kind, model=self.name, reason=found)
        fees, _, bps, inputs = found
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="m · maker + (1 − m) · taker",
                inputs=inputs,
                source=f"earlier systems S2a, S2b, S3; rates: {fees.source}; as of {fees.as_of}",
                caveat="Taken on the amount at the mid; a venue takes it on the prices paid.",
            ),
        )
