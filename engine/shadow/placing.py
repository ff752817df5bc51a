"""Where shadow orders are put: which prices, how large, how often, for how long.

On each side: one tick inside the spread where there is room, at our best, and some ticks behind it,
as far as the price may come within the longest horizon. Sizes go round: small, middling and large
against the mean trade, so that the size of an order is learned too.
"""

from dataclasses import dataclass
from itertools import cycle
from math import ceil, sqrt
from typing import Final, NamedTuple

import numpy as np

from market.book import BookSnapshot
from market.errors import OrderError
from market.instrument import Floats, Side
from market.units import NS_PER_S, SECONDS_PER_DAY
from models.base import MarketState
from models.execution.limit_price import on_tick
from models.fill.shadow_orders import Whole

TICKS: Final = (-1, 0, 1, 3, 10, 30, 100, 300)
"""Behind our best; -1 is inside the spread."""
SIZES: Final = (0.1, 1.0, 10.0)
"""Of the mean trade."""
REACH: Final = 3.0
"""Standard deviations within the longest horizon; farther orders would only ever miss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPlan:
    """How shadow orders are placed and followed."""

    horizons_s: tuple[float, ...] = (1.0, 5.0, 15.0, 60.0)
    """Ascending. An order is judged at each and forgotten after the last."""
    every_s: float = 2.0
    """Between two placements."""
    budget: int = 512
    """Orders followed at a time, at most."""

    def __post_init__(self) -> None:
        if not self.horizons_s or list(self.horizons_s) != sorted(set(self.horizons_s)):
            raise OrderError("horizons", "are not ascending", "for example 1, 5, 15, 60 s")
        if not self.horizons_s[0] > 0 or not 0 < self.every_s < float("inf"):
            raise OrderError("horizons and pause", "hold a time of 0 s or less", "above 0 s")
        if self.budget < self.most:
            raise OrderError("budget", f"is {self.budget} orders", f"at least {self.most}")

    @property
    def most(self) -> int:
        """Orders of one placement, at most."""
        return len(Side) * len(TICKS)

    @property
    def pause_ns(self) -> int:
        """Between two placements, so that the budget always suffices."""
        batches = self.budget // self.most
        return ceil(max(self.every_s, self.horizons_s[-1] / batches) * NS_PER_S)


class Placing(NamedTuple):
    """Orders to be placed at one moment; (n,) each."""

    signs: Floats
    ticks: Whole
    """Behind our best."""
    prices: Floats
    quantities: Floats
    """base"""
    ahead: Floats
    """base already resting there"""


class Placer:
    """Chooses the next orders."""

    def __init__(self, plan: ShadowPlan) -> None:
        self._plan = plan
        self._sizes = cycle(SIZES)

    def choose(self, state: MarketState, book: BookSnapshot, mean_trade: float) -> Placing:
        """Orders for this book; `mean_trade` in base. Sizes move on by one with every call."""
        next(self._sizes)
        chosen = [
            (side.sign, ticks, price, self._size(mean_trade), ahead)
            for side in Side
            for ticks in TICKS
            if (price := self._price(state, book, side, ticks)) is not None
            and (ahead := _resting(book, side, price)) is not None
        ]
        columns = list(zip(*chosen, strict=True)) if chosen else [()] * len(Placing._fields)
        signs, ticks_, prices, quantities, queues = columns
        return Placing(
            np.array(signs, dtype=np.float64),
            np.array(ticks_, dtype=np.int64),
            np.array(prices, dtype=np.float64),
            np.array(quantities, dtype=np.float64),
            np.array(queues, dtype=np.float64),
        )

    def _size(self, mean_trade: float) -> float:
        return next(self._sizes) * mean_trade

    def _price(
        self, state: MarketState, book: BookSnapshot, side: Side, ticks: int
    ) -> float | None:
        tick = state.instrument.tick_size
        own = float(book.levels(side.opposite)[0][0])
        other = float(book.levels(side)[0][0])
        try:
            price = on_tick(own - side.sign * ticks * tick, side, tick)
        except OrderError:
            return None
        is_inside = side.sign * (other - price) > 0 and (ticks >= 0 or price != own)
        distance = side.sign * (book.mid - price)
        return price if is_inside and distance <= max(self._reach(state, book), 2 * tick) else None

    def _reach(self, state: MarketState, book: BookSnapshot) -> float:
        days = self._plan.horizons_s[-1] / SECONDS_PER_DAY
        return REACH * (state.sigma_day or 0.0) * book.mid * sqrt(days) + book.half_spread


def _resting(book: BookSnapshot, side: Side, price: float) -> float | None:
    """base at the price on the order's own side; None beyond the visible book."""
    prices, sizes = book.levels(side.opposite)
    if side.sign * (price - prices[-1]) < 0:
        return None
    return float(sizes[prices == price].sum())
