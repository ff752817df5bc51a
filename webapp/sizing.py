"""The sizes a slider offers, on a log scale: from the venue's smallest order to the visible book.

    amount = low * (high / low) ** (position / STEPS)

Amounts are rounded to two significant digits, so that a slider gives sizes as people type them. The
ends are powers of ten, so that they stay where they are while the book moves.
Example: low 0.01, high 1000, STEPS 500: position 200 is 1, one step is 2.3 %.
"""

from dataclasses import dataclass
from math import ceil, floor, isfinite, log, log10

from market.instrument import Instrument
from market.order import Unit
from models.base import MarketState

STEPS = 500
DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeScale:
    """Amounts from `low` to `high`, in the unit of the ticket."""

    low: float
    high: float

    def amount(self, position: float) -> float:
        """At a position 0..STEPS; what lies outside counts as the end."""
        share = min(max(position / STEPS, 0.0), 1.0)
        exact = self.low * (self.high / self.low) ** share
        return float(f"{exact:.{DIGITS}g}")

    def position(self, amount: float | None) -> int:
        """Nearest to an amount; the ends for what lies outside, the low end for no number."""
        if amount is None or not isfinite(amount) or amount <= self.low:
            return 0
        share = log(amount / self.low) / log(self.high / self.low)
        return round(STEPS * min(share, 1.0))


def size_scale(instrument: Instrument, state: MarketState | None, unit: Unit) -> SizeScale | None:
    """The scale for this market and unit; None while its book is not known."""
    book = state.book if state is not None else None
    if book is None or state is None or state.instrument != instrument:
        return None
    mid = book.mid
    smallest = instrument.base_of(instrument.min_size, mid)
    largest = float(max(book.bid_sizes.sum(), book.ask_sizes.sum()))
    if unit is Unit.QUOTE:
        smallest, largest = smallest * mid, largest * mid
    elif unit is Unit.CONTRACTS:
        smallest, largest = (instrument.contracts_of(each, mid) for each in (smallest, largest))
    if not 0 < smallest < largest < float("inf"):
        return None
    # A hair of slack: 0.01 may come as 0.010000000000000002.
    low, high = 10.0 ** ceil(log10(smallest) - 1e-9), 10.0 ** ceil(log10(largest) - 1e-9)
    return SizeScale(low=float(f"{low:.1g}"), high=float(f"{high:.1g}")) if low < high else None


def decades(scale: SizeScale) -> int:
    """Powers of ten between the ends, for the marks under the slider."""
    return max(1, floor(log10(scale.high / scale.low) + 0.5))
