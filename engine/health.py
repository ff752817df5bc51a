"""How one market is doing, as a frozen value for pages and the API."""

from dataclasses import dataclass
from enum import StrEnum

from engine.market_key import MarketKey
from engine.skew import Skew
from market.trust import Trust


class MarketPhase(StrEnum):
    """Life of one followed book."""

    WAITING = "waiting"
    """for its first snapshot"""
    LIVE = "live"
    BROKEN = "broken"
    """no price until the next snapshot"""
    REFUSED = "refused"
    """the venue will not give it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketHealth:
    """One instrument of one source."""

    market: MarketKey
    phase: MarketPhase
    trust: Trust
    age_s: float | None
    """Since the venue last said anything about this book; None before that."""
    cadence_s: float | None
    """Mean time between updates; None until two came."""
    updates: int
    updates_per_s: float
    """By that rhythm, falling while nothing comes."""
    gaps: int
    breaks: int
    """Gaps and everything else that made the book unusable."""
    break_counts: tuple[tuple[str, int], ...]
    """(code, how often), sorted by code."""
    resyncs: int
    """Whole books that replaced a broken one."""
    last_break: str
    """Why, for the user; empty before the first."""
    last_break_ns: int | None
    last_outage_s: float | None
    """How long the last one that is over left the market without a price."""
    reach_bps: float | None
    """From the mid to where the visible book ends, on the side where it ends sooner."""
    trade_age_s: float | None
    skew: Skew

    @property
    def recoveries(self) -> int:
        """Outages that ended."""
        return self.resyncs
