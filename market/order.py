"""What to trade. How it is traded is an execution style (models/execution)."""

import math
from dataclasses import dataclass
from enum import StrEnum

from market.errors import OrderError
from market.instrument import Instrument, Kind, Side


class Unit(StrEnum):
    """Unit in which an amount was typed."""

    BASE = "base"
    QUOTE = "quote"
    CONTRACTS = "contracts"


MAX_AMOUNT = 1e15
"""Above this no market trades; it is a slip of the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An amount on one side. Valid once it exists: positive, finite, in a unit the venue has."""

    side: Side
    amount: float
    unit: Unit = Unit.BASE

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int | float):
            raise OrderError("quantity", "is not a number", f"0 < quantity <= {MAX_AMOUNT:g}")
        if not math.isfinite(self.amount) or not 0 < self.amount <= MAX_AMOUNT:
            raise OrderError("quantity", f"is {self.amount:g}", f"0 < quantity <= {MAX_AMOUNT:g}")

    def check(self, instrument: Instrument) -> None:
        """Raise OrderError where the instrument has no such unit."""
        if self.unit is Unit.CONTRACTS and not instrument.has_contracts:
            raise OrderError("unit", f"{instrument.venue_symbol} has no contracts", "base or quote")

    def is_sized_in_quote(self, instrument: Instrument) -> bool:
        """Whether the amount fixes money rather than coins (inverse contracts do too)."""
        return self.unit is Unit.QUOTE or (
            self.unit is Unit.CONTRACTS and instrument.kind is Kind.INVERSE
        )
