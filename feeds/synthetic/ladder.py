"""Resting orders of one instrument: whole ticks, whole lots, levels that persist.

Each side is a dense array over one window of ticks. A level changes only by a print, by the touch
moving over it, or by a refresh, which throws one tick's state anew: occupied with probability
``occupancy``, and if so with a size from the profile. A refresh leaves that law unchanged, so the
average book is the same for ever, and about 40 % of the resulting changes are removals, 20 % new
sizes, 40 % new levels, as in recorded OKX books.

    size(x) = level * (1 + sqrt(x / 2)) * exp(-x / 100) * lognormal     x = distance from touch, bps

The profile rises to a hump near 35 bps. Round prices carry walls. Ticks hit by a print are left
alone for the rest of the step, so what a trade took is missing from the next update.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.synthetic.instruments import ListedInstrument

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

WINDOW: Final = 16_384  # ticks held
RECENTRE: Final = 1_500  # ticks the touch may drift from the middle before the window follows
REFRESH_REACH: Final = 37.0  # levels within which half of all refreshes fall (recorded: 37)
SIZE_SD: Final = 1.0  # of log size
BEST_FACTOR: Final = 6.0  # the touch holds this many ordinary levels
BEST_SD: Final = 0.5  # of log size at the touch, besides imbalance
IMBALANCE_PULL: Final = 0.8  # log size at the touch per unit of imbalance
BEST_MEMORY: Final = 0.7  # share of log size kept when the touch is topped up or cut
WALL_PERIOD: Final = 1_000  # ticks


class Level(NamedTuple):
    tick: int
    lots: int


def _walls() -> Floats:
    """Size factor by tick modulo WALL_PERIOD."""
    factor = np.ones(WALL_PERIOD)
    factor[::100], factor[::500], factor[0] = 3.0, 5.0, 10.0
    return factor


WALLS: Final = _walls()


class Side:
    """One side of the book. ``sign`` is +1 for bids, -1 for asks: better is sign * larger."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.lots: Ints = np.zeros(WINDOW, dtype=np.int64)
        self.best = 0  # window index of the touch
        self.hit_low, self.hit_high = WINDOW, -1  # indexes printed on in this step

    def forget_hits(self) -> None:
        self.hit_low, self.hit_high = WINDOW, -1

    def beyond(self, index: int, count: int) -> Ints:
        """Lots at ``index`` and the ``count`` - 1 ticks behind it, best first (a view)."""
        if self.sign > 0:
            return self.lots[max(0, index - count + 1) : index + 1][::-1]
        return self.lots[index : index + count]

    def next_occupied(self, index: int) -> int:
        """The first index at or behind ``index`` that holds an order."""
        return index - self.sign * int(np.argmax(self.beyond(index, WINDOW) > 0))

    def is_better(self, index: int, other: int) -> bool:
        return self.sign * (index - other) > 0

    def clear_better_than(self, index: int) -> None:
        """Cancel everything in front of ``index``."""
        if self.sign > 0:
            self.lots[index + 1 : self.best + 1] = 0
        else:
            self.lots[self.best : index] = 0

    def take(self, lots: int, max_levels: int) -> list[tuple[int, int]]:
        """Fill an aggressor; gives (index, lots) per level, best first, and removes the lots."""
        fills: list[tuple[int, int]] = []
        while lots > 0 and len(fills) < max_levels:
            index = self.best
            taken = min(lots, int(self.lots[index]))
            self.lots[index] -= taken
            lots -= taken
            fills.append((index, taken))
            self.hit_low, self.hit_high = min(self.hit_low, index), max(self.hit_high, index)
            self.best = self.next_occupied(index)
        return fills


class Ladder:
    """Both sides, never crossed: every bid index <= bids.best < asks.best <= every ask index."""

    def __init__(
        self, instrument: ListedInstrument, rng: np.random.Generator, bid_tick: int
    ) -> None:
        self.origin = bid_tick - WINDOW // 2
        self.bids, self.asks = Side(+1), Side(-1)
        self.bids.best, self.asks.best = WINDOW // 2, WINDOW // 2 + 1
        self._rng = rng
        self._occupancy = instrument.occupancy
        self._min_lots = instrument.min_lots
        ticks_per_bp = instrument.coin.price / instrument.tick / 1e4
        self._profile = _profile(instrument, ticks_per_bp)
        self._reach = REFRESH_REACH / instrument.occupancy
        self._best_lots = BEST_FACTOR * float(self._profile[0]) * math.exp(0.5 * SIZE_SD**2)
        for side in (self.bids, self.asks):
            self._fill(side, 0, WINDOW, 1.0)
            self._set_best(side, self._best_target(side, 0.0, 1.0))

    # -- reading --------------------------------------------------------------------------------

    def levels(self, side: Side, count: int) -> tuple[Ints, Ints]:
        """Ticks and lots of the best ``count`` levels, best first; fewer if fewer rest."""
        span = min(WINDOW, int(1.2 * count / self._occupancy) + 100)
        lots = side.beyond(side.best, span)
        found = np.flatnonzero(lots)[:count]
        return self.origin + side.best - side.sign * found, lots[found]

    # -- changing -------------------------------------------------------------------------------

    def take(self, side: Side, lots: int, max_levels: int) -> list[Level]:
        return [Level(self.origin + i, taken) for i, taken in side.take(lots, max_levels)]

    def move_touch(self, bid_tick: int, spread: int, imbalance: float, liquidity: float) -> None:
        """Bring the touch to ``bid_tick`` and ``bid_tick + spread``, as far as prints allow.

        A level emptied by a print in this step stays empty, so the touch may end one level out.
        """
        bid = self._allowed(self.bids, bid_tick - self.origin)
        ask = self._allowed(self.asks, max(bid_tick - self.origin + spread, bid + 1))
        if ask <= bid:
            bid = self._allowed(self.bids, ask - 1)
        # Retreats first: no bid may be set where an ask still rests.
        for side, index in ((self.bids, bid), (self.asks, ask)):
            if side.is_better(side.best, index):
                side.clear_better_than(index)
                self._settle(side, index, imbalance, liquidity)
        for side, index in ((self.bids, bid), (self.asks, ask)):
            if side.is_better(index, side.best):
                self._advance(side, index, liquidity)
                self._settle(side, index, imbalance, liquidity)

    def top_up(self, side: Side, imbalance: float, liquidity: float) -> None:
        """Let the touch queue grow or shrink towards what the imbalance calls for."""
        if side.hit_low <= side.best <= side.hit_high:
            return
        now = float(side.lots[side.best])
        goal = self._best_target(side, imbalance, liquidity)
        self._set_best(side, now**BEST_MEMORY * goal ** (1.0 - BEST_MEMORY))

    def refresh(self, side: Side, count: int, liquidity: float) -> None:
        """Throw ``count`` ticks behind the touch anew; most of them close to it."""
        if count == 0:
            return
        uniform = self._rng.random(count)
        distance = (1.0 + self._reach * uniform / (1.0 - uniform)).astype(np.int64)
        room = side.best if side.sign > 0 else WINDOW - 1 - side.best
        index = side.best - side.sign * distance[distance <= room]
        index = index[(index < side.hit_low) | (index > side.hit_high)]
        side.lots[index] = self._draw(index, side, liquidity)

    def recentre(self) -> None:
        """Slide the window so that the touch is in its middle again."""
        shift = self.bids.best - WINDOW // 2
        if abs(shift) <= RECENTRE:
            return
        self.origin += shift
        kept = WINDOW - abs(shift)
        for side in (self.bids, self.asks):
            old = side.lots
            side.lots = np.zeros(WINDOW, dtype=np.int64)
            side.best -= shift
            if shift > 0:
                side.lots[:kept] = old[shift:]
                self._fill(side, kept, WINDOW, 1.0)
            else:
                side.lots[-shift:] = old[:kept]
                self._fill(side, 0, -shift, 1.0)

    # -- inside ---------------------------------------------------------------------------------

    def _allowed(self, side: Side, index: int) -> int:
        """``index``, or the next one behind it where no print emptied the level in this step."""
        if side.hit_low <= index <= side.hit_high and side.lots[index] == 0:
            return side.next_occupied(index)
        return index

    def _advance(self, side: Side, index: int, liquidity: float) -> None:
        """New levels in front of the old touch, up to and including ``index``."""
        # Not where prints hit in this step: those ticks stay as the takers left them.
        if side.sign > 0:
            low, high = max(side.best, side.hit_high) + 1, index
        else:
            low, high = index, min(side.best, side.hit_low) - 1
        side.best = index
        self._fill(side, low, high + 1, liquidity)

    def _settle(self, side: Side, index: int, imbalance: float, liquidity: float) -> None:
        side.best = index
        if not side.lots[index] or not side.hit_low <= index <= side.hit_high:
            self._set_best(side, self._best_target(side, imbalance, liquidity))

    def _fill(self, side: Side, low: int, high: int, liquidity: float) -> None:
        """Draw the ticks ``low`` <= index < ``high`` that lie behind the touch."""
        if side.sign > 0:
            high = min(high, side.best + 1)
        else:
            low = max(low, side.best)
        if low < high:
            index = np.arange(low, high)
            side.lots[low:high] = self._draw(index, side, liquidity)

    def _draw(self, index: Ints, side: Side, liquidity: float) -> Ints:
        """Fresh state of ticks: lots, 0 where nothing rests."""
        wall = WALLS[(index + self.origin) % WALL_PERIOD]
        distance = np.abs(index - side.best)
        size = np.exp(SIZE_SD * self._rng.standard_normal(len(index)))
        size *= self._profile[distance] * wall * liquidity
        occupied = (self._rng.random(len(index)) < self._occupancy) | (wall > 1.0)
        lots = np.maximum(size, self._min_lots).astype(np.int64)
        return np.where(occupied, lots, 0)

    def _best_target(self, side: Side, imbalance: float, liquidity: float) -> float:
        noise = float(self._rng.standard_normal())
        tilt = IMBALANCE_PULL * side.sign * imbalance
        return self._best_lots * liquidity * math.exp(tilt + BEST_SD * noise)

    def _set_best(self, side: Side, lots: float) -> None:
        side.lots[side.best] = max(self._min_lots, int(lots))


def _profile(instrument: ListedInstrument, ticks_per_bp: float) -> Floats:
    """Median lots of an occupied level by distance in ticks, scaled to the depth within 10 bps."""
    bps = np.arange(WINDOW) / ticks_per_bp
    shape = (1.0 + np.sqrt(bps / 2.0)) * np.exp(-bps / 100.0)
    inside = bps <= 10.0
    mean_level = math.exp(0.5 * SIZE_SD**2)
    expected = instrument.occupancy * mean_level * float(shape[inside].sum())
    expected += BEST_FACTOR * mean_level  # the touch
    level_lots = instrument.depth_10bps / instrument.lot / expected
    return np.asarray(shape * level_lots, dtype=np.float64)
