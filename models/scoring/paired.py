"""Is one model better than another, or was it luck?

    D = mean over blocks of (loss of the other - loss of ours)        > 0: ours is better
    e = standard deviation of the block means / sqrt(blocks)
    better when D > 3 e, worse when D < -3 e, else they cannot be told apart

Both are judged on the same labels. Labels that overlap in time say nearly the same thing, so means
over blocks of time at least as long as a label are compared, not single labels.
Source: paired comparison on block means (batch means).
Wrong when: blocks depend on each other; with few blocks the factor is too small, hence LEAST.
Example: differences 0.1, 0.3, 0.2 in three blocks: D = 0.2, e = 0.1 / sqrt 3.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

from market.units import NS_PER_S

LEAST: Final = 8
"""Blocks before anything is said."""
SURE: Final = 3.0
"""Standard errors: many lines are looked at, so two would often be luck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advantage:
    """How much less our model lost."""

    mean: float
    error: float
    """One standard error of the mean."""
    blocks: int

    @property
    def is_told(self) -> bool:
        """Whether there are enough blocks to say anything."""
        return self.blocks >= LEAST

    @property
    def is_better(self) -> bool:
        """Ours, beyond luck."""
        return self.is_told and self.mean > SURE * self.error

    @property
    def is_worse(self) -> bool:
        """The other, beyond luck."""
        return self.is_told and self.mean < -SURE * self.error


class PairedBlocks:
    """Running comparison of two models. Memory does not grow."""

    def __init__(self, block_s: float) -> None:
        self._block_ns = round(block_s * NS_PER_S)
        self._ends_ns = 0
        self._sum, self._count = 0.0, 0
        self._blocks = 0
        self._mean, self._squares = 0.0, 0.0

    def add(self, ns: int, difference: float, count: int) -> None:
        """Sum of (loss of the other - ours) over `count` labels settled at `ns`."""
        if not self._ends_ns - self._block_ns <= ns < self._ends_ns:
            self._close()
            self._ends_ns = ns + self._block_ns
        self._sum += difference
        self._count += count

    def advantage(self) -> Advantage | None:
        """From whole blocks; None before there are two."""
        if self._blocks < 2:
            return None
        variance = self._squares / (self._blocks - 1)
        return Advantage(mean=self._mean, error=sqrt(variance / self._blocks), blocks=self._blocks)

    def _close(self) -> None:
        """Welford's step with the mean of the block that ended."""
        if self._count:
            mean = self._sum / self._count
            self._blocks += 1
            off = mean - self._mean
            self._mean += off / self._blocks
            self._squares += off * (mean - self._mean)
        self._sum, self._count = 0.0, 0
