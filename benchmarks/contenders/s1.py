"""S1's algorithm, written anew from its description: everything, from the start, on every message.

Every message is treated as a full book: all levels are converted to numbers and both sides sorted;
each size walks its side from the top; scikit-learn predicts the slippage. S1's relay sent full
books, OKX sends changes, so a dict a side is kept first. Choices in its favour: orjson reads the
bytes, nothing is logged, no clock is read for its four latency meters, the model is fitted once
and never again while the time runs (S1: every 200 messages, with an 80/20 split), and the
imbalance, which is none of its features, is left out.

S1 asked the model for one order at a time; `SimulatorS1` does so for each of the sixteen.
`BatchedS1` hands all sixteen to one `predict`, as its author might have done for a ladder: the
harder reference; both are held to the same promise.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import orjson
from sklearn.linear_model import LinearRegression

from benchmarks.contenders.base import Costs
from benchmarks.workloads import Ladder

Levels = list[tuple[float, float]]


class SimulatorS1:
    """A prediction for each size in turn."""

    name = "S1's algorithm"

    def __init__(self, work: Ladder) -> None:
        self.work = work
        self.model = regression(work)
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}
        self.best = (0.0, 0.0)
        self.nets: list[float] = []
        self.fitted_nets: list[float] = []

    def start(self, snapshot: bytes) -> None:
        """Both sides anew."""
        self.bids, self.asks = {}, {}
        self.tick(snapshot)

    def tick(self, frame: bytes) -> object:
        """Decode, keep, convert, sort, walk, predict."""
        for book in orjson.loads(frame)["data"]:
            keep(self.bids, book["bids"])
            keep(self.asks, book["asks"])
        bids = sorted(numbers(self.bids), reverse=True)
        asks = sorted(numbers(self.asks))
        bid, ask = bids[0][0], asks[0][0]
        self.best = (bid, ask)
        mid = (bid + ask) / 2
        spread_bps = (ask - bid) / mid * 1e4
        self.nets, features, added = [], [], []
        for levels, sign in ((asks, 1), (bids, -1)):
            best_quote = levels[0][0] * levels[0][1]
            for size in self.work.sizes:
                filled = walk(levels, size)
                notional = filled * mid
                slippage = sign * (size / filled - mid) / mid * 1e4
                impact = self.work.quadratic * size * size / notional
                added.append(impact + self.work.taker_bps * size / notional)
                self.nets.append(slippage + added[-1])
                features.append([size, spread_bps, best_quote])
        predicted = self.predict(features)
        self.fitted_nets = [max(0.0, p) + a for p, a in zip(predicted, added, strict=True)]
        return self.nets

    def predict(self, features: list[list[float]]) -> list[float]:
        """One call an order."""
        return [float(self.model.predict(np.array([row]))[0]) for row in features]

    def costs(self) -> Costs:
        """By the walk, then by the fit."""
        return self.nets + self.fitted_nets

    def touch(self) -> tuple[float, float]:
        """Best of each side."""
        return self.best


class BatchedS1(SimulatorS1):
    """One prediction for all sizes."""

    name = "S1's algorithm, one predict a message"

    def predict(self, features: list[list[float]]) -> list[float]:
        """One call for all."""
        predicted: list[float] = self.model.predict(np.array(features)).tolist()
        return predicted


def keep(side: dict[str, str], rows: Iterable[Sequence[str]]) -> None:
    """The changes of one side, texts as they came."""
    for row in rows:
        if float(row[1]) == 0.0:
            side.pop(row[0], None)
        else:
            side[row[0]] = row[1]


def numbers(side: dict[str, str]) -> Levels:
    """All levels as (price, size)."""
    return [(float(price), float(size)) for price, size in side.items()]


def walk(levels: Levels, money: float) -> float:
    """Coins that the money exchanges for, from the best level on."""
    coins, left = 0.0, money
    for price, size in levels:
        value = price * size
        if value >= left:
            return coins + left / price
        coins += size
        left -= value
    raise ValueError("the book is too thin for this workload")


def regression(work: Ladder) -> LinearRegression:
    """A fitted model with the workload's coefficients."""
    b0, *slopes = work.fit
    samples = np.eye(4, 3)
    return LinearRegression().fit(samples, b0 + samples @ np.array(slopes))
