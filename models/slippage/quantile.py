"""Slippage that is exceeded only so often: linear quantile regression.

    minimise over theta_q:  mean pinball_q( y - x' theta_q )        q = 5 %, 50 %, 95 %
    pinball_q(u) = max(q u, (q - 1) u)

x   standardised features with a constant (models/slippage/features.py)        y   slippage (bps)
Source: Koenker & Bassett 1978; scikit-learn's exact linear program. Quantiles that cross are
sorted, which never hurts.
Wrong when: there are few rows beyond the outer quantiles: 5 % of 500 are 25. Kept rows are bounded.
Example: a constant feature and y = 1 .. 9: the median is 5.
"""

from typing import ClassVar

import numpy as np

from market.instrument import Floats
from models.slippage.base import Predicted
from models.slippage.features import FEATURES
from models.slippage.window import Window

QUANTILES = (0.05, 0.5, 0.95)
MIN_ROWS = 500
KEPT_ROWS = 3000
"""The linear program takes about a second at this size."""


def pinball(error: Floats, quantile: float) -> Floats:
    """Loss of errors y - prediction, least at the quantile."""
    loss: Floats = np.maximum(quantile * error, (quantile - 1) * error)
    return loss


class QuantileSlippage:
    """One line per quantile."""

    name: ClassVar[str] = "quantile"
    label: ClassVar[str] = "Quantile regression"

    def __init__(
        self,
        features: tuple[str, ...] = FEATURES,
        min_rows: int = MIN_ROWS,
        kept_rows: int = KEPT_ROWS,
    ) -> None:
        self.features = features
        self._min_rows = min_rows
        self._window = Window(len(features), kept_rows)
        self._theta: Floats | None = None
        self._centre = np.zeros(len(features))
        self._scale = np.ones(len(features))

    def learn(self, x: Floats, y: Floats) -> None:
        """Keep the rows."""
        self._window.learn(x, y)

    def refit(self) -> None:
        """Solve one linear program per quantile; nothing before there are enough rows."""
        if self._window.seen < self._min_rows:
            return
        from sklearn.linear_model import QuantileRegressor

        x, y = self._window.rows()
        spread = x.std(axis=0)
        self._centre, self._scale = x.mean(axis=0), np.where(spread > 0, spread, 1.0)
        z = (x - self._centre) / self._scale
        fitted = [QuantileRegressor(quantile=q, alpha=0.0).fit(z, y) for q in QUANTILES]
        self._theta = np.array([np.append(fit.intercept_, fit.coef_) for fit in fitted])

    def predict(self, x: Floats) -> Predicted | None:
        """Sorted quantiles."""
        if self._theta is None:
            return None
        z = np.column_stack((np.ones(len(x)), (x - self._centre) / self._scale))
        low, middle, high = np.sort(z @ self._theta.T, axis=1).T
        return Predicted(low, middle, high)

    def missing(self) -> str:
        """Rows still to come, or a fit."""
        if self._window.seen < self._min_rows:
            return f"{self._window.seen} of {self._min_rows} rows seen"
        return "" if self._theta is not None else "not fitted yet"
