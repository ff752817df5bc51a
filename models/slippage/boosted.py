"""Slippage by gradient-boosted trees, never falling in size, with a band from quantiles.

    three models: 5 %, 50 %, 95 %, each least in pinball loss, each rising in log_quote
    predicted at a grid of sizes, raised to its running maximum, joined by straight lines

Source: scikit-learn's histogram gradient boosting with a monotonic constraint of +1 on size; S2b
and S1's wish list had boosting in mind. For a quantile loss it sets the leaves once more after a
tree has grown, which undoes the constraint here and there: hence the grid.
Wrong when: asked beyond the largest size it saw: trees answer with the last step. Kept rows are
bounded; a fit takes a second or so, so it belongs outside the event loop.
Example: y = size: a larger size never predicts less.
"""

from typing import Any, ClassVar

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from models.slippage.base import Predicted
from models.slippage.features import FEATURES
from models.slippage.monotone import running_maximum
from models.slippage.quantile import QUANTILES
from models.slippage.window import Window

MIN_ROWS = 1000
KEPT_ROWS = 50_000
SIZE = "log_quote"
GRID = 17
"""Sizes at which a curve is asked: seventeen quantiles of those seen."""


class BoostedSlippage:
    """One ensemble per quantile."""

    name: ClassVar[str] = "boosted"
    label: ClassVar[str] = "Gradient boosting"

    def __init__(
        self,
        features: tuple[str, ...] = FEATURES,
        min_rows: int = MIN_ROWS,
        kept_rows: int = KEPT_ROWS,
        trees: int = 100,
    ) -> None:
        if SIZE not in features:
            raise OrderError("features", f"do not hold {SIZE}", ", ".join(FEATURES))
        self.features = features
        self._min_rows = min_rows
        self._trees = trees
        self._window = Window(len(features), kept_rows)
        self._fitted: list[Any] = []
        self._grid = np.empty(0)

    def learn(self, x: Floats, y: Floats) -> None:
        """Keep the rows."""
        self._window.learn(x, y)

    def refit(self) -> None:
        """Grow the trees; nothing before there are enough rows."""
        if self._window.seen < self._min_rows:
            return
        from sklearn.ensemble import HistGradientBoostingRegressor

        x, y = self._window.rows()
        place = self.features.index(SIZE)
        self._grid = np.unique(np.quantile(x[:, place], np.linspace(0, 1, GRID)))
        rising = [int(name == SIZE) for name in self.features]
        self._fitted = [
            HistGradientBoostingRegressor(
                loss="quantile",
                quantile=q,
                monotonic_cst=rising,
                max_iter=self._trees,
                early_stopping=False,
                random_state=0,
            ).fit(x, y)
            for q in QUANTILES
        ]

    def predict(self, x: Floats) -> Predicted | None:
        """Sorted quantiles."""
        if not self._fitted:
            return None
        low, middle, high = np.sort([self._rising(fit, x) for fit in self._fitted], axis=0)
        return Predicted(low, middle, high)

    def _rising(self, fit: Any, x: Floats) -> Floats:
        """(n,) never falling in size."""
        place, grid = self.features.index(SIZE), self._grid
        rows = np.repeat(x, len(grid), axis=0)
        rows[:, place] = np.tile(grid, len(x))
        curves = running_maximum(fit.predict(rows).reshape(len(x), len(grid)))
        sizes = x[:, place]
        return np.array(
            [np.interp(size, grid, curve) for size, curve in zip(sizes, curves, strict=True)]
        )

    def missing(self) -> str:
        """Rows still to come, or a fit."""
        if self._window.seen < self._min_rows:
            return f"{self._window.seen} of {self._min_rows} rows seen"
        return "" if self._fitted else "not fitted yet"
