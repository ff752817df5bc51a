"""The cost ladder of a live book: the kernel with its sizes, terms and result array.

Columns and formulas: models/ladder_kernel.
"""

from dataclasses import dataclass, field
from math import isfinite, sqrt

import numpy as np

from market.book import NOT_READY, OrderBook
from market.errors import BookNotReady, OrderError
from market.instrument import Floats
from market.units import BPS
from models.impact.square_root import AVERAGE_OF_PEAK
from models.ladder_kernel import COLUMNS, ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderTerms:
    """What is added to the walk. A term that is not known is left out, and `has_impact` says so."""

    taker_bps: float = 0.0
    fit: tuple[float, float, float, float] | None = None
    """b0 .. b3 (bps; per unit of size, per bps, per quote)"""
    fit_floor_bps: float = 0.0
    """S1 never showed a negative slippage."""
    quadratic: float = 0.0
    """bps per quote; S1: 1e4 C sigma_day / ADV with ADV in quote"""
    root: float = 0.0
    """bps per square root of base; square-root law: 2/3 1e4 Y sigma_day / sqrt(ADV), ADV in base"""
    packed: Floats = field(init=False, compare=False, repr=False)
    """For the kernel, in this order: rate, b0 .. b3, floor, quadratic, root."""

    def __post_init__(self) -> None:
        fit = self.fit or (0.0, 0.0, 0.0, 0.0)
        values = (self.taker_bps, *fit, self.fit_floor_bps, self.quadratic, self.root)
        if not all(isfinite(value) for value in values):
            raise OrderError("ladder", "has a term that is not a finite number")
        object.__setattr__(self, "packed", np.array(values))

    @property
    def has_fit(self) -> bool:
        """Whether FITTED_BPS and FITTED_NET_BPS mean anything."""
        return self.fit is not None

    @property
    def has_impact(self) -> bool:
        """Whether the nets contain an impact."""
        return self.quadratic != 0.0 or self.root != 0.0


def quadratic_term(c: float, sigma_day: float, adv_quote: float) -> float:
    """S1's impact as a ladder term (bps per quote)."""
    return BPS * c * sigma_day / adv_quote


def root_term(y: float, sigma_day: float, adv: float) -> float:
    """The square-root law's average as a ladder term (bps per square root of base)."""
    return AVERAGE_OF_PEAK * BPS * y * sigma_day / sqrt(adv)


class CostLadder:
    """The kernel with its sizes, terms and a result that is written anew at every update."""

    __slots__ = ("_in_base", "_sizes", "out", "terms")

    def __init__(
        self, sizes: Floats, terms: LadderTerms | None = None, *, in_base: bool = False
    ) -> None:
        sizes = np.ascontiguousarray(sizes, dtype=np.float64)
        ascending = sizes.ndim == 1 and sizes.size > 0 and bool(np.all(np.diff(sizes) >= 0))
        if not (ascending and sizes[0] > 0 and isfinite(sizes[-1])):
            raise OrderError("sizes", "must be finite, positive and in ascending order")
        self._sizes = sizes
        self._in_base = in_base
        self.terms = terms or LadderTerms()
        self.out: Floats = np.zeros((2, sizes.size, COLUMNS))

    def update(self, book: OrderBook) -> Floats:
        """(2, n, COLUMNS), the same array every time; BookNotReady where no price can stand."""
        levels, counts = book.raw()
        if not ladder(levels, counts, self._sizes, self._in_base, self.terms.packed, self.out):
            shape = book.shape
            raise BookNotReady(NOT_READY.get(shape, "the book has an impossible price"))
        return self.out
