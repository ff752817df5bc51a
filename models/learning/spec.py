"""What is learned, how often and on how much: everything a user may set about learning."""

from dataclasses import dataclass

from market.errors import OrderError
from market.units import NS_PER_MS, NS_PER_S
from models.learning.learners import LEARNERS

NOW = 0
"""The delay of S1's target: the order meets the very book it was priced on."""
LONGEST_DELAY_NS = 600 * NS_PER_S
REPEATS = 20
"""A target of delay D is asked at most every D / REPEATS: labels that overlap say the same thing
many times, and a thousand of them would pass for knowledge."""
MODELS = tuple(LEARNERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSpec:
    """Frozen settings of one learner set."""

    delays_ns: tuple[int, ...] = (
        NOW,
        50 * NS_PER_MS,
        250 * NS_PER_MS,
        NS_PER_S,
        5 * NS_PER_S,
        60 * NS_PER_S,
    )
    models: tuple[str, ...] = MODELS
    """Names in models/learning/learners.py."""
    around: float | None = None
    """The user's amount (quote); None = S1's amounts."""
    min_rows: int = 1000
    """Labels before the first fit, as in S1."""
    refit_books: int = 200
    """Books asked about between two fits, as in S1."""
    heavy_refit_s: float = 60.0
    """Between two fits of models that take long (of market time)."""
    probes_per_s: float = 10.0
    """The budget: books asked about, per second and market."""
    scores: int = 1000
    """Past errors kept for a band, per model, delay and size."""

    def __post_init__(self) -> None:
        if not self.delays_ns or not all(0 <= d <= LONGEST_DELAY_NS for d in self.delays_ns):
            raise OrderError("delays", f"are {self.delays_ns}", "0 to 600 s, one at least")
        if not self.models or not set(self.models) <= set(MODELS):
            raise OrderError("models", f"are {self.models}", ", ".join(MODELS))
        if not 50 <= self.min_rows <= 1_000_000:
            raise OrderError("minimum of samples", f"is {self.min_rows}", "50 to 1,000,000")
        if not 1 <= self.refit_books <= 1_000_000:
            raise OrderError("refit", f"every {self.refit_books} books", "1 to 1,000,000")
        if not 1 <= self.heavy_refit_s <= 86_400:
            raise OrderError("heavy refit", f"every {self.heavy_refit_s:g} s", "1 to 86,400 s")
        if not 0.1 <= self.probes_per_s <= 100:
            raise OrderError("probe budget", f"is {self.probes_per_s:g}/s", "0.1 to 100 per second")
        if not 50 <= self.scores <= 100_000:
            raise OrderError("past errors", f"are {self.scores}", "50 to 100,000")

    def step_ns(self, delay_ns: int) -> int:
        """Least time between two probes for that delay."""
        return max(round(NS_PER_S / self.probes_per_s), delay_ns // REPEATS)


def delay_text(delay_ns: int) -> str:
    """now, 50 ms, 1 s, 1 min."""
    if delay_ns == NOW:
        return "now"
    seconds = delay_ns / NS_PER_S
    if seconds < 1:
        return f"{seconds * 1e3:g} ms"
    return f"{seconds:g} s" if seconds < 60 else f"{seconds / 60:g} min"
