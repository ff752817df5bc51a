"""The last rows that a model was taught, for fits that need the rows themselves."""

import numpy as np

from market.errors import OrderError
from market.instrument import Floats


class Window:
    """A ring of (x, y); memory does not grow."""

    def __init__(self, width: int, size: int) -> None:
        self._x = np.empty((size, width))
        self._y = np.empty(size)
        self.seen = 0

    def learn(self, x: Floats, y: Floats) -> None:
        """Take (n, p) rows and (n,) targets; the oldest go."""
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise OrderError("training rows", "hold a number that is not finite")
        size = len(self._y)
        x, y = x[-size:], y[-size:]
        places = (self.seen + np.arange(len(y))) % size
        self._x[places], self._y[places] = x, y
        self.seen += len(y)

    def rows(self) -> tuple[Floats, Floats]:
        """What is kept, in no particular order."""
        kept = min(self.seen, len(self._y))
        return self._x[:kept], self._y[:kept]
