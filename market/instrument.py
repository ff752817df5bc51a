"""What is traded, in which units, and the one place where contracts become coins."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.errors import OrderError

Floats = NDArray[np.float64]


class Side(StrEnum):
    """Direction of an order, or of a trade's taker."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class Kind(StrEnum):
    """How a venue's size turns into coins."""

    SPOT = "spot"
    LINEAR = "linear"
    INVERSE = "inverse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One listing on one venue.

    A size at the venue is `base` for spot and contracts otherwise. One linear contract is
    `contract_size` base; one inverse contract is `contract_size` quote.
    """

    venue: str
    venue_symbol: str
    """The venue's own id, for example BTC-USDT-SWAP."""
    base: str
    quote: str
    settle: str
    """Currency in which profit is paid; empty for spot."""
    kind: Kind
    product: str
    """Key of the venue's fee schedule: spot, swap, futures."""
    tick_size: float
    """Price step (quote/base)."""
    lot_size: float
    """Size step, in the venue's unit (base or contracts)."""
    min_size: float
    """Smallest order, in the venue's unit."""
    contract_size: float = 1.0
    """base per contract (linear), quote per contract (inverse), 1 for spot."""
    min_notional: float | None = None
    """Smallest order value (quote) where the venue states one."""
    is_live: bool = True
    """False while the venue has suspended trading or has not opened it."""
    is_inferred: bool = False
    """True where steps were read off a recorded book, because the venue's list is missing."""

    def __post_init__(self) -> None:
        for name in ("tick_size", "lot_size", "min_size", "contract_size"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise ValueError(
                    f"{self.venue} {self.venue_symbol}: {name} must be positive, got {value}"
                )

    @property
    def symbol(self) -> str:
        """The same thing under one name on every venue: BASE/QUOTE or BASE/QUOTE:SETTLE."""
        pair = f"{self.base}/{self.quote}"
        return f"{pair}:{self.settle}" if self.settle else pair

    @property
    def has_contracts(self) -> bool:
        """Whether the venue counts contracts instead of coins."""
        return self.kind is not Kind.SPOT

    def base_of(self, size: Any, price: Any) -> Any:
        """Venue size -> base. Scalars or arrays; `price` (quote/base) matters for inverse only."""
        if self.kind is Kind.INVERSE:
            return size * self.contract_size / price
        return size * self.contract_size

    def contracts_of(self, quantity: float, price: float) -> float:
        """Base -> the venue's own unit (contracts, or base for spot)."""
        if self.kind is Kind.INVERSE:
            return quantity * price / self.contract_size
        return quantity / self.contract_size

    def floor_to_lot(self, size: float) -> float:
        """Largest whole number of lots not above `size`, both in the venue's unit.

        Decimal on the shortest text of the numbers: 0.3 is three lots of 0.1.
        A size within 1e-12 of a whole number of lots is that number: a conversion between units
        loses as much in float64. Never more than a hundredth of a lot is added.
        """
        if not np.isfinite(size):
            raise OrderError("quantity", f"is {size:g} {self.venue_symbol}", "a finite amount")
        lot = Decimal(repr(self.lot_size))
        lots = Decimal(repr(float(size))) / lot
        whole = lots.to_integral_value(ROUND_HALF_EVEN)
        if abs(lots - whole) > min(lots * FLOAT_SLACK, MOST_SLACK):
            whole = lots.to_integral_value(ROUND_DOWN)
        return float(whole * lot)


FLOAT_SLACK = Decimal("1e-12")
MOST_SLACK = Decimal("0.01")
