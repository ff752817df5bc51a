"""One market's shadow orders with what is learned from them. No I/O, no clock, no task.

Every model is asked when an order is placed and judged when it is settled; only then are the order
and its outcome learned. Fits are handed out to be run elsewhere, since they take their time.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from engine.market_key import MarketKey
from engine.shadow.book import Placed, Settled, ShadowBook
from engine.shadow.judging import ANALYTIC, BASE_RATE, MODELS, Judge
from engine.shadow.placing import ShadowPlan
from engine.shadow.report import FillReport
from engine.tape import Stretch
from market.instrument import Floats
from market.units import NS_PER_S
from models.base import MarketState
from models.fill.boosted import BoostedFill
from models.fill.fill_features import FILL_FEATURES
from models.fill.learned import LearnedFill
from models.fill.logistic import LogisticFill
from models.fill.shadow_orders import PROPORTIONAL
from models.scoring.fills import FillScore, KeptFills, MarketName

LEAST_LABELS: Final = 200
"""Of the longest horizon, before anything is fitted: shorter ones come sooner."""
EVERY_S: Final = {LogisticFill.name: 10.0, BoostedFill.name: 60.0}
"""Between two fits."""

Fitting = Callable[[], None]


class ShadowMarket:
    """Follows, judges, learns."""

    def __init__(self, key: MarketKey, plan: ShadowPlan | None = None) -> None:
        self.key = key
        self.book = ShadowBook(self._says, plan or ShadowPlan())
        self._judge = Judge(self.book.plan.horizons_s)
        self.learners = LogisticFill(), BoostedFill()
        self._due_ns = dict.fromkeys(EVERY_S, 0)
        self._learned, self._labels_fitted = 0, 0
        self._longest = 0
        """Labels of the longest horizon learned in this run."""
        self._next, self._breaks = 0, 0
        self._ns = 0

    def look(self, stretch: Stretch, state: MarketState, now_ns: int) -> None:
        """What happened since the last look: trades, then the book as it stands."""
        is_broken = stretch.breaks != self._breaks
        self._next, self._breaks = stretch.next, stretch.breaks
        if is_broken:
            self._ns = now_ns
            self.book.start_over("the book broke")
            return
        if stretch.missed and self._ns:
            self.book.start_over("trades were missed")
        self._ns = max(self._ns, now_ns)
        for trade in stretch.trades:
            self.book.see_trade(trade)
        for settled in self.book.see_book(state, self._ns):
            self._judge.take(settled)
            self._learn(settled)

    @property
    def next_trade(self) -> int:
        """Number on the tape to read on from."""
        return self._next

    def fittings(self) -> tuple[Fitting, ...]:
        """Fits that are due, to be run in any thread, one after another."""
        if self._longest < LEAST_LABELS:
            return ()
        due = [one for one in self.learners if self._ns >= self._due_ns[one.name]]
        for learner in due:
            self._due_ns[learner.name] = self._ns + round(EVERY_S[learner.name] * NS_PER_S)
        if due:
            self._labels_fitted = self._learned
        return tuple(learner.fitting() for learner in due)

    def learned(self) -> LearnedFill | None:
        """Coefficients for estimates; None before there are any."""
        fitted, rates = self.learners[0].fitted, self.book.rate.rates(self._ns)
        if fitted is None or rates is None:
            return None
        score = next((s for s in self._judge.scores() if s.model == LogisticFill.name), None)
        return LearnedFill(
            features=FILL_FEATURES,
            centre=tuple(fitted.centre.tolist()),
            scale=tuple(fitted.scale.tolist()),
            weights=tuple(fitted.weights.tolist()),
            intercept=fitted.intercept,
            shortest_s=self.book.plan.horizons_s[0],
            longest_s=self.book.plan.horizons_s[-1],
            labels=self._labels_fitted,
            buy_rate=rates[0],
            sell_rate=rates[1],
            verdict=score.verdict if score else "",
        )

    def report(self) -> FillReport:
        """Everything, frozen."""
        scores = self._judge.scores()
        learning = ""
        if self.learners[0].fitted is None:
            learning = f"learning: {min(self._longest, LEAST_LABELS)} of {LEAST_LABELS}"
            if self._longest >= LEAST_LABELS:
                learning += ", not fitted yet"
        return FillReport(
            market=self.key,
            placed=self.book.placed,
            live=self.book.live,
            settled=self._judge.settled,
            discarded=tuple(self.book.discarded.most_common()),
            waits_for=self.book.waits_for,
            learning=learning,
            trained_on=self._labels_fitted,
            rates=self._judge.rates(),
            scores=scores,
            headline=learning or _headline(scores),
        )

    def keep(self) -> KeptFills:
        """Totals for the database."""
        return self._judge.keep(MarketName(*self.key))

    def resume(self, kept: KeptFills) -> None:
        """Go on from the totals of earlier runs; models start anew."""
        self._judge.resume(kept)

    def _says(self, placed: Placed) -> Floats:
        said = np.full((*placed.analytic.shape, len(MODELS)), np.nan)
        said[..., MODELS.index(BASE_RATE)] = self._judge.base_rates(placed)
        said[..., MODELS.index(ANALYTIC)] = placed.analytic
        rows = placed.features.reshape(-1, len(FILL_FEATURES))
        for learner in self.learners:
            chances = learner.predict(rows)
            if chances is not None:
                said[..., MODELS.index(learner.name)] = chances.reshape(placed.analytic.shape)
        return said

    def _learn(self, settled: Settled) -> None:
        x = settled.placed.features[settled.horizon]
        y = settled.is_filled[PROPORTIONAL].astype(np.float64)
        for learner in self.learners:
            learner.learn(x, y)
        self._learned += len(y)
        if settled.horizon == len(self.book.plan.horizons_s) - 1:
            self._longest += len(y)


def _headline(scores: tuple[FillScore, ...]) -> str:
    """The learned model with the best score against the base rate."""
    learned = [s for s in scores if s.model in EVERY_S and s.horizon_s is None]
    if not learned:
        return "fitted; no order was judged since"
    best = min(learned, key=lambda s: s.score.brier)
    saved = "" if best.skill is None else f" (Brier {best.skill:+.0%} against it)"
    return f"{best.model} over {best.score.count} orders: {best.verdict}{saved}"
