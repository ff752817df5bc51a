"""Every quote that was shown or saved, scored against the book of a little later.

`show` takes quotes as they are painted, one per second and asker at most; `look` scores those that
are due on the books as they stand now. What cannot be scored is counted, with the reason. Totals
stay in memory and go to a keeper in batches. One writer: all of it happens on the event loop.
"""

import heapq
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, Protocol

from engine.clock import Clock
from engine.hub import MarketHub, MarketKey
from engine.patience import once_kept
from market.book import BookSnapshot
from market.errors import BookNotReady, OrderError
from market.instrument import Side
from market.units import NS_PER_S
from models.base import CostEstimate, MarketState
from models.depth_curve import DepthCurve
from models.scoring.quotes import (
    DELAYS_S,
    QuoteScore,
    QuoteSums,
    Scored,
    ScoreKey,
    judged,
    key_of,
    scorable,
    score_of,
)

SAMPLE_NS: Final = NS_PER_S
"""Between two quotes of one asker."""
MOST_WAITING: Final = 20_000
"""Quotes times delays that wait; more are not taken."""
MOST_ASKERS: Final = 10_000
LATEST_S: Final = 0.5
LATEST_SHARE: Final = 0.1
"""A quote looked at later than this, or that share of its delay, says something about another."""
LOOK_S: Final = 0.05
KEEP_S: Final = 5.0
"""Between two batches for the keeper."""
TOO_LATE, TOO_MANY, TOO_THIN = "looked at too late", "too many quotes wait", "the book was too thin"
GONE: Final = "the market was no longer followed"
SHOWN_DELAY_S: Final = 5.0
"""What the line beside a quote tells about."""


Waiting = list[tuple[int, int, float, Scored]]
"""When due (ns), a number that keeps the order, the delay (s), the quote."""


class ScoreKeeper(Protocol):
    """Where totals survive a restart."""

    async def load_quotes(self) -> Sequence[QuoteSums]:
        """All totals."""
        ...

    async def keep_quotes(self, totals: Sequence[QuoteSums]) -> None:
        """Put these totals in the place of what was kept under their keys."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The scoreboard at one moment."""

    lines: tuple[QuoteScore, ...]
    """By key."""
    waiting: int
    """Quotes times delays that are not due yet."""
    unscored: tuple[tuple[str, int], ...]
    """How many could not be scored in this run, by reason, the most frequent first."""


class Scoreboard:
    """Collects quotes, scores them, adds up."""

    def __init__(
        self,
        hub: MarketHub,
        clock: Clock,
        keeper: ScoreKeeper | None = None,
        delays_s: tuple[float, ...] = DELAYS_S,
    ) -> None:
        self.delays_s = delays_s
        self._hub = hub
        self._clock = clock
        self._keeper = keeper
        self._order = count()
        self._waiting: dict[MarketKey, Waiting] = {}
        """By market, since each has a time of its own: a heap by when a quote is due."""
        self._totals: dict[ScoreKey, QuoteSums] = {}
        self._unscored: Counter[str] = Counter()
        self._next_ns: dict[Hashable, int] = {}
        self._changed: set[ScoreKey] = set()
        self._is_loaded = False

    # -- written -----------------------------------------------------------------------------

    def show(self, key: MarketKey, estimate: CostEstimate, asker: Hashable) -> None:
        """A quote is on somebody's screen; one a second and asker is taken."""
        now_ns = self._clock.now_ns()
        if now_ns < self._next_ns.get(asker, 0):
            return
        if len(self._next_ns) >= MOST_ASKERS:
            self._next_ns = {who: ns for who, ns in self._next_ns.items() if ns > now_ns}
        self._next_ns[asker] = now_ns + SAMPLE_NS
        self.take(key, estimate)

    def take(self, key: MarketKey, estimate: CostEstimate) -> None:
        """A quote to be scored, whoever asked for it."""
        if self._count() + len(self.delays_s) > MOST_WAITING:
            self._unscored[TOO_MANY] += len(self.delays_s)
            return
        try:
            quote = scorable(estimate)
        except OrderError as error:
            self._unscored[error.problem] += len(self.delays_s)
            return
        for delay_s in self.delays_s:
            due_ns = quote.quoted_ns + round(delay_s * NS_PER_S)
            waiting = self._waiting.setdefault(key, [])
            heapq.heappush(waiting, (due_ns, next(self._order), delay_s, quote))

    def refused(self, reason: str) -> None:
        """No quote could be given."""
        self._unscored[reason] += len(self.delays_s)

    def look(self) -> None:
        """Score everything that is due, on the books as they stand."""
        for key in list(self._waiting):
            waiting, now_ns = self._waiting[key], self._hub.now_ns(key)
            if now_ns is None:
                self._unscored[GONE] += len(waiting)
                waiting.clear()
            elif waiting[0][0] <= now_ns:
                self._score_due(waiting, now_ns, _Met(self._hub.state(key)))
            if not waiting:
                del self._waiting[key]

    def _score_due(self, waiting: Waiting, now_ns: int, met: "_Met") -> None:
        while waiting and waiting[0][0] <= now_ns:
            due_ns, _, delay_s, quote = heapq.heappop(waiting)
            if now_ns - due_ns > max(LATEST_S, LATEST_SHARE * delay_s) * NS_PER_S:
                self._unscored[TOO_LATE] += 1
                continue
            try:
                average = met.average(quote)
            except BookNotReady as error:
                self._unscored[error.reason] += 1
                continue
            sums = judged(quote, delay_s, average)
            before = self._totals.get(sums.key)
            self._totals[sums.key] = sums if before is None else before.plus(sums)
            self._changed.add(sums.key)

    # -- read --------------------------------------------------------------------------------

    def scores(self) -> Scores:
        """Everything, frozen."""
        return Scores(
            lines=tuple(score_of(self._totals[key]) for key in sorted(self._totals)),
            waiting=self._count(),
            unscored=tuple(self._unscored.most_common()),
        )

    def like(self, estimate: CostEstimate, delay_s: float = SHOWN_DELAY_S) -> QuoteScore | None:
        """How quotes of this market, size, recipe and model have done; None: not scored yet."""
        sums = self._totals.get(key_of(estimate, delay_s))
        return score_of(sums) if sums else None

    def _count(self) -> int:
        return sum(len(waiting) for waiting in self._waiting.values())

    # -- kept --------------------------------------------------------------------------------

    def resume(self, kept: Iterable[QuoteSums]) -> None:
        """Go on from the totals of earlier runs."""
        for sums in kept:
            before = self._totals.get(sums.key)
            self._totals[sums.key] = sums if before is None else before.plus(sums)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            self.look()
            await self._clock.sleep(LOOK_S)

    async def load(self) -> None:
        """Go on from what the keeper has; twice is harmless."""
        if self._keeper is not None and not self._is_loaded:
            self.resume(await self._keeper.load_quotes())
            self._is_loaded = True

    async def persist(self) -> None:
        """Load, then keep what changed now and then, for ever."""
        await once_kept("scores", self.load, self._clock)
        while self._keeper is not None:
            await self._clock.sleep(KEEP_S)
            await once_kept("scores", self.keep, self._clock)

    async def keep(self) -> None:
        """Hand the keeper what changed; what it did not take is handed over again next time."""
        if self._keeper is None or not self._is_loaded or not self._changed:
            return
        changed, self._changed = self._changed, set()
        try:
            await self._keeper.keep_quotes([self._totals[key] for key in changed])
        except BaseException:
            self._changed |= changed
            raise


class _Met:
    """A book that quotes are scored on."""

    def __init__(self, state: MarketState | None) -> None:
        self._state = state
        self._curves: dict[Side, DepthCurve] = {}

    def average(self, quote: Scored) -> float:
        """Mean price (quote/base) of the same size now; BookNotReady where there is none."""
        curve = self._curves.get(quote.side)
        if curve is None:
            curve = self._curves[quote.side] = DepthCurve.of(self._book(), quote.side)
        if not curve.holds(quote.quantity):
            raise BookNotReady(TOO_THIN)
        reached = min(quote.quantity, curve.visible)
        return float(curve.cost(reached)) / reached

    def _book(self) -> BookSnapshot:
        state = self._state
        if state is None:
            raise BookNotReady(GONE)
        if state.book is None or state.trust.refuses:
            worst = max(state.trust.doubts, key=lambda doubt: doubt.grade, default=None)
            raise BookNotReady(f"no trusted book ({worst.code if worst else 'syncing'})")
        return state.book
