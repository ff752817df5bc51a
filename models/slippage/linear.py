"""Slippage as a straight line in features, learned on the fly.

    slippage_bps = theta_0 + sum theta_i x_i         band: +- 1.645 sqrt(mean squared error)

x_i   S1's three by default: order (quote), spread (bps), money at the best level (quote)
Source: earlier system S1; sums of models/slippage/least_squares.py, so a refit costs the same at
any number of rows. S1 split rows at random, which leaks between probes of one book: test before you
train instead.
Wrong when: slippage bends with size, as it does; S1 hid negative predictions behind a zero, here
they are visible. The 90 % band assumes errors of one size.
Example: rows (1, 0, 0) -> 1, (2, 0, 0) -> 2, (3, 0, 0) -> 3, ...: (4, 0, 0) gives 4.
"""

from typing import Any, ClassVar

import numpy as np

from market.instrument import Floats
from models.slippage.base import Predicted
from models.slippage.features import S1_FEATURES
from models.slippage.form import LinearForm
from models.slippage.least_squares import LeastSquares

MIN_ROWS = 1000
"""S1's first fit."""
Z_90 = 1.6449
"""Half-width of a central 90 % band in standard deviations."""


class LinearSlippage:
    """S1's regression."""

    name: ClassVar[str] = "linear"
    label: ClassVar[str] = "Linear"
    is_heavy: ClassVar[bool] = False

    def __init__(
        self,
        features: tuple[str, ...] = S1_FEATURES,
        min_rows: int = MIN_ROWS,
        memory: float = 1.0,
        ridge: float = 0.0,
    ) -> None:
        self.features = features
        self._min_rows = min_rows
        self._sums = LeastSquares(len(features), memory, ridge)
        self._theta: Floats | None = None
        self._half_width = 0.0
        self.rows = 0

    def learn(self, x: Floats, y: Floats) -> None:
        """Add rows to the sums."""
        self._sums.learn(x, y)
        self.rows += len(y)

    def refit(self) -> None:
        """Solve; nothing before there are enough rows."""
        if self.rows >= self._min_rows:
            self._theta = self._sums.solve()
            self._half_width = Z_90 * self._sums.mean_squared_error(self._theta) ** 0.5

    def predict(self, x: Floats) -> Predicted | None:
        """A band of one width."""
        if self._theta is None:
            return None
        middle = self._sums.predict(self._theta, x)
        return Predicted(middle - self._half_width, middle, middle + self._half_width)

    def coefficients(self) -> tuple[float, ...] | None:
        """Constant and slopes in the features' own units, as the cost ladder takes them."""
        if self._theta is None:
            return None
        return tuple(self._sums.raw(self._theta).tolist())

    def form(self) -> LinearForm | None:
        """The fit as it stands."""
        if self._theta is None:
            return None
        centre, scale = self._sums.frame
        rows = np.tile(self._theta, (3, 1))
        rows[:, 0] += np.array([-1.0, 0.0, 1.0]) * self._half_width
        return LinearForm(degree=1, centre=centre, scale=scale, coefficients=rows)

    def state(self) -> dict[str, Any]:
        """Sums and fit."""
        fit = {"theta": self._theta, "half_width": self._half_width, "rows": self.rows}
        return {**fit, "sums": self._sums.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._sums.restore(state["sums"])
        self._theta = None if state["theta"] is None else np.array(state["theta"])
        self._half_width, self.rows = float(state["half_width"]), int(state["rows"])

    def missing(self) -> str:
        """Rows still to come, or a fit."""
        if self.rows < self._min_rows:
            return f"{self.rows} of {self._min_rows} rows seen"
        return "" if self._theta is not None else "not fitted yet"
