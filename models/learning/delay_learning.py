"""All models at one delay: marked on what they had shown, then taught, then shown anew.

The order matters and is the same for every label: it is predicted by the model that was published
when its probe was asked; it moves the bands and the marks; only then it is learned from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from market.instrument import Floats
from market.units import NS_PER_S
from models.learning.collector import Settled
from models.learning.contender import Contender, Shown, served_columns
from models.learning.labels import Labels
from models.learning.probes import COLUMNS
from models.learning.recent import Recent
from models.learning.served import Scaler, ServedModel
from models.learning.spec import NOW, LearningSpec, delay_text
from models.learning.standing import WALK, ZERO, Standing
from models.learning.state import DelayState
from models.slippage.form import LinearForm

USUAL_MEMORY = 0.02
"""Weight of the newest book in the usual walk of a size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What is published for one delay: enough to predict and to be marked later."""

    scaler: Scaler | None = None
    models: tuple[Shown, ...] = ()
    usual: tuple[tuple[int, float], ...] = ()
    """(size, usual walk in bps): the prediction of "zero change"."""
    champion: str = ""


NOTHING = Showing()


class DelayLearning:
    """Single writer: the thread that learns."""

    def __init__(self, delay_ns: int, spec: LearningSpec) -> None:
        self.delay_ns = delay_ns
        self._spec = spec
        self.contenders = {name: Contender(name, delay_ns, spec) for name in spec.models}
        self._standing = Standing(delay_ns)
        self._scaler: Scaler | None = None
        self._first: list[tuple[Floats, Floats]] = []
        self.rows = 0
        self._usual: dict[int, float] = {}
        self._books = 0
        self._heavy_ns: int | None = None
        self._first_ns: int | None = None
        self._last_ns: int | None = None
        self._recent = Recent()

    # -- labels ------------------------------------------------------------------------------

    def process(self, settled: Sequence[Settled[Any]], showings: Sequence[Showing]) -> None:
        """Take labels in the order they settled, each with what had been shown at its asking."""
        start = 0
        while start < len(settled):
            end = start + 1
            while end < len(settled) and showings[end] is showings[start]:
                end += 1
            self._take(settled[start:end], showings[start])
            start = end
        self._refit_when_due()

    def _take(self, settled: Sequence[Settled[Any]], showing: Showing) -> None:
        self._books += len(settled)
        labels = Labels.of(settled)
        if labels is None:
            return
        y, walk, buckets = labels.y, labels.walk, labels.buckets
        self._first_ns = self._first_ns or int(labels.asked_ns[0])
        self._last_ns = int(labels.asked_ns[-1])
        band = self._mark(showing, labels)
        self._recent.add(labels.asked_ns, labels.signs, buckets, labels.x, walk, y, band)
        for bucket in np.unique(buckets).tolist():
            seen = float(walk[buckets == bucket].mean())
            usual = self._usual.setdefault(bucket, seen)
            self._usual[bucket] = usual + USUAL_MEMORY * (seen - usual)
        self._learn(labels.x, y if self.delay_ns == NOW else y - walk)

    def _mark(self, showing: Showing, labels: Labels) -> tuple[Floats, Floats, Floats]:
        """Mark all; the band of the champion that was shown, NaN where none was."""
        y, walk, buckets = labels.y, labels.walk, labels.buckets
        usual = dict(showing.usual)
        nothing = np.full(len(y), np.nan)
        best = nothing, nothing, nothing
        if showing.scaler is None or not usual:
            return best
        zero = np.array([usual.get(b, np.nan) for b in buckets.tolist()])
        zero = np.where(np.isnan(zero), walk, zero)
        z = showing.scaler.apply(labels.x)
        base = walk if self.delay_ns != NOW else np.zeros(len(y))
        squared = {WALK: (y - walk) ** 2, ZERO: (y - zero) ** 2}
        for shown in showing.models:
            contender = self.contenders[shown.name]
            band = contender.mark(shown, z, y, base, walk, zero, buckets)
            squared[shown.name] = (y - band[1]) ** 2
            if shown.name == showing.champion:
                best = band
        self._standing.add(labels.settled_ns, showing.champion, squared, buckets)
        return best

    # -- learning ----------------------------------------------------------------------------

    def _learn(self, x: Floats, target: Floats) -> None:
        self.rows += len(target)
        if self._scaler is None:
            self._first.append((x, target))
            if self.rows < self._spec.min_rows:
                return
            x, target = (np.concatenate(part) for part in zip(*self._first, strict=True))
            self._first.clear()
            self._scaler = Scaler.of(x)
        z = self._scaler.apply(x)
        for contender in self.contenders.values():
            contender.learn(z, target)

    def _refit_when_due(self) -> None:
        if self._scaler is None or self._last_ns is None:
            return
        is_first = not any(c.fits for c in self.contenders.values())
        heavy_after = self._spec.heavy_refit_s * NS_PER_S
        is_heavy_due = self._heavy_ns is None or self._last_ns - self._heavy_ns >= heavy_after
        is_due = is_first or self._books >= self._spec.refit_books
        for contender in self.contenders.values():
            if is_heavy_due if contender.learner.is_heavy else is_due:
                contender.refit(self._last_ns)
        if is_due:
            self._books = 0
        if is_heavy_due:
            self._heavy_ns = self._last_ns

    # -- shown -------------------------------------------------------------------------------

    def showing(self) -> Showing:
        """What is published from now on. Chooses the champion."""
        models = [c.shown() for c in self.contenders.values()] if self._scaler else []
        shown = tuple(model for model in models if model is not None)
        self._standing.choose(
            [s.name for s in shown if isinstance(s.form, LinearForm) and s.widenings]
        )
        return Showing(
            scaler=self._scaler,
            models=shown,
            usual=tuple(sorted(self._usual.items())),
            champion=self._standing.champion,
        )

    def served(self, showing: Showing) -> ServedModel | None:
        """The champion as a state carries it."""
        shown = next((s for s in showing.models if s.name == showing.champion), None)
        if shown is None or showing.scaler is None or not isinstance(shown.form, LinearForm):
            return None
        return ServedModel(
            model=shown.name,
            delay_ns=self.delay_ns,
            adds_walk=self.delay_ns != NOW,
            features=tuple(COLUMNS[i] for i in shown.columns),
            scaler=served_columns(showing.scaler, shown.columns),
            form=shown.form,
            widenings=shown.widenings,
            rows=shown.rows,
            verdict=self._standing.against_walk(shown.name)[1],
            is_warm=shown.is_warm,
        )

    def missing(self) -> str:
        """Why no number is shown; empty when one is."""
        if self._standing.champion:
            return ""
        needed = self._spec.min_rows
        if self._scaler is None:
            return f"learning: {self.rows:,} of {needed:,} labels"
        return "learning: fitted, its band is being measured"

    def state(self, showing: Showing) -> DelayState:
        """For pages and storage."""
        return DelayState(
            delay_ns=self.delay_ns,
            label=delay_text(self.delay_ns),
            rows=self.rows,
            needed=self._spec.min_rows,
            missing=self.missing(),
            champion=self._standing.champion,
            served=self.served(showing),
            verdict=self._standing.verdict(self.contenders.values()),
            drift=self._standing.drift(self._last_ns),
            drifts=self._standing.drifts,
            models=tuple(self._standing.model(c) for c in self.contenders.values()),
            sample=self._recent.sample(),
            first_ns=self._first_ns,
            last_ns=self._last_ns,
        )

    # -- snapshots ---------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Scaler, fits and bands; nothing before there is a fit."""
        fitted = {n: c.state() for n, c in self.contenders.items() if c.learner.form() is not None}
        if self._scaler is None or not fitted:
            return {}
        return {
            "centre": self._scaler.centre,
            "scale": self._scaler.scale,
            "columns": list(COLUMNS),
            "champion": self._standing.champion,
            "rows": self.rows,
            "range": [self._first_ns, self._last_ns],
            "usual": [[bucket, usual] for bucket, usual in sorted(self._usual.items())],
            "models": fitted,
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Go on from a snapshot; KeyError or ValueError where it is of other features."""
        if tuple(kept["columns"]) != COLUMNS:
            raise ValueError("it was taught other features")
        for name, state in kept["models"].items():
            if name in self.contenders:
                self.contenders[name].restore(state)
        self._scaler = Scaler(np.array(kept["centre"]), np.array(kept["scale"]))
        self._standing.champion, self.rows = str(kept["champion"]), int(kept["rows"])
        self._usual = {int(bucket): float(usual) for bucket, usual in kept["usual"]}
        self._first_ns, self._last_ns = (None if ns is None else int(ns) for ns in kept["range"])
        self._heavy_ns = None
