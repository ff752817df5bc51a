"""Slippage as a polynomial of degree 2 in standardised features, learned on the fly.

    slippage_bps = theta_0 + sum theta_i z_i + sum_{i <= j} theta_ij z_i z_j

z_i   (x_i - centre_i) / scale_i of the logarithmic features, frozen after the first rows
Source: S2b's idea, without its five made-up points. On raw money the squares would have a condition
number of 1e12; on standardised logarithms they do not.
Wrong when: asked far outside what it saw: a parabola runs away.
Example: y = x^2 learned on -2 .. 2: predicts 9 at 3, exactly.
"""

from typing import Any, ClassVar

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from models.slippage.base import Predicted
from models.slippage.features import FEATURES
from models.slippage.form import LinearForm
from models.slippage.least_squares import LeastSquares
from models.slippage.linear import Z_90

MIN_ROWS = 1000


class PolynomialSlippage:
    """All products of two features."""

    name: ClassVar[str] = "polynomial"
    label: ClassVar[str] = "Polynomial of degree 2"
    is_heavy: ClassVar[bool] = False

    def __init__(
        self,
        features: tuple[str, ...] = FEATURES,
        min_rows: int = MIN_ROWS,
        memory: float = 1.0,
        ridge: float = 0.0,
    ) -> None:
        self.features = features
        self._min_rows = min_rows
        self._pairs = np.triu_indices(len(features))
        self._sums = LeastSquares(len(features) + len(self._pairs[0]), memory, ridge)
        self._centre: Floats | None = None
        self._scale = np.ones(len(features))
        self._theta: Floats | None = None
        self._half_width = 0.0
        self.rows = 0

    def learn(self, x: Floats, y: Floats) -> None:
        """Add rows to the sums."""
        if not np.isfinite(x).all():
            raise OrderError("training rows", "hold a number that is not finite")
        if self._centre is None:
            spread = x.std(axis=0)
            self._centre, self._scale = x.mean(axis=0), np.where(spread > 0, spread, 1.0)
        self._sums.learn(self._expanded(x, self._centre), y)
        self.rows += len(y)

    def refit(self) -> None:
        """Solve; nothing before there are enough rows."""
        if self.rows >= self._min_rows:
            self._theta = self._sums.solve()
            self._half_width = Z_90 * self._sums.mean_squared_error(self._theta) ** 0.5

    def predict(self, x: Floats) -> Predicted | None:
        """A band of one width."""
        if self._theta is None or self._centre is None:
            return None
        middle = self._sums.predict(self._theta, self._expanded(x, self._centre))
        return Predicted(middle - self._half_width, middle, middle + self._half_width)

    def form(self) -> LinearForm | None:
        """The fit as it stands."""
        if self._theta is None or self._centre is None:
            return None
        rows = np.tile(self._sums.raw(self._theta), (3, 1))
        rows[:, 0] += np.array([-1.0, 0.0, 1.0]) * self._half_width
        return LinearForm(degree=2, centre=self._centre, scale=self._scale, coefficients=rows)

    def state(self) -> dict[str, Any]:
        """Sums and fit."""
        fit = {"theta": self._theta, "half_width": self._half_width, "rows": self.rows}
        frame = {"centre": self._centre, "scale": self._scale}
        return {**fit, **frame, "sums": self._sums.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._sums.restore(state["sums"])
        self._theta = None if state["theta"] is None else np.array(state["theta"])
        self._half_width, self.rows = float(state["half_width"]), int(state["rows"])
        self._centre = None if state["centre"] is None else np.array(state["centre"])
        self._scale = np.array(state["scale"])

    def missing(self) -> str:
        """Rows still to come, or a fit."""
        if self.rows < self._min_rows:
            return f"{self.rows} of {self._min_rows} rows seen"
        return "" if self._theta is not None else "not fitted yet"

    def _expanded(self, x: Floats, centre: Floats) -> Floats:
        z = (x - centre) / self._scale
        first, second = self._pairs
        return np.column_stack((z, z[:, first] * z[:, second]))
