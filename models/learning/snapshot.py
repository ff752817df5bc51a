"""A market's models as something to keep: what they know, where from, and how good they were."""

from dataclasses import dataclass
from typing import Any, Final

from models.learning.marks import Marks
from models.learning.probes import COLUMNS
from models.learning.spec import delay_text
from models.learning.state import LearningState

USER: Final = "user"
SCHEDULE: Final = "schedule"
SHUTDOWN: Final = "shutdown"
CLOSED: Final = "closed"
"""The market was followed no longer."""
IMPORTED: Final = "imported"
REASONS: Final = (USER, SCHEDULE, SHUTDOWN, CLOSED, IMPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """Marks of one model at one delay and one size, at one time."""

    ns: int
    source: str
    venue: str
    symbol: str
    delay_ns: int
    model: str
    is_champion: bool
    marks: Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSnapshot:
    """What is kept of one market's learning. Belongs to that market of that source only."""

    source: str
    venue: str
    symbol: str
    created_ns: int
    reason: str
    """One of REASONS."""
    note: str
    """The user's own words; empty otherwise."""
    columns: tuple[str, ...]
    """The features it was taught, in order."""
    first_ns: int | None
    last_ns: int | None
    """Training range."""
    rows: int
    """Labels, of the delay that had most."""
    metrics: tuple[MetricRow, ...]
    body: dict[str, Any]
    """From MarketLearning.snapshot: arrays, numbers, texts, scikit-learn objects."""

    @property
    def taught(self) -> tuple[tuple[int, int], ...]:
        """Stretches of the tape it was taught, first and last (ns)."""
        if "taught" in self.body:
            return tuple((int(first), int(last)) for first, last in self.body["taught"])
        if self.first_ns is None or self.last_ns is None:
            return ()
        return ((self.first_ns, self.last_ns),)

    @property
    def delays(self) -> tuple[str, ...]:
        """For the user: now, 50 ms, …"""
        return tuple(delay_text(int(delay)) for delay in self.body["delays"])


def snapshot_of(
    state: LearningState, body: dict[str, Any], *, reason: str, note: str = ""
) -> ModelSnapshot:
    """Put a body together with what the state says of it."""
    firsts = [delay.first_ns for delay in state.delays if delay.first_ns is not None]
    lasts = [delay.last_ns for delay in state.delays if delay.last_ns is not None]
    return ModelSnapshot(
        source=state.source,
        venue=state.venue,
        symbol=state.symbol,
        created_ns=state.as_of_ns,
        reason=reason,
        note=note,
        columns=COLUMNS,
        first_ns=min(firsts, default=None),
        last_ns=max(lasts, default=None),
        rows=max((delay.rows for delay in state.delays), default=0),
        metrics=metric_rows(state),
        body=body,
    )


def metric_rows(state: LearningState) -> tuple[MetricRow, ...]:
    """Every mark there is, one row each."""
    return tuple(
        MetricRow(
            ns=state.as_of_ns,
            source=state.source,
            venue=state.venue,
            symbol=state.symbol,
            delay_ns=delay.delay_ns,
            model=model.name,
            is_champion=model.is_champion,
            marks=marks,
        )
        for delay in state.delays
        for model in delay.models
        for marks in model.marks
    )
