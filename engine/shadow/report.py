"""What shadow orders of one market showed, frozen: for pages and commands."""

from dataclasses import dataclass

from engine.market_key import MarketKey
from models.scoring.fills import FillRate, FillScore


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReport:
    """One market's shadow orders. Totals include what was kept of earlier runs."""

    market: MarketKey
    placed: int
    """Since the start."""
    live: int
    """Followed now."""
    settled: int
    """Orders judged at some horizon, times horizons."""
    discarded: tuple[tuple[str, int], ...]
    """Orders that could not be followed to their end, by reason, the most frequent first."""
    waits_for: str
    """Why nothing is placed now; empty while orders are."""
    learning: str
    """"learning: n of N" until there is a fit; empty then."""
    trained_on: int
    """Settled orders the fit in use was learned from."""
    rates: tuple[FillRate, ...]
    """By distance, then horizon."""
    scores: tuple[FillScore, ...]
    """By model: all horizons together, then each horizon."""
    headline: str
    """The one thing to know."""

    def score(self, model: str, horizon_s: float | None = None) -> FillScore | None:
        """One line of `scores`; None before that model said anything."""
        return next((s for s in self.scores if (s.model, s.horizon_s) == (model, horizon_s)), None)
