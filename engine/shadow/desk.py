"""Shadow orders on the markets that are followed, live: one task, work in a thread.

The event loop only reads the tape and the frozen state of each market; following, judging and
fitting happen off it. Fits run beside the following, so that no look waits for one.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from engine.clock import Clock
from engine.hub import MarketHub, MarketKey
from engine.patience import once_kept
from engine.shadow.market import Fitting, ShadowMarket
from engine.shadow.placing import ShadowPlan
from engine.shadow.report import FillReport
from engine.tape import Stretch
from market.units import NS_PER_S
from models.base import MarketState
from models.fill.learned import LearnedFill
from models.scoring.fills import KeptFills, MarketName

LOOK_S: Final = 0.05
REPORT_NS: Final = NS_PER_S
KEEP_S: Final = 10.0
MOST_MARKETS: Final = 8
"""Followed at a time; a market that comes later waits until one is closed."""

Look = tuple[ShadowMarket, Stretch, MarketState, int]
News = tuple[FillReport, LearnedFill | None, KeptFills]


class FillKeeper(Protocol):
    """Where totals survive a restart."""

    async def load_fills(self) -> Sequence[KeptFills]:
        """All totals."""
        ...

    async def keep_fills(self, totals: Sequence[KeptFills]) -> None:
        """Put these totals in the place of what was kept under their keys."""
        ...


class ShadowDesk:
    """Follows shadow orders on every open market, within a budget."""

    def __init__(
        self,
        hub: MarketHub,
        clock: Clock,
        keeper: FillKeeper | None = None,
        plan: ShadowPlan | None = None,
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._keeper = keeper
        self._plan = plan
        self._markets: dict[MarketKey, ShadowMarket] = {}
        self._totals: dict[MarketName, KeptFills] = {}
        """Of every market followed in this run or an earlier one."""
        self._changed: set[MarketName] = set()
        self._is_loaded = False
        self._turn = asyncio.Lock()
        """Held while the markets are followed, or their totals joined."""
        self._reports: dict[MarketKey, FillReport] = {}
        self._report_ns = 0
        self._fitting: asyncio.Task[None] | None = None

    def report(self, key: MarketKey) -> FillReport | None:
        """What shadow orders of that market showed, a second old at most; None where none are."""
        return self._reports.get(key)

    def reports(self) -> Mapping[MarketKey, FillReport]:
        """Of every market."""
        return dict(self._reports)

    async def run(self) -> None:
        """Follow for ever, with or without a keeper."""
        while True:
            await self.look()
            await self._clock.sleep(LOOK_S)

    async def persist(self) -> None:
        """Load, then keep the totals now and then, for ever."""
        await once_kept("shadow orders", self.load, self._clock)
        while self._keeper is not None:
            await self._clock.sleep(KEEP_S)
            await once_kept("shadow orders", self.keep, self._clock)

    async def load(self) -> None:
        """Join what the keeper has to what was counted since the start; twice is harmless."""
        if self._keeper is not None and not self._is_loaded:
            kept = await self._keeper.load_fills()
            async with self._turn:
                for earlier in kept:
                    self._join(earlier)
            self._is_loaded = True

    async def look(self) -> None:
        """Follow every market up to now."""
        async with self._turn:
            await self._look()

    async def _look(self) -> None:
        self._open_and_close()
        seen = [look for market in self._markets.values() if (look := self._seen(market))]
        now_ns = self._clock.steady_ns()
        is_due = now_ns >= self._report_ns
        if is_due:
            self._report_ns = now_ns + REPORT_NS
        news, fittings = await asyncio.to_thread(_follow, seen, with_news=is_due)
        for report, learned, totals in news:
            self._reports[report.market] = report
            self._hub.lend_fill_model(report.market, learned)
            if totals != self._totals.get(totals.market) and totals.rates:
                self._totals[totals.market] = totals
                self._changed.add(totals.market)
        if fittings and (self._fitting is None or self._fitting.done()):
            self._fitting = asyncio.create_task(_fit(fittings), name="fill models")

    async def keep(self) -> None:
        """Hand the keeper what changed; what it did not take is handed over again next time."""
        if self._keeper is None or not self._is_loaded or not self._changed:
            return
        changed, self._changed = self._changed, set()
        try:
            await self._keeper.keep_fills([self._totals[name] for name in changed])
        except BaseException:
            self._changed |= changed
            raise

    def _seen(self, market: ShadowMarket) -> Look | None:
        stretch = self._hub.trades_since(market.key, market.next_trade)
        state, now_ns = self._hub.state(market.key), self._hub.now_ns(market.key)
        if stretch is None or state is None or now_ns is None:
            return None
        return market, stretch, state, now_ns

    def _open_and_close(self) -> None:
        open_ = self._hub.keys()
        for key in self._markets.keys() - set(open_):
            del self._markets[key]
            self._reports.pop(key, None)
        for key in open_:
            if key not in self._markets and len(self._markets) < MOST_MARKETS:
                self._markets[key] = self._begun(key)

    def _join(self, earlier: KeptFills) -> None:
        key, name = MarketKey(*earlier.market), earlier.market
        if key not in self._markets and name not in self._totals:
            self._totals[name] = earlier
            return
        market = self._markets.get(key) or self._begun(key)
        market.resume(earlier)
        self._totals[name] = market.keep()

    def _begun(self, key: MarketKey) -> ShadowMarket:
        market = ShadowMarket(key, self._plan)
        kept = self._totals.get(MarketName(*key))
        if kept is not None:
            market.resume(kept)
        return market


def _follow(seen: Sequence[Look], *, with_news: bool) -> tuple[list[News], list[Fitting]]:
    """In a thread: nobody else touches these markets meanwhile."""
    fittings: list[Fitting] = []
    for market, stretch, state, now_ns in seen:
        market.look(stretch, state, now_ns)
        fittings.extend(market.fittings())
    if not with_news:
        return [], fittings
    return [(market.report(), market.learned(), market.keep()) for market, *_ in seen], fittings


async def _fit(fittings: Sequence[Fitting]) -> None:
    for fit in fittings:
        await asyncio.to_thread(fit)
