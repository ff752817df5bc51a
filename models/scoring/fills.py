"""What is counted about shadow orders, as it is shown and kept."""

from dataclasses import dataclass
from typing import NamedTuple

from models.base import Source
from models.scoring.binary import BinaryScore, BinarySums
from models.scoring.paired import Advantage


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRate:
    """How often orders at one distance filled by one horizon, in three views of the queue."""

    ticks: int
    """Behind our best; -1 is inside the spread."""
    horizon_s: float
    settled: int
    pessimistic: int
    proportional: int
    optimistic: int
    crossed: int
    """Of the pessimistic ones, those that the other side came to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillScore:
    """One model of the chance of a fill, judged on orders it had not seen."""

    model: str
    horizon_s: float | None
    """None: all horizons together."""
    score: BinaryScore
    base_brier: float
    """Of the base rate on the same orders."""
    analytic_brier: float
    """Of the analytic model on the same orders."""
    against_base: Advantage | None = None
    against_analytic: Advantage | None = None
    verdict: str = ""
    """Whether it is better than the base rate, in words."""

    @property
    def skill(self) -> float | None:
        """Share of the base rate's Brier score that it saves; None where that is zero."""
        return 1 - self.score.brier / self.base_brier if self.base_brier else None


class MarketName(NamedTuple):
    """One instrument of one source. Sources are never mixed."""

    source: Source
    venue: str
    venue_symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptModel:
    """One bin of one model at one horizon."""

    model: str
    horizon_s: float
    sums: BinarySums


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFills:
    """Totals of one market as they are kept between two runs of the app."""

    market: MarketName
    rates: tuple[FillRate, ...]
    models: tuple[KeptModel, ...]
