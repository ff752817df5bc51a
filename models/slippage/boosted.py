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

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from models.slippage.base import Predicted
from models.slippage.features import FEATURES
from models.slippage.monotone import running_maximum
from models.slippage.one_thread import one_thread
from models.slippage.quantile import QUANTILES
from models.slippage.window import Window

MIN_ROWS = 1000
KEPT_ROWS = 50_000
SIZE = "log_quote"
GRID = 17
"""Sizes at which a curve is asked: seventeen quantiles of those seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """One fit: three ensembles, and the sizes at which their curve is asked."""

    fitted: tuple[Any, ...]
    grid: Floats
    place: int
    """Column of the size."""
    is_rising: bool

    def predict(self, x: Floats) -> Predicted:
        """Sorted quantiles (bps)."""
        with one_thread():
            curves = [self._rising(f, x) if self.is_rising else f.predict(x) for f in self.fitted]
        low, middle, high = np.sort(curves, axis=0)
        return Predicted(low, middle, high)

    def _rising(self, fit: Any, x: Floats) -> Floats:
        """(n,) never falling in size."""
        rows = np.repeat(x, len(self.grid), axis=0)
        rows[:, self.place] = np.tile(self.grid, len(x))
        curves = running_maximum(fit.predict(rows).reshape(len(x), len(self.grid)))
        sizes = x[:, self.place]
        return np.array(
            [np.interp(size, self.grid, curve) for size, curve in zip(sizes, curves, strict=True)]
        )


class BoostedSlippage:
    """One ensemble per quantile."""

    name: ClassVar[str] = "boosted"
    label: ClassVar[str] = "Gradient boosting"
    is_heavy: ClassVar[bool] = True

    def __init__(
        self,
        features: tuple[str, ...] = FEATURES,
        min_rows: int = MIN_ROWS,
        kept_rows: int = KEPT_ROWS,
        trees: int = 100,
        is_rising: bool = True,
    ) -> None:
        if SIZE not in features:
            raise OrderError("features", f"do not hold {SIZE}", ", ".join(FEATURES))
        self.features = features
        self._min_rows = min_rows
        self._trees = trees
        self._is_rising = is_rising
        """False where the target may fall with size: a change of the slippage, not itself."""
        self._window = Window(len(features), kept_rows)
        self._fit: Trees | None = None

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
        grid = np.unique(np.quantile(x[:, place], np.linspace(0, 1, GRID)))
        rising = [int(name == SIZE and self._is_rising) for name in self.features]
        with one_thread():
            fitted = tuple(
                HistGradientBoostingRegressor(
                    loss="quantile",
                    quantile=q,
                    monotonic_cst=rising,
                    max_iter=self._trees,
                    early_stopping=False,
                    random_state=0,
                ).fit(x, y)
                for q in QUANTILES
            )
        self._fit = Trees(fitted=fitted, grid=grid, place=place, is_rising=self._is_rising)

    def predict(self, x: Floats) -> Predicted | None:
        """Sorted quantiles."""
        return None if self._fit is None else self._fit.predict(x)

    def form(self) -> Trees | None:
        """The fit as it stands."""
        return self._fit

    def state(self) -> dict[str, Any]:
        """The fit; kept rows stay behind, so the next fit stands on new ones."""
        fit = self._fit
        if fit is None:
            return {"fitted": []}
        return {"fitted": list(fit.fitted), "grid": fit.grid, "is_rising": fit.is_rising}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        if not state["fitted"]:
            self._fit = None
            return
        from sklearn.ensemble import HistGradientBoostingRegressor

        if not all(isinstance(fit, HistGradientBoostingRegressor) for fit in state["fitted"]):
            raise ValueError("the fit holds something else than trees")
        if any(fit.n_features_in_ != len(self.features) for fit in state["fitted"]):
            raise ValueError("the fit is of another number of features")
        self._fit = Trees(
            fitted=tuple(state["fitted"]),
            grid=np.array(state["grid"]),
            place=self.features.index(SIZE),
            is_rising=bool(state["is_rising"]),
        )

    def missing(self) -> str:
        """Rows still to come, or a fit."""
        if self._fit is None and self._window.seen < self._min_rows:
            return f"{self._window.seen} of {self._min_rows} rows seen"
        return "" if self._fit is not None else "not fitted yet"
