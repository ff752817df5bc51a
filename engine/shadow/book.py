"""Shadow orders of one market: placed, followed through trades and books, settled. No I/O.

Fed in the order things happened: the trades since the last book, then the book. An order placed at
t is judged at t + T for every horizon T; only events up to then count, and nothing is told earlier,
since fills come sooner than misses and would be learned first.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.shadow.placing import Placer, Placing, ShadowPlan
from market.book import BookSnapshot
from market.instrument import Floats
from market.trade import Trade
from market.units import NS_PER_S
from models.base import MarketState
from models.fill.fill_features import fill_features
from models.fill.resting import chances, sigma_of_mid
from models.fill.shadow_orders import NEVER, ShadowOrders, Whole
from models.fill.trade_rate import TradeRate
from models.volatility.ewma import EwmaVolatility

OWN_STEP_S, OWN_LEAST_S, OWN_HALF_LIFE_S = 0.25, 10.0, 60.0
"""Of the volatility that serves until the market's own is known: sampled often, believed soon."""
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Orders of one moment as models see them: nothing in here is known only later."""

    ns: int
    ticks: Whole
    """(n,) behind our best"""
    features: Floats
    """(H, n, p) by horizon"""
    analytic: Floats
    """(H, n) what the formula of models/fill/resting.py says"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of those orders by one horizon."""

    ns: int
    """When it was due."""
    horizon: int
    """Place in the plan's horizons."""
    placed: Placed
    said: Floats
    """(H, n, m) what the models said at placement; NaN where one had nothing to say"""
    is_filled: Bools
    """(3, n) by view of the queue (models/fill/shadow_orders.py)"""
    is_crossed: Bools
    """(n,) filled by the other side coming to our price, in the pessimistic view"""


@dataclass(slots=True)
class _Batch:
    placed: Placed
    said: Floats
    at: Whole
    due: int = 0
    """Next horizon to be judged."""


Says = Callable[[Placed], Floats]
"""Orders -> (H, n, m): each model's chance of a fill, asked at placement."""


class ShadowBook:
    """One market's shadow orders."""

    def __init__(self, says: Says, plan: ShadowPlan) -> None:
        self.plan = plan
        self.placed = 0
        """Orders placed since the start."""
        self.discarded: Counter[str] = Counter()
        """Orders that could not be followed to their end, by reason."""
        self.waits_for = "a first book"
        """Why nothing is placed now; empty while orders are."""
        self.rate = TradeRate()
        self._says = says
        self._volatility = EwmaVolatility(OWN_HALF_LIFE_S, OWN_STEP_S, min_s=OWN_LEAST_S)
        self._orders = ShadowOrders(plan.budget)
        self._placer = Placer(plan)
        self._free = list(range(plan.budget))
        self._batches: deque[_Batch] = deque()
        self._next_ns = 0
        self._traded, self._trades = 0.0, 0

    @property
    def live(self) -> int:
        """Orders followed now."""
        return sum(len(batch.at) for batch in self._batches)

    def see_trade(self, trade: Trade) -> None:
        """A print."""
        self._orders.trade(trade)
        self.rate.see(trade)
        self._traded += trade.size
        self._trades += 1

    def see_book(self, state: MarketState, now_ns: int) -> tuple[Settled, ...]:
        """The market as it stands now; what was settled by it. Time never goes back."""
        if state.book is None or state.trust.refuses:
            self.discard(_code(state))
            return ()
        self._volatility.update(state.book.mid, now_ns)
        self._orders.book(state.book, now_ns)
        settled = self._settle(now_ns)
        if now_ns >= self._next_ns:
            self._place(state, state.book, now_ns)
        return settled

    def discard(self, reason: str) -> None:
        """Nothing can be said about the orders that are open."""
        if self._batches:
            self.discarded[reason] += self.live
        for batch in self._batches:
            self._free.extend(batch.at.tolist())
        self._batches.clear()
        self._orders.clear()
        self.waits_for = f"a whole book ({reason})"

    def start_over(self, reason: str) -> None:
        """The tape has a hole, or time went back: nothing before it counts any more."""
        self.discard(reason)
        self.rate = TradeRate()
        self._next_ns = 0

    def _settle(self, now_ns: int) -> tuple[Settled, ...]:
        settled = []
        for batch in self._batches:
            while batch.due < len(self.plan.horizons_s):
                end_ns = batch.placed.ns + round(self.plan.horizons_s[batch.due] * NS_PER_S)
                if now_ns < end_ns:
                    break
                settled.append(self._judge(batch, end_ns))
                batch.due += 1
        while self._batches and self._batches[0].due == len(self.plan.horizons_s):
            done = self._batches.popleft()
            self._orders.take_away(done.at)
            self._free.extend(done.at.tolist())
        return tuple(settled)

    def _judge(self, batch: _Batch, end_ns: int) -> Settled:
        filled_ns = self._orders.filled_ns[:, batch.at]
        is_filled = (filled_ns != NEVER) & (filled_ns <= end_ns)
        return Settled(
            ns=end_ns,
            horizon=batch.due,
            placed=batch.placed,
            said=batch.said,
            is_filled=is_filled,
            is_crossed=is_filled[0] & self._orders.is_crossed[batch.at],
        )

    def _place(self, state: MarketState, book: BookSnapshot, now_ns: int) -> None:
        rates, sigma_day = self.rate.rates(now_ns), state.sigma_day or self._volatility.get()
        self.waits_for = "trades" if rates is None else "" if sigma_day else "the volatility"
        if rates is None or not sigma_day:
            return
        state = replace(state, sigma_day=sigma_day)
        placing = self._placer.choose(state, book, self._traded / self._trades)
        self._next_ns = now_ns + self.plan.pause_ns
        n = len(placing.prices)
        if not n or n > len(self._free):
            return
        placed = Placed(
            ns=now_ns,
            ticks=placing.ticks,
            features=self._features(state, book, placing, rates),
            analytic=self._analytic(state, book, placing),
        )
        at = np.array([self._free.pop() for _ in range(n)], dtype=np.int64)
        self._orders.place(
            at,
            signs=placing.signs,
            prices=placing.prices,
            quantities=placing.quantities,
            ahead=placing.ahead,
        )
        self._batches.append(_Batch(placed, self._says(placed), at))
        self.placed += n

    def _features(
        self,
        state: MarketState,
        book: BookSnapshot,
        placing: Placing,
        rates: tuple[float, float],
    ) -> Floats:
        return fill_features(
            book,
            signs=placing.signs,
            prices=placing.prices,
            quantities=placing.quantities,
            ahead=placing.ahead,
            horizons_s=np.array(self.plan.horizons_s),
            tick=state.instrument.tick_size,
            sigma_day=state.sigma_day or 0.0,
            buy_rate=rates[0],
            sell_rate=rates[1],
        )

    def _analytic(self, state: MarketState, book: BookSnapshot, placing: Placing) -> Floats:
        tick = state.instrument.tick_size
        sigma = sigma_of_mid(state.sigma_day or 0.0, book.mid)
        distances = np.maximum(placing.signs * (book.mid - placing.prices), tick / 2)
        to_clear = placing.ahead + placing.quantities
        return np.array(
            [
                [
                    chances(
                        distance=distance,
                        tick=tick,
                        sigma=sigma,
                        horizon_s=horizon_s,
                        adv=state.adv,
                        to_clear=base,
                    ).fill
                    for distance, base in zip(distances.tolist(), to_clear.tolist(), strict=True)
                ]
                for horizon_s in self.plan.horizons_s
            ]
        )


def _code(state: MarketState) -> str:
    """The kind of the worst doubt."""
    worst = max(state.trust.doubts, key=lambda doubt: doubt.grade, default=None)
    return worst.code if worst else "syncing"
