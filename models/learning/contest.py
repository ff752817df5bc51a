"""Is one prediction better than another, or was it luck?

    loss    (y - prediction)^2 / (mean squared error of "zero change" at that size), so that large
            orders do not outvote small ones
    block   mean loss of the labels within max(1 s, 2 D): labels of one delay D overlap, blocks
            hardly do
    z       mean of (loss_b - loss_a) over blocks / its standard error

z > SURE: a is better. 3 is one chance in 700 of saying so of equals at one look, and the question
is asked again and again. Fewer than ENOUGH blocks say nothing. The last KEPT blocks count, so that
an old merit fades.
Source: test of equal predictive accuracy (Diebold & Mariano 1995) on batch means.
Wrong when: what happens in one block reaches into the next.
Example: losses of b are 1 above those of a in 30 blocks, give or take 1: z about 5.5.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

SURE = 3.0
ENOUGH = 20
KEPT = 300


@dataclass(frozen=True, slots=True)
class Comparison:
    """a against b."""

    blocks: int
    """Both had predictions in this many."""
    a: float
    b: float
    """Mean relative loss."""
    z: float

    @property
    def is_better(self) -> bool:
        """a, surely."""
        return self.blocks >= ENOUGH and self.z > SURE

    @property
    def is_worse(self) -> bool:
        """a, surely."""
        return self.blocks >= ENOUGH and self.z < -SURE


class Contest:
    """Losses of all contenders for one delay."""

    def __init__(self, block_ns: int) -> None:
        self._block_ns = block_ns
        self._blocks: deque[dict[str, float]] = deque(maxlen=KEPT)
        self._sums: dict[str, tuple[float, int]] = {}
        self._ends_ns = 0

    def add(self, ns: int, losses: Mapping[str, tuple[float, int]]) -> dict[str, float] | None:
        """(sum of losses, labels) by contender, settled at `ns`; a block that ended, if one did."""
        ended = None
        if ns >= self._ends_ns:
            ended = self._close()
            self._ends_ns = ns + self._block_ns
        for name, (loss, n) in losses.items():
            before, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = before + loss, count + n
        return ended

    def compare(self, a: str, b: str) -> Comparison:
        """Over the blocks in which both had predictions."""
        pairs = np.array([(k[a], k[b]) for k in self._blocks if a in k and b in k])
        if len(pairs) < 2:
            return Comparison(len(pairs), 0.0, 0.0, 0.0)
        gain = pairs[:, 1] - pairs[:, 0]
        error = float(gain.std(ddof=1)) / len(gain) ** 0.5
        mean = float(gain.mean())
        z = mean / error if error > 0 else float(np.sign(mean)) * 2 * SURE
        return Comparison(len(pairs), float(pairs[:, 0].mean()), float(pairs[:, 1].mean()), z)

    def _close(self) -> dict[str, float] | None:
        sums, self._sums = self._sums, {}
        block = {name: loss / n for name, (loss, n) in sums.items() if n}
        if block:
            self._blocks.append(block)
        return block or None
