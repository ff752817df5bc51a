"""When takers come, on which side, and how much they want.

Arrivals: a Hawkes process with exponential kernel, rate mu + sum alpha exp(-beta (t - t_i)),
branching ratio alpha / beta, simulated by Ogata thinning (the rate only decays between events, so
the current one bounds it). Sides: metaorders of Pareto length, one after another, which gives trade
signs the long memory Lillo and Farmer (2004) measured. Sizes: a power law below the median, a
Pareto tail above.
"""

from __future__ import annotations

import math
import random
from typing import Final, NamedTuple

from feeds.synthetic.instruments import ListedInstrument

BRANCHING: Final = 0.6
DECAY_PER_S: Final = 2.0  # beta
METAORDER_TAIL: Final = 1.5  # Pareto exponent of a metaorder's number of trades
METAORDER_LIMIT: Final = 5_000
SIZE_TAIL: Final = 1.8  # Pareto exponent of sizes above the median
SMALL_POWER: Final = 2.0  # below the median: median * u**SMALL_POWER
CAPPED_SHARE: Final = 0.8  # takers who want no more than the best queue shows
CAP_FRACTION: Final = 0.9  # ... and how much of it they take at most
CHASE_SHARE: Final = 0.3  # takers who follow a price move under way instead of a metaorder
MAX_ARRIVALS: Final = 400  # per step, so that one long step stays cheap
MEAN_OVER_MEDIAN: Final = 0.5 / (1 + SMALL_POWER) + 0.5 * SIZE_TAIL / (SIZE_TAIL - 1)


class Taker(NamedTuple):
    at_s: float  # since the start of the step
    sign: int  # +1 buys
    lots: int  # wanted
    is_capped: bool  # wants at most CAP_FRACTION of the best queue


class Tape:
    """Taker orders of one instrument; knows nothing of the book they will meet."""

    def __init__(self, instrument: ListedInstrument, stream: random.Random) -> None:
        self._random = stream
        self._base_rate = instrument.trades_per_s * (1.0 - BRANCHING)
        self._excitation = 0.0
        per_trade = instrument.turnover / 86_400.0 / instrument.trades_per_s / instrument.lot
        self._median_lots = per_trade / MEAN_OVER_MEDIAN
        self._min_lots = instrument.min_lots
        self._sign, self._left = 1, 0

    def arrivals(self, dt: float, activity: float, move_sign: int) -> list[Taker]:
        """Takers within the next ``dt`` seconds, in time order.

        ``activity`` scales the base rate; ``move_sign`` is the direction of a price move under way.
        """
        takers: list[Taker] = []
        draw = self._random.random
        base = self._base_rate * activity
        now = 0.0
        while len(takers) < MAX_ARRIVALS:
            bound = base + self._excitation
            wait = self._random.expovariate(bound)
            if now + wait > dt:
                break
            now += wait
            self._excitation *= math.exp(-DECAY_PER_S * wait)
            if draw() * bound <= base + self._excitation:
                self._excitation += BRANCHING * DECAY_PER_S
                sign = self._next_sign(move_sign)
                takers.append(Taker(now, sign, self._next_lots(), draw() < CAPPED_SHARE))
        self._excitation *= math.exp(-DECAY_PER_S * (dt - now))
        return takers

    def _next_sign(self, move_sign: int) -> int:
        if move_sign and self._random.random() < CHASE_SHARE:
            return move_sign
        if self._left == 0:
            self._sign = 1 if self._random.random() < 0.5 else -1
            self._left = min(METAORDER_LIMIT, int(self._random.paretovariate(METAORDER_TAIL)))
        self._left -= 1
        return self._sign

    def _next_lots(self) -> int:
        uniform = self._random.random()
        if uniform < 0.5:
            size = self._median_lots * (2.0 * uniform) ** SMALL_POWER
        else:
            size = self._median_lots * (2.0 * (1.0 - uniform)) ** (-1.0 / SIZE_TAIL)
        return max(self._min_lots, int(size))
