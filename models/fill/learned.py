"""The chance of a fill as it was learned from shadow orders: frozen, one dot product.

    P = 1 / (1 + exp(-z)),    z = b + sum_j w_j (x_j - c_j) / s_j

x   a row of models/fill/fill_features.py         c, s   centre and scale of the rows learned from
w, b   weights and intercept of a logistic regression (models/fill/logistic.py)
Source: logistic regression. Only for the horizons and the market it was learned on.
Wrong when: the market changes its ways; the orders were shadows, so nobody reacted to them.
Example: all weights 0 and b = 0: one half, whatever the order.
"""

from dataclasses import dataclass
from math import exp

import numpy as np

from market.book import BookSnapshot
from market.errors import OrderError
from market.instrument import Side
from models.fill.fill_features import FILL_FEATURES, fill_features


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedFill:
    """Coefficients for one market."""

    features: tuple[str, ...]
    """Names of the columns, in order."""
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    shortest_s: float
    longest_s: float
    """Horizons it was learned for (s)."""
    labels: int
    """Settled orders it was learned from."""
    buy_rate: float
    """base per second that takers bought when it was made"""
    sell_rate: float
    verdict: str = ""
    """Whether it was better than the base rate, in words for the user."""

    def __post_init__(self) -> None:
        if self.features != FILL_FEATURES:
            raise OrderError(
                "fill model", f"knows {', '.join(self.features)}", ", ".join(FILL_FEATURES)
            )

    def probability(
        self,
        book: BookSnapshot,
        side: Side,
        *,
        price: float,
        quantity: float,
        queue_ahead: float,
        horizon_s: float,
        sigma_day: float,
        tick: float,
    ) -> float:
        """Chance that all of it fills; OrderError for a horizon it was not learned for."""
        if not self.shortest_s <= horizon_s <= self.longest_s:
            raise OrderError(
                "horizon_s",
                f"is {horizon_s:g} s; the learned fill model knows less",
                f"{self.shortest_s:g} to {self.longest_s:g} s, or the analytic fill model",
            )
        row = fill_features(
            book,
            signs=np.array([float(side.sign)]),
            prices=np.array([price]),
            quantities=np.array([quantity]),
            ahead=np.array([queue_ahead]),
            horizons_s=np.array([horizon_s]),
            tick=tick,
            sigma_day=sigma_day,
            buy_rate=self.buy_rate,
            sell_rate=self.sell_rate,
        )[0, 0]
        return self.of_row(tuple(row.tolist()))

    def of_row(self, row: tuple[float, ...]) -> float:
        """Chance for one row of features."""
        z = self.intercept + sum(
            weight * (x - centre) / scale
            for weight, x, centre, scale in zip(
                self.weights, row, self.centre, self.scale, strict=True
            )
        )
        return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))
