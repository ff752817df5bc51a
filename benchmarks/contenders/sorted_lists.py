"""Pure Python, written with care: one bisect a row, two sorted lists a side."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import orjson

from benchmarks.contenders.base import Costs
from benchmarks.contenders.python_ladder import PythonLadder
from benchmarks.workloads import Ladder


class SortedSide:
    """Prices times the side's sign, ascending, so that the best is first; and their sizes."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[float] = []
        self.sizes: list[float] = []

    def apply(self, rows: Iterable[Sequence[str]]) -> None:
        """Set or remove each price."""
        keys, sizes, sign = self.keys, self.sizes, self.sign
        for row in rows:
            key, size = sign * float(row[0]), float(row[1])
            at = bisect_left(keys, key)
            if at < len(keys) and keys[at] == key:
                if size:
                    sizes[at] = size
                else:
                    del keys[at], sizes[at]
            elif size:
                keys.insert(at, key)
                sizes.insert(at, size)


class SortedLists:
    """orjson, bisect, and one walk up each side for all sizes."""

    name = "pure Python"

    def __init__(self, work: Ladder) -> None:
        self.ladder = PythonLadder(work)
        self.bids, self.asks = SortedSide(-1), SortedSide(1)

    def start(self, snapshot: bytes) -> None:
        """Both sides anew."""
        self.bids, self.asks = SortedSide(-1), SortedSide(1)
        self.tick(snapshot)

    def tick(self, frame: bytes) -> object:
        """Decode, bisect, walk."""
        for book in orjson.loads(frame)["data"]:
            self.bids.apply(book["bids"])
            self.asks.apply(book["asks"])
        bids, asks = self.bids, self.asks
        self.ladder.price(
            ((-key, size) for key, size in zip(bids.keys, bids.sizes, strict=True)),
            zip(asks.keys, asks.sizes, strict=True),
        )
        return self.ladder

    def costs(self) -> Costs:
        """By the walk, then by the fit."""
        return self.ladder.costs()

    def touch(self) -> tuple[float, float]:
        """Best of each side."""
        return -self.bids.keys[0], self.asks.keys[0]
