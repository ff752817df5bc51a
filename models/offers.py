"""What one venue offers for an order: its side of the book, its fee, and the sizes it takes."""

from dataclasses import dataclass
from math import ceil, floor

from market.errors import OrderError
from market.fee_schedule import FeeTier
from market.instrument import Instrument, Kind, Side
from models.base import MarketState
from models.depth_curve import DepthCurve
from models.resolve import priced_book

SLACK = 1e-9
"""Of a lot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One venue's side of the book, with what it charges and the sizes it takes."""

    instrument: Instrument
    curve: DepthCurve
    taker_bps: float

    @property
    def lot(self) -> float:
        """base"""
        return self.instrument.lot_size * self.instrument.contract_size

    @property
    def least_lots(self) -> int:
        """Smallest order."""
        least = self.instrument.min_size * self.instrument.contract_size
        if self.instrument.min_notional is not None:
            least = max(least, self.instrument.min_notional / self.curve.mid)
        return max(1, ceil(least / self.lot - SLACK))

    @property
    def most_lots(self) -> int:
        """What the visible book holds."""
        return floor(self.curve.visible / self.lot + SLACK)

    def all_in(self, quantity: float) -> float:
        """Money with fees, positive = paid, negative = received (quote)."""
        sign = self.curve.side.sign
        rate = 1 + sign * self.taker_bps / 1e4
        return float(sign * self.curve.cost(quantity) * rate)


def offer(state: MarketState, side: Side, tier: FeeTier) -> Offer:
    """What a venue offers now; BookNotReady where its book may not be priced."""
    if state.instrument.kind is Kind.INVERSE:
        raise OrderError(
            "venues", f"{state.instrument.venue_symbol} counts in money", "spot or linear contracts"
        )
    curve = DepthCurve.of(priced_book(state), side)
    return Offer(instrument=state.instrument, curve=curve, taker_bps=tier.taker_bps)
