"""Chance of a fill by gradient-boosted trees on settled shadow orders.

    trees grown on the log-loss, falling in `sigmas` and `queue`, rising in `horizon`

Shallow trees with large leaves: labels that overlap in time say nearly the same, so there is less
to learn from n of them than n suggests. Kept rows are bounded, the oldest go.
Source: scikit-learn's histogram gradient boosting with monotonic constraints; S2b's wish.
Wrong when: asked beyond what it saw: trees answer with the last step.
Example: a longer queue never has a better chance.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from market.instrument import Floats
from models.fill.fill_features import FALLING, FILL_FEATURES, RISING
from models.fill.logistic import KEPT_ROWS
from models.slippage.window import Window

TREES = 60
LEAVES = 8
LEAST_IN_LEAF = 100
PACE = 0.08


class BoostedFill:
    """One ensemble over all distances and horizons."""

    name: ClassVar[str] = "boosted"
    label: ClassVar[str] = "Gradient boosting"

    def __init__(self, kept_rows: int = KEPT_ROWS) -> None:
        self._window = Window(len(FILL_FEATURES), kept_rows)
        self._fitted: Any = None

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
        from sklearn.ensemble import HistGradientBoostingClassifier

        self._fitted = HistGradientBoostingClassifier(
            learning_rate=PACE,
            max_iter=TREES,
            max_leaf_nodes=LEAVES,
            min_samples_leaf=LEAST_IN_LEAF,
            monotonic_cst=[_direction(name) for name in FILL_FEATURES],
            early_stopping=False,
            random_state=0,
        ).fit(x, y)

    def predict(self, x: Floats) -> Floats | None:
        """(n,) chances; None before there is a fit."""
        if self._fitted is None:
            return None
        chances: Floats = self._fitted.predict_proba(x)[:, 1]
        return chances


def _direction(name: str) -> int:
    return int(name in RISING) - int(name in FALLING)
