"""What a plot may ask of the history, and the shape of the answers."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement

from storage.learning_tables import LABELS, MODEL_METRICS
from storage.tables import COST_SAMPLES, ESTIMATES

STEPS: Final = 120
"""Points of a line over time."""
SHORTEST_NS: Final = 10_000_000_000
"""Of a slot: costs are sampled every few seconds."""
COSTS: Final = {
    "tickets": (COST_SAMPLES, COST_SAMPLES.c.ns),
    "saved": (ESTIMATES, ESTIMATES.c.created_ns),
}
"""What costs are read from: watched tickets, sampled as they ran, or estimates that were saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which rows; empty = any. Both times are included."""

    source: str
    venue: str = ""
    symbol: str = ""
    """As the venue spells it."""
    side: str = ""
    recipe: str = ""
    costs: str = "tickets"
    """A name in COSTS."""
    from_ns: int = 0
    to_ns: int = (1 << 63) - 1

    def of_costs(self) -> list[ColumnElement[bool]]:
        """Conditions on costs."""
        table, ns = COSTS[self.costs]
        column = table.c
        wanted = (
            (column.venue, self.venue),
            (column.venue_symbol, self.symbol),
            (column.side, self.side),
            (column.recipe, self.recipe),
        )
        return [
            column.source == self.source,
            ns >= self.from_ns,
            ns <= self.to_ns,
            *(each == value for each, value in wanted if value),
        ]

    def of_labels(self, delay_ns: int) -> list[ColumnElement[bool]]:
        """Conditions on labels."""
        t = LABELS.c
        wanted = ((t.venue, self.venue), (t.venue_symbol, self.symbol), (t.side, self.side))
        return [
            t.source == self.source,
            t.delay_ns == delay_ns,
            t.ns >= self.from_ns,
            t.ns <= self.to_ns,
            *(each == value for each, value in wanted if value),
        ]

    def of_marks(self, delay_ns: int) -> list[ColumnElement[bool]]:
        """Conditions on marks of models: those of all sizes together."""
        t = MODEL_METRICS.c
        wanted = ((t.venue, self.venue), (t.venue_symbol, self.symbol))
        return [
            t.source == self.source,
            t.bucket.is_(None),
            t.delay_ns == delay_ns,
            t.created_ns >= self.from_ns,
            t.created_ns <= self.to_ns,
            *(each == value for each, value in wanted if value),
        ]


class Place(NamedTuple):
    """One instrument of one source."""

    source: str
    venue: str
    symbol: str


class Span(NamedTuple):
    """First and last moment, and how many rows."""

    first_ns: int
    last_ns: int
    rows: int

    @property
    def step_ns(self) -> int:
        """Length of one of STEPS slots of time."""
        return max(SHORTEST_NS, (self.last_ns - self.first_ns) // STEPS + 1)


class Group(NamedTuple):
    """Costs that belong together (bps)."""

    at: int
    """Slot of time, hour of the day (UTC), or decade of the amount."""
    venue: str
    """Empty where markets are not told apart; so is `symbol`."""
    symbol: str
    rows: int
    mean: float
    low: float
    high: float


class Cell(NamedTuple):
    """One class of a distribution: how many, of each kind."""

    low: float
    high: float
    counts: tuple[int, ...]


class ErrorPoint(NamedTuple):
    """Mean absolute errors (bps) of one model in one slot of time."""

    ns: int
    model: str
    mae: float
    walk_mae: float
    zero_mae: float
