"""A venue's published fees for one product, with their date."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from market.errors import OrderError
from market.units import BPS


class ChargedIn(StrEnum):
    """Currency in which a venue takes its fee."""

    QUOTE = "quote"
    RECEIVED = "received"
    """What the trade brings in: coins on a buy, money on a sell."""
    SPENT = "spent"
    """What the trade gives away: money on a buy, coins on a sell."""
    SETTLE = "settle"
    """The contract's settlement currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTier:
    """One row of a schedule; a negative rate is a rebate."""

    name: str
    maker_bps: float
    taker_bps: float
    min_volume_usd: float | None = None
    """30-day volume (USD) that earns it; None = not known."""
    min_assets_usd: float | None = None
    """Holdings (USD) that earn it instead, where the venue offers that."""

    def __post_init__(self) -> None:
        for name in ("maker_bps", "taker_bps"):
            value = getattr(self, name)
            if not -MAX_RATE_BPS <= value <= MAX_RATE_BPS:
                raise OrderError(
                    f"fee tier {self.name}, {name}",
                    f"is {value:g}",
                    f"-{MAX_RATE_BPS:g} to {MAX_RATE_BPS:g} bps",
                )


MAX_RATE_BPS = 0.1 * BPS
"""A tenth of the notional: no venue charges more; a larger number mixed up its units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSchedule:
    """All tiers of one venue and product."""

    venue: str
    product: str
    tiers: tuple[FeeTier, ...]
    as_of: date
    source: str
    confidence: str
    notes: str = ""
    charged_in: ChargedIn = ChargedIn.QUOTE

    def tier(self, name: str) -> FeeTier:
        """The tier of that name, or OrderError naming those there are."""
        for tier in self.tiers:
            if tier.name == name:
                return tier
        known = ", ".join(t.name for t in self.tiers)
        raise OrderError("fee tier", f"no tier {name!r} at {self.venue} {self.product}", known)
