"""What every volatility estimator is: fed with mids, asked for one number."""

from collections.abc import Sequence
from typing import ClassVar, Protocol

from market.trade import Candle


class VolatilityEstimator(Protocol):
    """A running statistic. Knows no clock: every mid comes with its time."""

    name: ClassVar[str]
    label: ClassVar[str]

    def update(self, mid: float, at_ns: int) -> None:
        """Take one mid (quote/base). O(1)."""
        ...

    def seed(self, candles: Sequence[Candle]) -> None:
        """Take what a venue remembers: finished bars, oldest first."""
        ...

    def get(self) -> float | None:
        """Volatility per square root of a day (fraction); None while there is too little data."""
        ...

    def missing(self) -> str:
        """What is still missing, for the user; empty when ready."""
        ...
