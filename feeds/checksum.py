"""A book kept as the venue wrote it, for checksums over the text of its best levels.

Kept only where a venue really sends checksums: text costs more than numbers.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

Level = tuple[str, str]
"""(price, size) as received."""


class TextSide:
    """One side: texts by price, and the prices in order, best first."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._texts: dict[float, Level] = {}
        self._keys: list[float] = []

    def apply(self, rows: Iterable[Sequence[str]]) -> None:
        """Rows start with price and size; size 0 removes; unknown removals are ignored."""
        for row in rows:
            key = self._sign * float(row[0])
            if float(row[1]) == 0.0:
                if self._texts.pop(key, None) is not None:
                    del self._keys[bisect_left(self._keys, key)]
            else:
                if key not in self._texts:
                    insort(self._keys, key)
                self._texts[key] = (row[0], row[1])

    def best(self, n: int) -> list[Level]:
        """The first n levels, best first."""
        return [self._texts[key] for key in self._keys[:n]]

    def cut(self, depth: int) -> list[Level]:
        """Drop what lies deeper, for venues that do not announce it; what was dropped."""
        dropped = [self._texts.pop(key) for key in self._keys[depth:]]
        del self._keys[depth:]
        return dropped


class TextBook:
    """Both sides of one book."""

    def __init__(self) -> None:
        self.bids = TextSide(-1)
        self.asks = TextSide(1)

    def apply(self, bids: Iterable[Sequence[str]], asks: Iterable[Sequence[str]]) -> None:
        """Take one update's rows as received."""
        self.bids.apply(bids)
        self.asks.apply(asks)
