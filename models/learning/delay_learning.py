"""All models at one delay: marked on what they had shown, then taught, then shown anew.

The order matters and is the same for every label: it is predicted by the model that was published
when its probe was asked; it moves the bands and the marks; only then it is learned from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.instrument import Floats
from market.units import NS_PER_S
from models.learning.collector import Settled
from models.learning.contender import Contender, Shown, served_columns
from models.learning.contest import ENOUGH, Comparison, Contest
from models.learning.drift import PageHinkley
from models.learning.probes import COLUMNS
from models.learning.recent import Recent
from models.learning.served import Scaler, ServedModel
from models.learning.spec import NOW, LearningSpec, delay_text
from models.learning.state import DelayState, ModelState
from models.slippage.form import LinearForm

USUAL_MEMORY = 0.02
"""Weight of the newest book in the usual walk of a size."""
DRIFT_SHOWN_NS = 600 * NS_PER_S
WALK, ZERO = "walk", "zero"


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
        self._contest = Contest(max(NS_PER_S, 2 * delay_ns))
        self._drift = PageHinkley()
        self._drift_ns: int | None = None
        self._scaler: Scaler | None = None
        self._first: list[tuple[Floats, Floats]] = []
        self.rows = 0
        self._champion = ""
        self._usual: dict[int, float] = {}
        self._zero_mse: dict[int, tuple[float, int]] = {}
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
        y = np.concatenate([each.label for each in settled])
        is_there = ~np.isnan(y)
        self._books += len(settled)
        if not is_there.any():
            return
        probes = [each.probe for each in settled]
        x = np.concatenate([probe.x for probe in probes])[is_there]
        walk = np.concatenate([probe.walk for probe in probes])[is_there]
        buckets = np.concatenate([probe.buckets for probe in probes])[is_there]
        y = y[is_there]
        asked = np.repeat([probe.ns for probe in probes], [len(p.sizes) for p in probes])[is_there]
        signs = np.concatenate([probe.signs for probe in probes])[is_there]
        self._first_ns = self._first_ns or int(asked[0])
        self._last_ns = int(asked[-1])
        bands = self._mark(showing, x, y, walk, buckets, settled[-1].settled_ns)
        self._recent.add(asked, signs, buckets, x, walk, y, bands)
        for bucket in np.unique(buckets).tolist():
            seen = float(walk[buckets == bucket].mean())
            usual = self._usual.setdefault(bucket, seen)
            self._usual[bucket] = usual + USUAL_MEMORY * (seen - usual)
        self._learn(x, y if self.delay_ns == NOW else y - walk)

    def _mark(
        self,
        showing: Showing,
        x: Floats,
        y: Floats,
        walk: Floats,
        buckets: NDArray[np.int64],
        ns: int,
    ) -> tuple[Floats, Floats, Floats]:
        """Mark all; the band of the champion that was shown, NaN where none was."""
        usual = dict(showing.usual)
        nothing = np.full(len(y), np.nan)
        best = nothing, nothing, nothing
        if showing.scaler is None or not usual:
            return best
        zero = np.array([usual.get(b, np.nan) for b in buckets.tolist()])
        zero = np.where(np.isnan(zero), walk, zero)
        z = showing.scaler.apply(x)
        base = walk if self.delay_ns != NOW else np.zeros(len(y))
        weights = self._weights(buckets, (y - zero) ** 2)
        losses = {
            WALK: (float(weights @ (y - walk) ** 2), len(y)),
            ZERO: (float(weights @ (y - zero) ** 2), len(y)),
        }
        for shown in showing.models:
            contender = self.contenders[shown.name]
            band = contender.mark(shown, z, y, base, walk, zero, buckets)
            losses[shown.name] = float(weights @ (y - band[1]) ** 2), len(y)
            if shown.name == showing.champion:
                best = band
        block = self._contest.add(ns, losses)
        loss = block.get(showing.champion) if block else None
        # Of the squared error, the root: squares of a market's errors are too wild to watch.
        if loss is not None and self._drift.update(loss**0.5):
            self._drift_ns = ns
        return best

    def _weights(self, buckets: NDArray[np.int64], squared: Floats) -> Floats:
        """One over the mean squared error of "zero change" at each row's size."""
        weights = np.ones(len(buckets))
        for bucket in np.unique(buckets).tolist():
            mine = buckets == bucket
            total, n = self._zero_mse.get(bucket, (0.0, 0))
            self._zero_mse[bucket] = total + float(squared[mine].sum()), n + int(mine.sum())
            mean = self._zero_mse[bucket][0] / self._zero_mse[bucket][1]
            weights[mine] = 1 / mean if mean > 0 else 1.0
        return weights

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
        self._choose(shown)
        return Showing(
            scaler=self._scaler,
            models=shown,
            usual=tuple(sorted(self._usual.items())),
            champion=self._champion,
        )

    def _choose(self, shown: Sequence[Shown]) -> None:
        """A challenger takes the place only when it is surely better."""
        able = [s.name for s in shown if isinstance(s.form, LinearForm) and s.widenings]
        if self._champion not in able:
            self._champion = able[0] if able else ""
        for name in able:
            if name != self._champion and self._contest.compare(name, self._champion).is_better:
                self._champion = name

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
            verdict=self._against_walk(shown.name)[1],
            is_warm=shown.is_warm,
        )

    def missing(self) -> str:
        """Why no number is shown; empty when one is."""
        if self._champion:
            return ""
        needed = self._spec.min_rows
        if self._scaler is None:
            return f"learning: {self.rows:,} of {needed:,} labels"
        return "learning: fitted, its band is being measured"

    def state(self, showing: Showing) -> DelayState:
        """For pages and storage."""
        is_drifting = (
            self._drift_ns is not None
            and self._last_ns is not None
            and self._last_ns - self._drift_ns < DRIFT_SHOWN_NS
        )
        return DelayState(
            delay_ns=self.delay_ns,
            label=delay_text(self.delay_ns),
            rows=self.rows,
            needed=self._spec.min_rows,
            missing=self.missing(),
            champion=self._champion,
            served=self.served(showing),
            verdict=self._verdict(),
            drift=DRIFTS if is_drifting else "",
            drifts=self._drift.alarms,
            models=tuple(self._model(c) for c in self.contenders.values()),
            sample=self._recent.sample(),
            first_ns=self._first_ns,
            last_ns=self._last_ns,
        )

    def _model(self, contender: Contender) -> ModelState:
        compared, words = self._against_walk(contender.name)
        has_blocks = compared.blocks >= 2
        return ModelState(
            name=contender.name,
            label=contender.learner.label,
            missing=contender.learner.missing(),
            is_champion=contender.name == self._champion,
            can_serve=contender.can_serve,
            is_warm=contender.is_warm,
            fits=contender.fits,
            fitted_ns=contender.fitted_ns,
            fit_s=contender.fit_s,
            rows=contender.rows,
            verdict=words,
            beats_walk=compared.is_better if compared.blocks >= ENOUGH else None,
            relative_loss=compared.a if has_blocks else None,
            walk_loss=compared.b if has_blocks else None,
            marks=contender.marks(),
        )

    def _against_walk(self, name: str) -> tuple[Comparison, str]:
        compared = self._contest.compare(name, WALK)
        if compared.blocks < ENOUGH:
            return compared, f"too early to tell: {compared.blocks} of {ENOUGH} periods compared"
        if compared.is_better:
            gain = 1 - compared.a / compared.b
            return compared, f"beats the walk: {gain:.1%} less squared error (z {compared.z:.1f})"
        if compared.is_worse:
            return compared, f"worse than the walk (z {compared.z:.1f})"
        return compared, f"no better than the walk (z {compared.z:.1f})"

    def _verdict(self) -> str:
        if not self._champion:
            return ""
        words = f"{self.contenders[self._champion].learner.label}: "
        words += self._against_walk(self._champion)[1]
        for name, contender in self.contenders.items():
            compared = self._contest.compare(name, self._champion)
            if not contender.can_serve and compared.is_better:
                words += f". {contender.learner.label} does better, but a receipt cannot hold it"
        return words

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
            "champion": self._champion,
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
        self._champion, self.rows = str(kept["champion"]), int(kept["rows"])
        self._usual = {int(bucket): float(usual) for bucket, usual in kept["usual"]}
        self._first_ns, self._last_ns = (None if ns is None else int(ns) for ns in kept["range"])
        self._heavy_ns = None


DRIFTS = "errors have grown lately: what was learned may no longer hold"
"""For the user, for ten minutes after the alarm."""
