"""The ladder in pure Python on any book that gives its levels best first.

One walk up each side answers all sizes, because they ascend; it stops where the largest one ends.
The workload's books hold the largest size; on a thinner one the walk ends in StopIteration.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, islice

from benchmarks.workloads import Ladder

Level = Sequence[float]
"""(price, size)"""
IMBALANCE_LEVELS = 5


class PythonLadder:
    """Holds what the last call found."""

    def __init__(self, work: Ladder) -> None:
        self.work = work
        self.nets: list[float] = []
        self.fitted_nets: list[float] = []
        self.imbalance = 0.0

    def price(self, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """All sizes on both sides. The iterables are consumed as far as needed."""
        bids, asks = iter(bids), iter(asks)
        top_bids = list(islice(bids, IMBALANCE_LEVELS))
        top_asks = list(islice(asks, IMBALANCE_LEVELS))
        bid, ask = top_bids[0][0], top_asks[0][0]
        mid = (bid + ask) / 2
        spread_bps = (ask - bid) / mid * 1e4
        bid_size = sum([level[1] for level in top_bids])
        ask_size = sum([level[1] for level in top_asks])
        self.imbalance = (bid_size - ask_size) / (bid_size + ask_size)
        self.nets, self.fitted_nets = [], []
        best_ask, best_bid = ask * top_asks[0][1], bid * top_bids[0][1]
        self._climb(chain(top_asks, asks), 1, mid, spread_bps, best_ask)
        self._climb(chain(top_bids, bids), -1, mid, spread_bps, best_bid)

    def _climb(
        self, levels: Iterable[Level], sign: int, mid: float, spread_bps: float, best_quote: float
    ) -> None:
        work = self.work
        taker, quadratic = work.taker_bps, work.quadratic
        b0, b1, b2, b3 = work.fit
        base_fit = b0 + b2 * spread_bps + b3 * best_quote
        rest = iter(levels)
        price, held = next(rest)
        value = price * held
        base = money = 0.0
        for size in work.sizes:
            while money + value < size:
                base += held
                money += value
                price, held = next(rest)
                value = price * held
            filled = base + (size - money) / price
            notional = filled * mid
            slippage = sign * (size / filled - mid) / mid * 1e4
            added = quadratic * size * size / notional + taker * size / notional
            fitted = base_fit + b1 * size
            self.nets.append(slippage + added)
            self.fitted_nets.append((fitted if fitted > 0.0 else 0.0) + added)

    def costs(self) -> list[float]:
        """By the walk, then by the fit."""
        return self.nets + self.fitted_nets
