"""How good are probabilities, once it is known what happened?

    Brier      mean (p - y)^2                        0 = perfect, 1/4 = always saying one half
    log-loss   -mean( y ln p + (1 - y) ln(1 - p) )   p kept within CLIP .. 1 - CLIP
    bin        of all p that fell into it: how many, their mean, and how often it happened
    ECE        sum over bins of share * |mean p - observed|

p   probability that was said beforehand (0..1)        y   1 if it happened, else 0
Bins are narrow at both ends, where the chances of far and of near orders lie. The interval of an
observed frequency is Wilson's, at 95 %; it takes labels for independent, so overlapping ones make
it too narrow.
Source: Brier 1950; Wilson 1927.
Example: said 0.8 and it happened: Brier 0.04, log-loss 0.2231.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from market.errors import OrderError
from market.instrument import Floats

EDGES: Final = (
    *(0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
    *(0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0),
)
"""Of the bins: each holds its lower edge, the last one both."""
BINS: Final = len(EDGES) - 1
OWN: Final = 5
"""Sums of a bin besides those of rivals: count, predicted, happened, Brier, log-loss."""
CLIP: Final = 1e-12
Z95: Final = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """All probabilities between two edges."""

    low: float
    high: float
    count: int
    predicted: float
    """Their mean."""
    observed: float
    """How often it happened."""
    observed_low: float
    """95 % interval of that frequency."""
    observed_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryScore:
    """Everything said so far, judged."""

    count: int
    rate: float
    """How often it happened."""
    predicted: float
    """Mean of what was said."""
    brier: float
    log_loss: float
    calibration_error: float
    """ECE."""
    bins: tuple[ReliabilityBin, ...]
    """Those that are not empty, in order: the points of a reliability plot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinarySums:
    """One bin's running sums, as they are kept."""

    bin: int
    count: int
    predicted: float
    happened: int
    brier: float
    log_loss: float
    rivals: tuple[float, ...] = ()
    """Brier sums of what others said about the same."""


def brier(p: Floats, y: Floats) -> Floats:
    """(n,) squared errors."""
    return np.square(p - y)


def log_loss(p: Floats, y: Floats) -> Floats:
    """(n,) losses (nats)."""
    kept = np.clip(p, CLIP, 1 - CLIP)
    loss: Floats = -(y * np.log(kept) + (1 - y) * np.log1p(-kept))
    return loss


class BinaryTally:
    """Running sums by bin. Memory does not grow."""

    def __init__(self, rivals: int = 0) -> None:
        """`rivals`: how many others are judged on the same cases."""
        self._sums = np.zeros((OWN + rivals, BINS))

    @property
    def count(self) -> int:
        """How many were judged."""
        return int(self._sums[0].sum())

    def add(self, p: Floats, y: Floats, *rivals: Floats) -> None:
        """(n,) probabilities, what happened, what rivals said; OrderError for no probability."""
        if not (np.isfinite(p).all() and (p >= 0).all() and (p <= 1).all()):
            raise OrderError("probability", "is not between 0 and 1", "0 to 1")
        place = np.searchsorted(EDGES[1:-1], p, side="right")
        own = (np.ones_like(p), p, y, brier(p, y), log_loss(p, y))
        for row, value in enumerate((*own, *(brier(rival, y) for rival in rivals))):
            self._sums[row] += np.bincount(place, weights=value, minlength=BINS)

    def score(self) -> BinaryScore | None:
        """The verdict; None before anything was judged."""
        count, predicted, happened, squares, losses = self._sums[:OWN]
        total = float(count.sum())
        if total == 0:
            return None
        gaps = np.abs(predicted - happened)
        return BinaryScore(
            count=int(total),
            rate=float(happened.sum()) / total,
            predicted=float(predicted.sum()) / total,
            brier=float(squares.sum()) / total,
            log_loss=float(losses.sum()) / total,
            calibration_error=float(gaps.sum()) / total,
            bins=tuple(self._bin(i) for i in range(BINS) if count[i]),
        )

    def rivals(self) -> tuple[float, ...]:
        """Mean Brier score of each rival; empty before anything was judged."""
        total = self._sums[0].sum()
        return tuple((self._sums[OWN:].sum(axis=1) / total).tolist()) if total else ()

    def sums(self) -> tuple[BinarySums, ...]:
        """What to keep."""
        return tuple(
            BinarySums(
                bin=i,
                count=int(self._sums[0, i]),
                predicted=float(self._sums[1, i]),
                happened=int(self._sums[2, i]),
                brier=float(self._sums[3, i]),
                log_loss=float(self._sums[4, i]),
                rivals=tuple(self._sums[OWN:, i].tolist()),
            )
            for i in range(BINS)
            if self._sums[0, i]
        )

    def resume(self, kept: BinarySums) -> None:
        """Go on from what was kept."""
        self._sums[:, kept.bin] += (
            *(kept.count, kept.predicted, kept.happened),
            *(kept.brier, kept.log_loss, *kept.rivals),
        )

    def _bin(self, i: int) -> ReliabilityBin:
        count, predicted, happened = (float(value) for value in self._sums[:3, i])
        low, high = wilson(happened, count)
        return ReliabilityBin(
            low=EDGES[i],
            high=EDGES[i + 1],
            count=int(count),
            predicted=predicted / count,
            observed=happened / count,
            observed_low=low,
            observed_high=high,
        )


def wilson(happened: float, count: float) -> tuple[float, float]:
    """95 % interval of a frequency; count above 0."""
    share, z2 = happened / count, Z95 * Z95 / count
    centre = (share + z2 / 2) / (1 + z2)
    width = Z95 * sqrt(share * (1 - share) / count + z2 / (4 * count)) / (1 + z2)
    return max(0.0, min(share, centre - width)), min(1.0, max(share, centre + width))
