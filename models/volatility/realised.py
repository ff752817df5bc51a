"""How volatile was the mid over the last window, every return counting the same?

    sigma_day = sqrt( 86400 * sum(r_i^2) / (n * step_s) )

r_i    log return of the mid over cell i of a fixed grid (dimensionless)
n      cells seen in the window, at most window_s / step_s
Source: realised variance, zero mean (Andersen & Bollerslev 1998).
Wrong when: the grid is so fine that flicker inside the spread dominates, E[sum] = true + 2 n
noise^2; so the default step is 5 s. A gap longer than max_gap_s leaves its cells empty.
Example: step 5 s, mids 100, 100.1, 100: r^2 = 1e-6 twice over 10 s, sqrt(86400 * 2e-7) = 13.1 %.
"""

import math
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from market.trade import Candle
from market.units import NS_PER_S, SECONDS_PER_DAY

CANDLE_S = 60.0
MIN_CELLS = 30


class RealisedVolatility:
    """Bounded memory: one number per cell of the window."""

    name: ClassVar[str] = "realised"
    label: ClassVar[str] = "Realised over a window"

    def __init__(
        self, window_s: float = 3600.0, step_s: float = 5.0, max_gap_s: float = 30.0
    ) -> None:
        self.window_s = window_s
        self._step_ns = int(step_s * NS_PER_S)
        self._step_s = step_s
        self._longest_gap = max(1, int(max_gap_s / step_s))
        self._cells: deque[float | None] = deque(maxlen=max(1, int(window_s / step_s)))
        self._since_sum = 0
        self._squares = 0.0
        self._seen = 0
        self._cell: int | None = None
        self._last = 0.0
        self._close: float | None = None
        """Last mid of the cell before the open one; None at the start and after a gap."""

    def update(self, mid: float, at_ns: int) -> None:
        """Take one mid; the last one before a cell's end is its close.

        After a clock was set back by more than max_gap_s, sampling starts afresh at the new time.
        """
        if not 0.0 < mid < math.inf:
            return
        cell = at_ns // self._step_ns
        if self._cell is None:
            self._cell = cell
        elif cell > self._cell:
            self._close_cells(cell - self._cell)
            self._cell = cell
        elif cell < self._cell - self._longest_gap:
            self._cell, self._close = cell, None
        elif cell < self._cell:
            return
        self._last = mid

    def seed(self, candles: Sequence[Candle]) -> None:
        """Each minute's squared return spread evenly over its cells; only before live mids."""
        if self._cell is not None:
            return
        per_bar = max(1, round(CANDLE_S / self._step_s))
        for before, bar in pairwise(candles):
            bars = round((bar.open_ns - before.open_ns) / NS_PER_S / CANDLE_S)
            for _ in range(min((bars - 1) * per_bar, self._size)):
                self._push(None)
            square = math.log(bar.close / before.close) ** 2 if bars == 1 else None
            for _ in range(per_bar):
                self._push(None if square is None else square / per_bar)

    def get(self) -> float | None:
        """sigma_day, or None until it is worth saying."""
        if self.missing():
            return None
        return math.sqrt(self._squares / (self._seen * self._step_s) * SECONDS_PER_DAY)

    def missing(self) -> str:
        """Cells of the grid still to come."""
        return "" if self._seen >= MIN_CELLS else f"{self._seen} of {MIN_CELLS} returns seen"

    @property
    def _size(self) -> int:
        return self._cells.maxlen or 1

    def _close_cells(self, ended: int) -> None:
        """The open cell has ended, and `ended` - 1 silent ones after it."""
        self._push(math.log(self._last / self._close) ** 2 if self._close else None)
        is_gap = ended > self._longest_gap
        for _ in range(min(ended - 1, self._size)):
            self._push(None if is_gap else 0.0)
        self._close = None if is_gap else self._last

    def _push(self, square: float | None) -> None:
        """Append a cell; the running sum is made afresh once a window, so errors do not grow."""
        dropped = self._cells[0] if len(self._cells) == self._size else None
        self._cells.append(square)
        self._since_sum += 1
        if self._since_sum >= self._size:
            kept = [cell for cell in self._cells if cell is not None]
            self._squares, self._seen, self._since_sum = math.fsum(kept), len(kept), 0
            return
        if dropped is not None:
            self._squares = max(0.0, self._squares - dropped)
            self._seen -= 1
        if square is not None:
            self._squares += square
            self._seen += 1
