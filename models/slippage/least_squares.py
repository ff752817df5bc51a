"""Least squares from sums alone: no row is kept, a refit costs the same at any count.

    A = sum w x x'     b = sum w x y     c = sum w y^2     theta solves A theta = b

x       (1, standardised features), the centre and scale of which are those of the first rows
Directions that were never seen (a constant feature, two equal ones) get no weight: the smallest
theta is taken, with eigenvalues below 1e-12 of the largest counted as nothing.
ridge   rows that say "no effect": theta solves (A + ridge D) theta = b, D = identity without the
        constant; it draws what is hardly known towards zero and is forgotten as rows come
omega   memory: all sums shrink by it before each row, so that 1 / (1 - omega) rows count
Source: normal equations. With omega it is recursive least squares in exact arithmetic, without the
matrix that loses its symmetry.
Wrong when: the first rows are not typical: the numbers stay right, only less well conditioned.
Example: y = 1 + 2 x at x = 0, 1, 2: theta gives 1 and 2, mean squared error 0.
"""

from typing import Any

import numpy as np

from market.errors import OrderError
from market.instrument import Floats

UNSEEN = 1e-12


class LeastSquares:
    """Sums of a linear model with a constant."""

    def __init__(self, width: int, omega: float = 1.0, ridge: float = 0.0) -> None:
        if not 0 < omega <= 1:
            raise OrderError("memory", f"is {omega:g}", "more than 0, at most 1")
        if not 0 <= ridge < float("inf"):
            raise OrderError("ridge", f"is {ridge:g}", "0 or more")
        self._ridge = ridge
        self._omega = omega
        self._a = np.zeros((width + 1, width + 1))
        self._b = np.zeros(width + 1)
        self._c = 0.0
        self.weight = 0.0
        """Rows that count."""
        self._centre: Floats | None = None
        self._scale = np.ones(width)

    def learn(self, x: Floats, y: Floats) -> None:
        """Take (n, p) rows, oldest first, and (n,) targets."""
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise OrderError("training rows", "hold a number that is not finite")
        rows = self._rows(x)
        weights = self._omega ** np.arange(len(y) - 1, -1, -1.0)
        memory = self._omega ** len(y)
        self._a = memory * self._a + (rows * weights[:, None]).T @ rows
        self._b = memory * self._b + rows.T @ (weights * y)
        self._c = memory * self._c + float(weights @ (y * y))
        self.weight = memory * self.weight + float(weights.sum())

    def solve(self) -> Floats:
        """(p + 1,) theta in standardised features, the constant first."""
        shrunk = self._a.copy()
        shrunk.flat[len(shrunk) + 1 :: len(shrunk) + 1] += self._ridge
        theta = np.linalg.lstsq(shrunk, self._b, rcond=UNSEEN)[0]
        return np.asarray(theta, dtype=np.float64)

    def raw(self, theta: Floats) -> Floats:
        """(p + 1,) the same in the features' own units: constant, then one each."""
        centre = np.zeros(len(self._scale)) if self._centre is None else self._centre
        slopes = theta[1:] / self._scale
        return np.concatenate(([theta[0] - slopes @ centre], slopes))

    def mean_squared_error(self, theta: Floats) -> float:
        """In sample, from the sums."""
        explained = 2 * theta @ self._b - theta @ self._a @ theta
        return max(0.0, float(self._c - explained) / self.weight)

    def predict(self, theta: Floats, x: Floats) -> Floats:
        """(n,) for (n, p) rows."""
        predicted: Floats = self._rows(x) @ theta
        return predicted

    @property
    def frame(self) -> tuple[Floats, Floats]:
        """(p,) centre and scale of the standardised features."""
        centre = np.zeros(len(self._scale)) if self._centre is None else self._centre
        return centre, self._scale

    def state(self) -> dict[str, Any]:
        """The sums."""
        centre, scale = self.frame
        sums = {"a": self._a, "b": self._b, "c": self._c, "weight": self.weight}
        return {**sums, "centre": centre, "scale": scale}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from the sums that `state` gave; ValueError where they have another shape."""
        if np.shape(state["a"]) != self._a.shape:
            raise ValueError("the sums are of another number of features")
        self._a, self._b = np.array(state["a"]), np.array(state["b"])
        self._c, self.weight = float(state["c"]), float(state["weight"])
        self._centre, self._scale = np.array(state["centre"]), np.array(state["scale"])

    def _rows(self, x: Floats) -> Floats:
        if self._centre is None:
            spread = np.asarray(x.std(axis=0), dtype=np.float64)
            centre = np.asarray(x.mean(axis=0), dtype=np.float64)
            scale = np.where(spread > 0, spread, np.maximum(1.0, np.abs(centre)))
            self._scale = np.asarray(scale, dtype=np.float64)
            self._centre = centre
        return np.column_stack((np.ones(len(x)), (x - self._centre) / self._scale))
