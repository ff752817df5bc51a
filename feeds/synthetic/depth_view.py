"""The best N levels a side as subscribers last saw them, and what has changed since."""

from __future__ import annotations

import numpy as np

from feeds.synthetic.ladder import Ints, Ladder, Level, Side

Change = Level  # lots 0 = the level left the view


class DepthView:
    """One window on a ladder; windows of different depth change at different moments."""

    def __init__(self, ladder: Ladder, levels: int) -> None:
        self.ladder = ladder
        self.levels = levels
        self.bids = ladder.levels(ladder.bids, levels)  # ticks, lots; best first
        self.asks = ladder.levels(ladder.asks, levels)

    def changes(self) -> tuple[list[Change], list[Change]]:
        """Rows that turn the last view into the present one (bids, asks), best first."""
        ladder = self.ladder
        bids, asks = self._now(ladder.bids), self._now(ladder.asks)
        changed = difference(self.bids, bids)[::-1], difference(self.asks, asks)
        self.bids, self.asks = bids, asks
        return changed

    def rows(self) -> tuple[list[Change], list[Change]]:
        """The whole view as last shown (bids, asks), best first."""
        return _pairs(*self.bids), _pairs(*self.asks)

    def _now(self, side: Side) -> tuple[Ints, Ints]:
        return self.ladder.levels(side, self.levels)


def difference(old: tuple[Ints, Ints], new: tuple[Ints, Ints]) -> list[Change]:
    """Levels of ``new`` that differ from ``old``, and those gone; by rising tick."""
    ends = (int(old[0][0]), int(old[0][-1]), int(new[0][0]), int(new[0][-1]))
    low, high = min(ends), max(ends)
    before = np.zeros(high - low + 1, dtype=np.int64)
    after = np.zeros_like(before)
    before[old[0] - low] = old[1]
    after[new[0] - low] = new[1]
    changed = np.flatnonzero(before != after)
    return _pairs(changed + low, after[changed])


def _pairs(ticks: Ints, lots: Ints) -> list[Change]:
    return list(map(Level, ticks.tolist(), lots.tolist()))
