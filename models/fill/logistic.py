"""Chance of a fill by logistic regression on settled shadow orders.

    P = 1 / (1 + exp(-z)),    z = b + w . (x - c) / s        least log-loss plus |w|^2 / (2 C)

x   rows of models/fill/fill_features.py             c, s   mean and deviation of the rows kept
C   0.01: orders placed seconds apart and followed for a minute say nearly the same thing, so a
    hundred of them weigh as much against the penalty as one that stands alone
No class weights: they would make the chances wrong. Kept rows are bounded, the oldest go.
Source: logistic regression, scikit-learn; docs/models.md.
Wrong when: the log-odds are not linear in the features; horizons other than those learned.
Example: labels that have nothing to do with x: every w near 0, P near the base rate.
"""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

import numpy as np

from market.instrument import Floats
from models.fill.fill_features import FILL_FEATURES
from models.slippage.window import Window

KEPT_ROWS = 50_000
PENALTY = 0.01
"""C of the regression: smaller = stronger."""
STEPS = 500
"""Of the solver: far more than standardised features need."""


class Coefficients(NamedTuple):
    """A fitted logistic regression."""

    centre: Floats
    scale: Floats
    weights: Floats
    intercept: float

    def probability(self, x: Floats) -> Floats:
        """(n,) for (n, p) rows."""
        z = self.intercept + ((x - self.centre) / self.scale) @ self.weights
        return _sigmoid(z)


class LogisticFill:
    """One regression over all distances and horizons."""

    name: ClassVar[str] = "logistic"
    label: ClassVar[str] = "Logistic regression"

    def __init__(self, kept_rows: int = KEPT_ROWS) -> None:
        self._window = Window(len(FILL_FEATURES), kept_rows)
        self.fitted: Coefficients | None = None

    def learn(self, x: Floats, y: Floats) -> None:
        """Take (n, p) rows and (n,) labels, 0 or 1."""
        self._window.learn(x, y)

    def fitting(self) -> Callable[[], None]:
        """A fit on the rows kept now, to be run in any thread while more are learned.

        It changes nothing while only one outcome was seen.
        """
        x, y = (rows.copy() for rows in self._window.rows())
        return lambda: self._fit(x, y)

    def _fit(self, x: Floats, y: Floats) -> None:
        if np.unique(y).size < 2:
            return
        from sklearn.linear_model import LogisticRegression

        centre, spread = x.mean(axis=0), x.std(axis=0)
        scale = np.where(spread > 0.0, spread, 1.0)
        fit = LogisticRegression(C=PENALTY, max_iter=STEPS).fit((x - centre) / scale, y)
        self.fitted = Coefficients(centre, scale, fit.coef_[0], float(fit.intercept_[0]))

    def predict(self, x: Floats) -> Floats | None:
        """(n,) chances; None before there is a fit."""
        return None if self.fitted is None else self.fitted.probability(x)


def _sigmoid(z: Floats) -> Floats:
    small = np.exp(-np.abs(z))
    chance: Floats = np.where(z >= 0, 1.0, small) / (1 + small)
    return chance
