"""One instrument's market, stepped by hand: no socket, no clock, same seed, same numbers.

    flow = OrderFlow(BY_ID["BTC-USDT-SWAP"], seed=7)
    step = flow.step(0.1)            # 100 ms: prints, then the levels that changed

Within a step takers meet the book as it was; then the touch follows the efficient price, levels are
placed and cancelled, and the 400 visible ones a side are compared with what was last shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from feeds.synthetic.depth_view import Change, DepthView
from feeds.synthetic.instruments import ListedInstrument
from feeds.synthetic.ladder import Ladder, Side
from feeds.synthetic.price_path import PricePath, relax, seeded
from feeds.synthetic.tape import CAP_FRACTION, Taker, Tape

WIDE_SHARE: Final = 0.07  # of the time the spread exceeds one tick, at typical volatility
WIDER_STOP: Final = 0.25  # a wide spread is 1 + Geometric(WIDER_STOP) ticks
SPREAD_CHANGES_PER_S: Final = 5.0
BASIS_TAU_S, BASIS_SD = 300.0, 1e-4  # between instruments of one coin, fraction
HOLD_TICKS: Final = 0.6  # the touch stays while the efficient price is this near its middle
CHANGES_PER_S: Final = 240.0  # rows a second from refreshes; recorded books show 200-400 in all
MIN_REFRESHES: Final = 2  # a side and step, so that a fast exchange still has something to say
TOP_UPS_PER_S: Final = 8.0
MAX_LEVELS_TAKEN: Final = 20  # by one taker
MAX_TICKS_MOVED: Final = 3_500  # by one step; a longer move takes several


@dataclass(frozen=True, slots=True)
class Print:
    """One taker order at one price."""

    tick: int
    lots: int
    sign: int  # +1: a buyer took asks
    at_s: float  # since the flow's start
    fills: int  # resting orders it met


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did. Rows are (tick, lots), lots 0 = level gone, best first."""

    bids_changed: list[Change]
    asks_changed: list[Change]
    trades: list[Print]


class OrderFlow:
    """Seeded order flow of one instrument; see the module's docstring."""

    def __init__(
        self,
        instrument: ListedInstrument,
        seed: int,
        path: PricePath | None = None,
        levels: int = 400,
    ) -> None:
        self.instrument = instrument
        self.path = path if path is not None else PricePath(instrument.coin, seed)
        self.time_s = self.path.time_s
        self._random = seeded(seed, instrument.inst_id, "flow")
        rng = np.random.default_rng(self._random.getrandbits(64))
        self._basis = self._random.gauss(0.0, BASIS_SD)
        self._spread = 1
        self._tape = Tape(instrument, seeded(seed, instrument.inst_id, "tape"))
        self.ladder = Ladder(instrument, rng, round(self._goal_ticks() - 0.5))
        self.view = DepthView(self.ladder, levels)
        visible = 1.0 - (1.0 - instrument.occupancy) ** 2
        self._refreshes_per_s = 0.5 * CHANGES_PER_S / visible  # a side
        self._rng = rng

    @property
    def basis(self) -> float:
        """Log distance of this instrument's price from the coin's efficient price."""
        return self._basis

    @property
    def touch(self) -> tuple[int, int]:
        """Best bid and best ask, ticks."""
        ladder = self.ladder
        return ladder.origin + ladder.bids.best, ladder.origin + ladder.asks.best

    def step(self, dt_s: float) -> Step:
        """Let ``dt_s`` seconds pass; gives the prints and the visible levels that changed."""
        trades = self.advance(dt_s)
        bids, asks = self.view.changes()
        return Step(bids, asks, trades)

    def advance(self, dt_s: float) -> list[Print]:
        """Let ``dt_s`` seconds pass without comparing views, for callers that keep their own."""
        self.time_s += dt_s
        self.path.advance(self.time_s)
        self._basis = relax(self._basis, dt_s / BASIS_TAU_S, BASIS_SD, self._random.gauss(0, 1))
        self.ladder.recentre()
        goal = self._goal_ticks()
        trades = self._trade(dt_s, goal)
        self._follow(dt_s, goal)
        self._turn_over(dt_s)
        self.ladder.bids.forget_hits()
        self.ladder.asks.forget_hits()
        return trades

    # -- the three parts of a step --------------------------------------------------------------

    def _trade(self, dt_s: float, goal: float) -> list[Print]:
        bid, ask = self.touch
        off = goal - (bid + ask) / 2.0
        move_sign = (off > 1.0) - (off < -1.0)
        trades: list[Print] = []
        for taker in self._tape.arrivals(dt_s, self.path.activity, move_sign):
            trades += self._execute(taker, self.time_s - dt_s + taker.at_s)
        return trades

    def _execute(self, taker: Taker, at_s: float) -> list[Print]:
        side = self.ladder.asks if taker.sign > 0 else self.ladder.bids
        lots = taker.lots
        if taker.is_capped:
            lots = min(lots, int(CAP_FRACTION * int(side.lots[side.best])))
            if lots < self.instrument.min_lots:
                return []
        fills = self.ladder.take(side, lots, MAX_LEVELS_TAKEN)
        return [
            Print(level.tick, level.lots, taker.sign, at_s, self._resting_orders(level.lots))
            for level in fills
        ]

    def _resting_orders(self, lots: int) -> int:
        return 1 + int(self._random.random() * math.log1p(lots / self.instrument.min_lots) / 2.0)

    def _follow(self, dt_s: float, goal: float) -> None:
        """Move the touch after the efficient price."""
        if self._random.random() < -math.expm1(-SPREAD_CHANGES_PER_S * dt_s):
            self._spread = self._draw_spread()
        bid, ask = self.touch
        if ask - bid != self._spread or abs(goal - (bid + ask) / 2.0) > HOLD_TICKS:
            target = round(goal - self._spread / 2.0)
            target = max(bid - MAX_TICKS_MOVED, min(bid + MAX_TICKS_MOVED, target))
            self.ladder.move_touch(target, self._spread, self.path.imbalance, self._liquidity())

    def _turn_over(self, dt_s: float) -> None:
        liquidity = self._liquidity()
        refreshes = self._rng.poisson(self._refreshes_per_s * dt_s, 2) + MIN_REFRESHES
        top_up = -math.expm1(-TOP_UPS_PER_S * dt_s)
        for side, count in zip(self._sides(), refreshes.tolist(), strict=True):
            self.ladder.refresh(side, min(count, 4 * self.view.levels), liquidity)
            if self._random.random() < top_up:
                self.ladder.top_up(side, self.path.imbalance, liquidity)

    # -- what the parts share -------------------------------------------------------------------

    def _sides(self) -> tuple[Side, Side]:
        return self.ladder.bids, self.ladder.asks

    def _goal_ticks(self) -> float:
        """Where the middle of the touch belongs."""
        return self.path.price * math.exp(self._basis) / self.instrument.tick

    def _liquidity(self) -> float:
        """Books thin out when volatility is high."""
        return 1.0 / math.sqrt(self.path.relative_vol)

    def _draw_spread(self) -> int:
        wide = min(0.5, WIDE_SHARE * self.path.relative_vol**2)
        if self._random.random() >= wide:
            return 1
        beyond = math.log(1.0 - self._random.random()) / math.log(1.0 - WIDER_STOP)
        return 2 + int(beyond)
