"""One model at one delay: what it learns, what it shows, how it is marked."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.instrument import Floats
from models.learning.bands import Tail
from models.learning.learners import LEARNERS
from models.learning.marks import FIELDS, Marks, marks, tally
from models.learning.probes import COLUMNS
from models.learning.served import Scaler, Widening
from models.learning.spec import NOW, LearningSpec
from models.slippage.base import Form
from models.slippage.form import LinearForm

BATCH_NS = 1_000_000_000
"""Labels wait about this long before they are learned from."""
Sized = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one model would have said from some moment on."""

    name: str
    columns: tuple[int, ...]
    """Places of its features among COLUMNS."""
    form: Form
    widenings: tuple[Widening, ...]
    is_warm: bool
    rows: int


class Contender:
    """Single writer: the thread that learns."""

    def __init__(self, name: str, delay_ns: int, spec: LearningSpec) -> None:
        self.name = name
        self.learner = LEARNERS[name](delay_ns == NOW, spec.min_rows)
        self.columns = tuple(COLUMNS.index(feature) for feature in self.learner.features)
        self.fits, self.fit_s, self.rows = 0, 0.0, 0
        self.fitted_ns: int | None = None
        self.is_warm = False
        self._learned = 0
        self._kept = spec.scores
        per_ns = 2 / spec.step_ns(delay_ns)
        self._together = per_ns * (delay_ns + BATCH_NS)
        self._tails: dict[int, tuple[Tail, Tail]] = {}
        self._sums: dict[int, Floats] = {}

    # -- learning ----------------------------------------------------------------------------

    def learn(self, z: Floats, target: Floats) -> None:
        """(n, len(COLUMNS)) scaled rows and (n,) targets (bps)."""
        self.learner.learn(z[:, self.columns], target)
        self._learned += len(target)

    def refit(self, ns: int) -> None:
        """Solve; may take a second."""
        began = time.process_time()
        self.learner.refit()
        self.fit_s = time.process_time() - began
        if not self.learner.missing():
            self.fits, self.fitted_ns, self.rows = self.fits + 1, ns, self._learned
            self.is_warm = False

    # -- being marked ------------------------------------------------------------------------

    def mark(
        self,
        shown: Shown,
        z: Floats,
        y: Floats,
        base: Floats,
        walk: Floats,
        zero: Floats,
        buckets: Sized,
    ) -> tuple[Floats, Floats, Floats]:
        """Take (n,) labels of predictions that `shown` made; gives the band that was shown.

        base  what is added to the model's own number (bps); NaN ends where no band was shown
        """
        low, middle, high = (base + part for part in shown.form.predict(z[:, list(shown.columns)]))
        low_end, high_end = np.full(len(y), np.nan), np.full(len(y), np.nan)
        for bucket in np.unique(buckets).tolist():
            mine = buckets == bucket
            widening = next((w for w in shown.widenings if w.bucket == bucket), None)
            if widening is not None:
                low_end[mine] = np.minimum(low[mine] - widening.low_bps, middle[mine])
                high_end[mine] = np.maximum(high[mine] + widening.high_bps, middle[mine])
            has_band = np.full(int(mine.sum()), widening is not None)
            band = low_end[mine], middle[mine], high_end[mine]
            added = tally(y[mine], band, has_band, walk[mine], zero[mine])
            self._sums[bucket] = self._sums.get(bucket, np.zeros(len(FIELDS))) + added
            below, above = self._tail(bucket)
            # What was widened for another model, as after a snapshot was loaded, was never late.
            late = max(1, below.seen + len(has_band) - widening.scores) if widening else 1
            below.learn(low[mine] - y[mine], (y[mine] < low_end[mine])[has_band], late)
            above.learn(y[mine] - high[mine], (y[mine] > high_end[mine])[has_band], late)
        return low_end, middle, high_end

    def shown(self) -> Shown | None:
        """What it says from now on; None before it is fitted."""
        form = self.learner.form()
        if form is None:
            return None
        return Shown(
            name=self.name,
            columns=self.columns,
            form=form,
            widenings=self._widenings(),
            is_warm=self.is_warm,
            rows=self.rows,
        )

    @property
    def can_serve(self) -> bool:
        """Whether its fit is plain coefficients."""
        return isinstance(self.learner.form(), LinearForm)

    def marks(self) -> tuple[Marks, ...]:
        """By size, then all together."""
        each = [marks(sums, bucket) for bucket, sums in sorted(self._sums.items())]
        total = sum(self._sums.values(), np.zeros(len(FIELDS)))
        return tuple(mark for mark in (*each, marks(total, None)) if mark is not None)

    def sums(self) -> dict[int, Floats]:
        """Of everything marked so far, by size; copies."""
        return {bucket: sums.copy() for bucket, sums in self._sums.items()}

    def _tail(self, bucket: int) -> tuple[Tail, Tail]:
        if bucket not in self._tails:
            kept, together = self._kept, self._together
            self._tails[bucket] = Tail(kept, together), Tail(kept, together)
        return self._tails[bucket]

    def _widenings(self) -> tuple[Widening, ...]:
        found = []
        for bucket, (below, above) in sorted(self._tails.items()):
            low, high = below.widening(), above.widening()
            if low is not None and high is not None:
                found.append(Widening(bucket, low, high, below.seen))
        return tuple(found)

    # -- snapshots ---------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Fit and bands."""
        tails = [
            {"bucket": bucket, "low": low.state(), "high": high.state()}
            for bucket, (low, high) in sorted(self._tails.items())
        ]
        fitted = {"fits": self.fits, "fitted_ns": self.fitted_ns, "rows": self.rows}
        return {"learner": self.learner.state(), "tails": tails, **fitted}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there, marked as warm until its next own fit."""
        self.learner.restore(state["learner"])
        self._tails.clear()
        for kept in state["tails"]:
            for tail, name in zip(self._tail(int(kept["bucket"])), ("low", "high"), strict=True):
                tail.restore(kept[name])
        self.fits, self.rows = int(state["fits"]), int(state["rows"])
        self.fitted_ns = None if state["fitted_ns"] is None else int(state["fitted_ns"])
        self._learned, self.is_warm = self.rows, True


def served_columns(scaler: Scaler, columns: Sequence[int]) -> Scaler:
    """The part of a scaler that one model needs."""
    places = list(columns)
    return Scaler(scaler.centre[places], scaler.scale[places])
