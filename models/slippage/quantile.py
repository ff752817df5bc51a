"""Slippage that is exceeded only so often: linear quantile regression.

    minimise over theta_q:  mean pinball_q( y - x' theta_q )        q = 5 %, 50 %, 95 %
    pinball_q(u) = max(q u, (q - 1) u)

    between two fits, for rows (z, y) that come together:
        theta_q += step mean( (q - 1{y < z' theta_q}) z )

shrink  adds shrink * sum |theta_q| to what is minimised, y in units of its mean deviation:
      features that say nearly the same (six are logarithms of size) cannot outbid each other
step  STEP times the median's mean absolute error in the last fit, over the number of features:
      the online pinball learner, which follows a drift until the next fit
x   standardised features with a constant (models/slippage/features.py)        y   slippage (bps)
Source: Koenker & Bassett 1978; scikit-learn's exact linear program; the step is stochastic
gradient descent on the same loss. Quantiles that cross are
sorted, which never hurts.
Wrong when: there are few rows beyond the outer quantiles: 5 % of 500 are 25. Kept rows are bounded.
Example: a constant feature and y = 1 .. 9: the median is 5.
"""

import warnings
from typing import Any, ClassVar

import numpy as np

from market.instrument import Floats
from models.slippage.base import Predicted
from models.slippage.features import FEATURES
from models.slippage.form import LinearForm
from models.slippage.window import Window

QUANTILES = (0.05, 0.5, 0.95)
MIN_ROWS = 500
KEPT_ROWS = 3000
"""The linear program takes about a second at this size."""
STEP = 0.05
FARTHEST = 5.0
"""Deviations; a feature farther out takes no longer step."""


def pinball(error: Floats, quantile: float) -> Floats:
    """Loss of errors y - prediction, least at the quantile."""
    loss: Floats = np.maximum(quantile * error, (quantile - 1) * error)
    return loss


class QuantileSlippage:
    """One line per quantile."""

    name: ClassVar[str] = "quantile"
    label: ClassVar[str] = "Quantile regression"
    is_heavy: ClassVar[bool] = True

    def __init__(
        self,
        features: tuple[str, ...] = FEATURES,
        min_rows: int = MIN_ROWS,
        kept_rows: int = KEPT_ROWS,
        shrink: float = 0.0,
        *,
        is_scaled: bool = False,
    ) -> None:
        self.features = features
        self._min_rows = min_rows
        self._window = Window(len(features), kept_rows)
        self._shrink = shrink
        self._is_scaled = is_scaled
        """Rows come on one scale already: one taken from the kept rows would blow up a feature that
        hardly moved among them."""
        self._theta: Floats | None = None
        self._centre = np.zeros(len(features))
        self._scale = np.ones(len(features))
        self._error = 0.0
        """Mean absolute error of the median in the last fit (bps)."""

    def learn(self, x: Floats, y: Floats) -> None:
        """Keep the rows; a fit there is takes a step towards them."""
        self._window.learn(x, y)
        if self._theta is not None and len(y):
            self._step(self._theta, x, y)

    def refit(self) -> None:
        """Solve one linear program per quantile; nothing before there are enough rows."""
        if self._window.seen < self._min_rows:
            return
        x, y = self._window.rows()
        spread = x.std(axis=0)
        centre, scale = x.mean(axis=0), np.where(spread > 0, spread, 1.0)
        if self._is_scaled:
            centre, scale = np.zeros_like(centre), np.ones_like(scale)
        theta = _solved((x - centre) / scale, y, self._shrink)
        if theta is None:
            return  # the solver gave up, as it may on rows that are nearly all alike
        self._centre, self._scale, self._theta = centre, scale, theta
        z = np.column_stack((np.ones(len(x)), (x - centre) / scale))
        self._error = float(np.abs(y - z @ theta[1]).mean())

    def _step(self, theta: Floats, x: Floats, y: Floats) -> None:
        z = np.clip((x - self._centre) / self._scale, -FARTHEST, FARTHEST)
        z = np.column_stack((np.ones(len(x)), z))
        is_below = y[:, None] < z @ theta.T
        step = STEP * self._error / z.shape[1]
        self._theta = theta + step * (np.array(QUANTILES) - is_below).T @ z / len(y)

    def predict(self, x: Floats) -> Predicted | None:
        """Sorted quantiles."""
        if self._theta is None:
            return None
        z = np.column_stack((np.ones(len(x)), (x - self._centre) / self._scale))
        low, middle, high = np.sort(z @ self._theta.T, axis=1).T
        return Predicted(low, middle, high)

    def form(self) -> LinearForm | None:
        """The fit as it stands."""
        if self._theta is None:
            return None
        return LinearForm(
            degree=1, centre=self._centre, scale=self._scale, coefficients=self._theta
        )

    def state(self) -> dict[str, Any]:
        """The fit; kept rows stay behind, so the next fit stands on new ones."""
        fit = {"theta": self._theta, "error": self._error}
        return {**fit, "centre": self._centre, "scale": self._scale}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        if np.shape(state["centre"]) != self._centre.shape:
            raise ValueError("the fit is of another number of features")
        self._theta = None if state["theta"] is None else np.array(state["theta"])
        self._error = float(state["error"])
        self._centre, self._scale = np.array(state["centre"]), np.array(state["scale"])

    def missing(self) -> str:
        """Rows still to come, or a fit."""
        if self._theta is None and self._window.seen < self._min_rows:
            return f"{self._window.seen} of {self._min_rows} rows seen"
        return "" if self._theta is not None else "not fitted yet"


def _solved(z: Floats, y: Floats, shrink: float) -> Floats | None:
    """(3, p + 1) theta by linear programming; None where the solver gave up."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import QuantileRegressor

    unit = float(np.abs(y - np.median(y)).mean()) or 1.0
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        for quantile in QUANTILES:
            model = QuantileRegressor(quantile=quantile, alpha=shrink)
            try:
                fit = model.fit(z, y / unit)
            except ConvergenceWarning:
                return None
            rows.append(np.append(fit.intercept_, fit.coef_) * unit)
    return np.array(rows)
