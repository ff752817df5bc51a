"""The last labels of one delay, for plots: a ring, so memory does not grow."""

import numpy as np
from numpy.typing import NDArray

from market.instrument import Floats
from models.learning.probes import COLUMNS
from models.learning.state import Sample

KEPT = 2000
HEAD = ("ns", "side", "bucket", "walk", "label", "low", "middle", "high")


class Recent:
    """Single writer: the thread that learns."""

    def __init__(self) -> None:
        self._rows = np.empty((KEPT, len(HEAD) + len(COLUMNS)))
        self._ns = np.zeros(KEPT, dtype=np.int64)
        self._seen = 0

    def add(
        self,
        ns: NDArray[np.int64],
        side: Floats,
        bucket: NDArray[np.int64],
        x: Floats,
        walk: Floats,
        label: Floats,
        band: tuple[Floats, Floats, Floats],
    ) -> None:
        """(n,) labels, oldest first; the oldest go."""
        rows = np.column_stack((np.zeros(len(ns)), side, bucket, walk, label, *band, x))[-KEPT:]
        places = (self._seen + np.arange(len(rows))) % KEPT
        self._rows[places], self._ns[places] = rows, ns[-KEPT:]
        self._seen += len(rows)

    def sample(self) -> Sample | None:
        """Copies, oldest first; None before the first label."""
        if not self._seen:
            return None
        n = min(self._seen, KEPT)
        order = (self._seen - n + np.arange(n)) % KEPT
        rows = self._rows[order]
        _, side, bucket, walk, label, low, middle, high = rows[:, : len(HEAD)].T
        return Sample(
            columns=COLUMNS,
            ns=self._ns[order],
            side=side,
            bucket=bucket.astype(np.int64),
            x=rows[:, len(HEAD) :],
            walk=walk,
            label=label,
            low=low,
            middle=middle,
            high=high,
        )
