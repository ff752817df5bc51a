"""A fitted model that can no longer change: what learning publishes and predictions are made from.

    z_i   = (x_i - centre_i) / scale_i
    phi   = 1, z_i                      degree 1
            1, z_i, z_i z_j (i <= j)    degree 2
    low, middle, high = phi . theta     three rows of coefficients, then put in order

Source: linear in its coefficients, so a prediction is one dot product.
Wrong when: asked far outside what was seen.
Example: centre 0, scale 2, theta (1, 3) for all three, x = 4: z = 2, 1 + 3 * 2 = 7.
"""

from dataclasses import dataclass

import numpy as np

from market.instrument import Floats
from models.slippage.base import Predicted


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearForm:
    """Coefficients of a model that is linear in them."""

    degree: int
    """1 or 2"""
    centre: Floats
    """(p,)"""
    scale: Floats
    """(p,)"""
    coefficients: Floats
    """(3, k): low, middle, high (bps)"""

    def basis(self, x: Floats) -> Floats:
        """(n, k) phi of (n, p) rows."""
        z = (x - self.centre) / self.scale
        columns = [np.ones((len(z), 1)), z]
        if self.degree == 2:
            first, second = np.triu_indices(z.shape[1])
            columns.append(z[:, first] * z[:, second])
        return np.column_stack(columns)

    def predict(self, x: Floats) -> Predicted:
        """A band for each of (n, p) rows (bps)."""
        low, middle, high = np.sort(self.basis(x) @ self.coefficients.T, axis=1).T
        return Predicted(low, middle, high)
