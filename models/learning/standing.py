"""How the models of one delay stand against each other and the walk, in numbers and in words."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from market.instrument import Floats
from market.units import NS_PER_S
from models.learning.contender import Contender
from models.learning.contest import ENOUGH, Comparison, Contest
from models.learning.drift import PageHinkley
from models.learning.state import ModelState

DRIFT_SHOWN_NS = 600 * NS_PER_S
DRIFTS = "errors have grown lately: what was learned may no longer hold"
"""For the user, for ten minutes after the alarm."""
WALK, ZERO = "walk", "zero"


class Standing:
    """Single writer: the thread that learns."""

    def __init__(self, delay_ns: int) -> None:
        self.champion = ""
        """Name of the model whose number is shown; empty while none is."""
        self._contest = Contest(max(NS_PER_S, 2 * delay_ns))
        self._drift = PageHinkley()
        self._drift_ns: int | None = None
        self._zero_mse: dict[int, tuple[float, int]] = {}

    @property
    def drifts(self) -> int:
        """How often errors were seen to grow."""
        return self._drift.alarms

    def drift(self, ns: int | None) -> str:
        """A warning at that time; empty otherwise."""
        if ns is None or self._drift_ns is None or ns - self._drift_ns >= DRIFT_SHOWN_NS:
            return ""
        return DRIFTS

    def add(
        self,
        ns: int,
        champion: str,
        squared: Mapping[str, Floats],
        buckets: NDArray[np.int64],
    ) -> None:
        """Take (n,) squared errors by model, WALK and ZERO among them (bps^2), settled at `ns`.

        champion  whose number was shown when they were asked
        """
        weights = self._weights(buckets, squared[ZERO])
        losses = {name: (float(weights @ each), len(each)) for name, each in squared.items()}
        block = self._contest.add(ns, losses)
        loss = block.get(champion) if block else None
        # Of the squared error, the root: squares of a market's errors are too wild to watch.
        if loss is not None and self._drift.update(loss**0.5):
            self._drift_ns = ns

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

    def choose(self, able: Sequence[str]) -> None:
        """A challenger takes the place only when it is surely better."""
        if self.champion not in able:
            self.champion = able[0] if able else ""
        for name in able:
            if name != self.champion and self._contest.compare(name, self.champion).is_better:
                self.champion = name

    def against_walk(self, name: str) -> tuple[Comparison, str]:
        """In numbers and in words."""
        compared = self._contest.compare(name, WALK)
        if compared.blocks < ENOUGH:
            return compared, f"too early to tell: {compared.blocks} of {ENOUGH} periods compared"
        if compared.is_better:
            gain = 1 - compared.a / compared.b
            return compared, f"beats the walk: {gain:.1%} less squared error (z {compared.z:.1f})"
        if compared.is_worse:
            return compared, f"worse than the walk (z {compared.z:.1f})"
        return compared, f"no better than the walk (z {compared.z:.1f})"

    def verdict(self, contenders: Iterable[Contender]) -> str:
        """Of the champion, and of better models that cannot be shown."""
        if not self.champion:
            return ""
        words = ""
        for each in contenders:
            label = each.learner.label
            if each.name == self.champion:
                words = f"{label}: {self.against_walk(each.name)[1]}{words}"
            elif not each.can_serve and self._contest.compare(each.name, self.champion).is_better:
                words += f". {label} does better, but a receipt cannot hold it"
        return words

    def model(self, contender: Contender) -> ModelState:
        """One of them, for pages and storage."""
        compared, words = self.against_walk(contender.name)
        has_blocks = compared.blocks >= 2
        return ModelState(
            name=contender.name,
            label=contender.learner.label,
            missing=contender.learner.missing(),
            is_champion=contender.name == self.champion,
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
