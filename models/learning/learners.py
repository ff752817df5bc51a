"""The models that compete, as they are set up for learning on the fly: one line each.

`is_now` is S1's target, on the very same book: the line then has S1's three features, the parabola
five of size, and neither is held back much, for there the walk is the answer and sure.
"""

from collections.abc import Callable
from typing import Final

from models.slippage.base import SlippageLearner
from models.slippage.boosted import BoostedSlippage
from models.slippage.features import FEATURES, S1_FEATURES
from models.slippage.linear import LinearSlippage
from models.slippage.polynomial import PolynomialSlippage
from models.slippage.quantile import QuantileSlippage

MEMORY: Final = 1 - 1 / 200_000
"""Of sums: about the last 200,000 labels count."""
RIDGE: Final = 100.0
"""Labels that say "no effect" beside those that came."""
SHRINK: Final = 0.01
"""The same for quantiles: a unit of weight must take a hundredth off the loss."""
QUANTILE_ROWS, BOOSTED_ROWS, TREES = 1500, 5000, 50
"""Kept rows, so that a fit takes half a second and memory is bounded."""
SIZE = ("log_quote", "log_to_best", "log_to_5bps", "spread_bps", "log_slope")
BENT = ("log_quote", "spread_bps", "imbalance_1", "imbalance_5", "microprice_bps", "flow")
"""Features of the polynomial: all products of thirteen would need many more rows."""


def _linear(is_now: bool, min_rows: int) -> SlippageLearner:
    features, ridge = (S1_FEATURES, 0.0) if is_now else (FEATURES, RIDGE)
    return LinearSlippage(features, min_rows, MEMORY, ridge)


def _polynomial(is_now: bool, min_rows: int) -> SlippageLearner:
    features, ridge = (SIZE, 1.0) if is_now else (BENT, RIDGE)
    return PolynomialSlippage(features, min_rows, MEMORY, ridge)


def _quantile(is_now: bool, min_rows: int) -> SlippageLearner:
    return QuantileSlippage(FEATURES, min_rows, QUANTILE_ROWS, SHRINK, is_scaled=True)


def _boosted(is_now: bool, min_rows: int) -> SlippageLearner:
    return BoostedSlippage(FEATURES, min_rows, BOOSTED_ROWS, TREES, is_rising=is_now)


LEARNERS: Final[dict[str, Callable[[bool, int], SlippageLearner]]] = {
    LinearSlippage.name: _linear,
    PolynomialSlippage.name: _polynomial,
    QuantileSlippage.name: _quantile,
    BoostedSlippage.name: _boosted,
}
"""By name: (is it for `now`, labels before the first fit) to a fresh learner."""
