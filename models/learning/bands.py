"""A band that holds as often as it says, below and above, whatever the model and the market do.

    score_low  = low - y        score_high = y - high       (bps; of what the model predicted)
    widen      = the k-th smallest kept score of that tail, k = ceil((n + 1)(1 - (a - start)))
    start      = sqrt(ALPHA (1 - ALPHA) m / N), at most CAUTION
    a         <- a + gamma (ALPHA - miss)                   miss = 1 where the band shown was missed

ALPHA   share allowed beyond each end: 5 %, so that 90 % lie inside; each end keeps its own a
start   one standard error of a share that N / m independent scores give: labels of one second, or
        of one delay, see the same market, so m of them count as one and a new band is wider
m       labels of this size that are on their way at a time; N all scores so far
gamma   FEEDBACK / (labels learned since the band that was missed was made), at most LARGEST_STEP:
        misses are known late, and a correction that is repeated until it is felt would swing. The
        lateness is counted, not assumed: on a busy machine a fit keeps labels waiting for long
FEEDBACK  1 / e: an integrator with a dead time answers fastest without overshoot
k > n   more is wanted than was ever seen: the largest score, and for every ALPHA that a has sunk
        below 1 / (n + 1) once more its distance from the median score. Never endless, always wider
Scores are of predictions made before the label was known; misses are of the band that was shown.
Source: conformalised quantile regression (Romano, Patterson & Candes 2019) with the two ends apart;
adaptive level: Gibbs & Candes 2021, so that  sum of misses = T ALPHA + (a_1 - a_{T+1}) / gamma
while gamma is the same, and with steps that change: Angelopoulos, Barber & Bates 2024. Why few
scores call for more than their rank: Vovk 2012 (coverage given the scores is a beta variable).
FEEDBACK: Astrom & Hagglund 1995, control of a process with dead time.
Wrong when: there are few labels: T must be large against 1 / gamma. Both sides of a book count.
Example: scores 1 .. 39, a = 5 %: k = 38, widen 38. a = 0: k = 40 > 39: 39 + (1/40)/5 % * 19 = 48.5.
"""

from math import ceil, e, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.instrument import Floats
from models.slippage.conformal import ROUNDING

ALPHA = 0.05
FEEDBACK = 1 / e
LARGEST_STEP = 0.02
CAUTION = 0.1
CALIBRATED = 50
"""Scores before a band is shown."""


def step(late: float) -> float:
    """gamma for a band whose misses are known that many labels later."""
    return min(LARGEST_STEP, FEEDBACK / max(1.0, late))


def start(scores: int, together: float) -> float:
    """How much lower the level is while there are few scores, `together` of which count as one."""
    return min(CAUTION, sqrt(ALPHA * (1 - ALPHA) * max(1.0, together) / max(1, scores)))


def widen(scores: Floats, alpha: float) -> float:
    """How much an end must be moved out (bps) for (n,) past scores; n >= 1."""
    n = len(scores)
    rank = ceil((n + 1) * (1 - alpha) - ROUNDING)
    if rank > n:
        largest = float(scores.max())
        beyond = (1 / (n + 1) - alpha) / ALPHA
        return largest + max(0.0, beyond) * (largest - float(np.median(scores)))
    return float(np.partition(scores, max(rank, 1) - 1)[max(rank, 1) - 1])


class Tail:
    """One end of the band of one model, delay and size."""

    def __init__(self, kept: int, together: float) -> None:
        """together  labels that are on their way at a time"""
        self._scores = np.empty(kept)
        self._together = together
        self.seen = 0
        """Scores so far; the last `kept` of them count."""
        self.alpha = ALPHA

    def learn(self, scores: Floats, misses: NDArray[np.bool_], late: float = 1.0) -> None:
        """(n,) scores, and whether the end that was shown was missed, for those that had one.

        late  labels learned since the end that was shown was made
        """
        self.alpha += step(late) * (ALPHA * len(misses) - int(np.count_nonzero(misses)))
        scores = scores[-len(self._scores) :]
        places = (self.seen + np.arange(len(scores))) % len(self._scores)
        self._scores[places] = scores
        self.seen += len(scores)

    def widening(self) -> float | None:
        """bps; None while there are too few scores."""
        if self.seen < CALIBRATED:
            return None
        kept = self._scores[: min(self.seen, len(self._scores))]
        return widen(kept, self.alpha - start(self.seen, self._together))

    def state(self) -> dict[str, Any]:
        """For a snapshot."""
        kept = self._scores[: min(self.seen, len(self._scores))].copy()
        return {"scores": kept, "alpha": self.alpha, "seen": self.seen}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        scores = np.asarray(state["scores"], dtype=np.float64)
        self.seen, self.alpha = 0, float(state["alpha"])
        self.learn(scores, np.zeros(0, dtype=np.bool_))
        if len(scores) == len(self._scores):
            self.seen = max(self.seen, int(state.get("seen", self.seen)))
