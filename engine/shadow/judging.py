"""Judges what models said about shadow orders, on the orders themselves, before learning from them.

Base rate: how often orders at the same distance and horizon filled until now. A model is compared
with it and with the analytic model on the same orders, block of time by block of time.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from engine.shadow.book import Placed, Settled
from engine.shadow.placing import TICKS
from market.instrument import Floats
from models.fill.shadow_orders import PROPORTIONAL, VIEWS
from models.scoring.binary import BinaryTally, brier
from models.scoring.fills import FillRate, FillScore, KeptFills, KeptModel, MarketName
from models.scoring.paired import Advantage, PairedBlocks

BASE_RATE, ANALYTIC = "base_rate", "analytic"
LEARNED: Final = ("logistic", "boosted")
MODELS: Final = (BASE_RATE, ANALYTIC, *LEARNED)
BASE_AT, ANALYTIC_AT = 0, 1
SHORTEST_BLOCK_S: Final = 10.0
CROSSED: Final = len(VIEWS)


class Judge:
    """Running scores of one market. Memory does not grow."""

    def __init__(self, horizons_s: tuple[float, ...]) -> None:
        self.horizons_s = horizons_s
        shape = (len(TICKS), len(horizons_s))
        self._settled = np.zeros(shape, dtype=np.int64)
        self._filled = np.zeros((CROSSED + 1, *shape), dtype=np.int64)
        """By view, then those that were crossed."""
        self._tallies = [[BinaryTally(rivals=2) for _ in horizons_s] for _ in MODELS]
        self._against = [
            [_Rivals(max(SHORTEST_BLOCK_S, horizon)) for horizon in horizons_s] for _ in MODELS
        ]
        self._overall = [_Rivals(max(SHORTEST_BLOCK_S, horizons_s[-1])) for _ in MODELS]

    @property
    def settled(self) -> int:
        """Labels judged."""
        return int(self._settled.sum())

    def settled_at(self, horizon: int) -> int:
        """Labels judged of one horizon."""
        return int(self._settled[:, horizon].sum())

    def base_rates(self, placed: Placed) -> Floats:
        """(H, n) how often orders like these filled until now; one half before the first."""
        cells = _cells(placed)
        filled, settled = self._filled[PROPORTIONAL][cells], self._settled[cells]
        rates: Floats = ((filled + 0.5) / (settled + 1.0)).T
        return rates

    def take(self, settled: Settled) -> None:
        """What became of orders, against what was said of them."""
        y = settled.is_filled[PROPORTIONAL].astype(np.float64)
        said = settled.said[settled.horizon]
        base, analytic = said[:, BASE_AT], said[:, ANALYTIC_AT]
        for i in range(len(MODELS)):
            known = np.isfinite(said[:, i])
            if known.any():
                self._judge(i, settled, said[known, i], y[known], base[known], analytic[known])
        cells, horizon = _cells(settled.placed), settled.horizon
        np.add.at(self._settled[:, horizon], cells, 1)
        outcomes = (*settled.is_filled, settled.is_crossed)
        for counts, happened in zip(self._filled, outcomes, strict=True):
            np.add.at(counts[:, horizon], cells, happened)

    def rates(self) -> tuple[FillRate, ...]:
        """Those with a settled order, by distance, then horizon."""
        return tuple(
            FillRate(
                ticks=ticks,
                horizon_s=horizon_s,
                settled=int(self._settled[i, h]),
                pessimistic=int(self._filled[0, i, h]),
                proportional=int(self._filled[1, i, h]),
                optimistic=int(self._filled[2, i, h]),
                crossed=int(self._filled[CROSSED, i, h]),
            )
            for i, ticks in enumerate(TICKS)
            for h, horizon_s in enumerate(self.horizons_s)
            if self._settled[i, h]
        )

    def scores(self) -> tuple[FillScore, ...]:
        """By model: all horizons together, then each horizon."""
        return tuple(score for i in range(len(MODELS)) for score in self._scores(i))

    def keep(self, market: MarketName) -> KeptFills:
        """Totals for the database."""
        return KeptFills(
            market=market,
            rates=self.rates(),
            models=tuple(
                KeptModel(model=model, horizon_s=horizon_s, sums=sums)
                for i, model in enumerate(MODELS)
                for h, horizon_s in enumerate(self.horizons_s)
                for sums in self._tallies[i][h].sums()
            ),
        )

    def resume(self, kept: KeptFills) -> None:
        """Go on from totals; what is of another plan stays in the database only."""
        for rate in kept.rates:
            if rate.ticks in TICKS and rate.horizon_s in self.horizons_s:
                cell = TICKS.index(rate.ticks), self.horizons_s.index(rate.horizon_s)
                self._settled[cell] += rate.settled
                counts = (rate.pessimistic, rate.proportional, rate.optimistic, rate.crossed)
                self._filled[:, *cell] += counts
        for line in kept.models:
            if line.model in MODELS and line.horizon_s in self.horizons_s:
                at = MODELS.index(line.model), self.horizons_s.index(line.horizon_s)
                self._tallies[at[0]][at[1]].resume(line.sums)

    def _judge(
        self, i: int, settled: Settled, p: Floats, y: Floats, base: Floats, analytic: Floats
    ) -> None:
        self._tallies[i][settled.horizon].add(p, y, base, analytic)
        loss = brier(p, y)
        ahead = [float((brier(rival, y) - loss).sum()) for rival in (base, analytic)]
        self._against[i][settled.horizon].add(settled.ns, ahead, len(y))
        self._overall[i].add(settled.ns, ahead, len(y))

    def _scores(self, i: int) -> Iterator[FillScore]:
        together = BinaryTally(rivals=2)
        for tally in self._tallies[i]:
            for sums in tally.sums():
                together.resume(sums)
        yield from self._score(i, None, together, self._overall[i])
        for h, horizon_s in enumerate(self.horizons_s):
            yield from self._score(i, horizon_s, self._tallies[i][h], self._against[i][h])

    def _score(
        self, i: int, horizon_s: float | None, tally: BinaryTally, against: "_Rivals"
    ) -> Iterator[FillScore]:
        score = tally.score()
        if score is None:
            return
        base, analytic = tally.rivals()
        over_base, over_analytic = (blocks.advantage() for blocks in against.blocks)
        yield FillScore(
            model=MODELS[i],
            horizon_s=horizon_s,
            score=score,
            base_brier=base,
            analytic_brier=analytic,
            against_base=over_base,
            against_analytic=over_analytic,
            verdict="" if i == BASE_AT else verdict(over_base),
        )


class _Rivals:
    """Comparisons with base rate and analytic model."""

    def __init__(self, block_s: float) -> None:
        self.blocks = (PairedBlocks(block_s), PairedBlocks(block_s))

    def add(self, ns: int, ahead: list[float], count: int) -> None:
        for blocks, difference in zip(self.blocks, ahead, strict=True):
            blocks.add(ns, difference, count)


def verdict(against_base: Advantage | None) -> str:
    """Whether a model is better than the base rate, in words."""
    if against_base is None or not against_base.is_told:
        return "too early to tell from the base rate"
    if against_base.is_better:
        return "better than the base rate"
    if against_base.is_worse:
        return "worse than the base rate"
    return "no better than the base rate"


def _cells(placed: Placed) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """(n,) place of each order's distance in TICKS."""
    return np.searchsorted(TICKS, placed.ticks)
