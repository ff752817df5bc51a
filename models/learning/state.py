"""What learning shows of itself. Frozen: pages and storage read it, nothing else leaves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.instrument import Floats
from models.learning.marks import Marks
from models.learning.served import ServedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """One model at one delay."""

    name: str
    label: str
    missing: str
    """What it waits for; empty when it predicts."""
    is_champion: bool
    can_serve: bool
    """Plain coefficients: a receipt can hold it. Trees only compete."""
    is_warm: bool
    """Started from a snapshot."""
    fits: int
    fitted_ns: int | None
    """Recorded or wall time of the last fit."""
    fit_s: float
    """How long it took (processor time)."""
    rows: int
    """Labels the last fit stands on, or stood on when they were kept."""
    verdict: str
    """Against the walk, in words: better, no better, or too early to tell."""
    beats_walk: bool | None
    """None: too early to tell."""
    relative_loss: float | None
    """Mean squared error in units of "zero change", over the last blocks; the walk's is beside."""
    walk_loss: float | None
    marks: tuple[Marks, ...]
    """By size, smallest first; the one of all sizes last."""

    @property
    def overall(self) -> Marks | None:
        """All sizes together."""
        return self.marks[-1] if self.marks else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The last labels, for plots: (n, ...) rows, oldest first."""

    columns: tuple[str, ...]
    """Names of the columns of x (models/learning/probes.py)."""
    ns: NDArray[np.int64]
    """When they were asked."""
    side: Floats
    """+1 buy, -1 sell"""
    bucket: NDArray[np.int64]
    x: Floats
    walk: Floats
    """bps at the time of asking"""
    label: Floats
    """bps after the delay"""
    low: Floats
    middle: Floats
    high: Floats
    """What the champion of that moment had shown (bps); NaN where nothing was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayState:
    """All models at one delay."""

    delay_ns: int
    label: str
    rows: int
    """Labels learned from."""
    needed: int
    """Labels before the first fit."""
    missing: str
    """"learning: 240 of 1,000 labels", or what else is missing; empty when a number is shown."""
    champion: str
    """Name of the model whose number is shown; empty while none is."""
    served: ServedModel | None
    verdict: str
    """Of the champion, and of a better model that cannot be shown, in words."""
    drift: str
    """A warning that errors have grown; empty otherwise."""
    drifts: int
    """How often that was seen."""
    models: tuple[ModelState, ...]
    sample: Sample | None
    first_ns: int | None
    last_ns: int | None
    """Training range: when the first and the last label were asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningState:
    """One market's learning at one moment. Never mixes sources, venues or instruments."""

    source: str
    venue: str
    symbol: str
    as_of_ns: int
    amounts: tuple[float, ...]
    """Sizes asked about (quote)."""
    probes: int
    """Books asked about."""
    settled: int
    """Labels that the tape gave."""
    waiting: int
    """Probes that wait for the tape."""
    discarded: int
    """Labels given up: the tape was cut or the book refused."""
    beyond: int
    """Orders left out: the visible book did not hold them."""
    dropped: int
    """Labels lost because learning did not keep up."""
    probes_per_s: float
    """The budget."""
    is_warm: bool
    """Started from a snapshot."""
    warm_from: str
    """Which one, for the user."""
    trouble: str
    """Why learning stopped for this market; empty otherwise."""
    delays: tuple[DelayState, ...]

    def delay(self, delay_ns: int) -> DelayState | None:
        """The one of that delay."""
        return next((d for d in self.delays if d.delay_ns == delay_ns), None)
