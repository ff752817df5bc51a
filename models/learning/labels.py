"""The labels of several probes, laid under each other; what the tape never answered is left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.instrument import Floats
from models.learning.collector import Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """(n,) rows in the order they settled."""

    x: Floats
    """(n, len(COLUMNS))"""
    y: Floats
    """Slippage the tape answered (bps)."""
    walk: Floats
    """The same orders on the book that was asked (bps)."""
    buckets: NDArray[np.int64]
    signs: Floats
    asked_ns: NDArray[np.int64]
    settled_ns: int
    """Of the last."""

    @classmethod
    def of(cls, settled: Sequence[Settled[Any]]) -> "Labels | None":
        """None where no order of any probe found its whole size."""
        y = np.concatenate([each.label for each in settled])
        is_there = ~np.isnan(y)
        if not is_there.any():
            return None
        probes = [each.probe for each in settled]
        lengths = [len(probe.sizes) for probe in probes]
        return cls(
            x=np.concatenate([probe.x for probe in probes])[is_there],
            y=y[is_there],
            walk=np.concatenate([probe.walk for probe in probes])[is_there],
            buckets=np.concatenate([probe.buckets for probe in probes])[is_there],
            signs=np.concatenate([probe.signs for probe in probes])[is_there],
            asked_ns=np.repeat([probe.ns for probe in probes], lengths)[is_there],
            settled_ns=settled[-1].settled_ns,
        )
