"""The volatility a market is priced with: EWMA, seeded from candles, saying where it comes from."""

from collections.abc import Sequence

from market.trade import Candle
from models.volatility.ewma import EwmaVolatility
from models.volatility.noise import Signature


class MarketVolatility:
    """One per market. Engine feeds it; a MarketState carries what it says."""

    def __init__(self) -> None:
        self._ewma = EwmaVolatility()
        self._signature = Signature()

    def update(self, mid: float, at_ns: int) -> None:
        """Take one mid (quote/base)."""
        self._ewma.update(mid, at_ns)
        self._signature.update(mid, at_ns)

    def seed(self, candles: Sequence[Candle]) -> None:
        """Take finished one-minute bars, oldest first; before or after live mids."""
        self._ewma.seed(candles)

    def sigma_day(self) -> float | None:
        """Volatility per square root of a day (fraction); None while there is too little data."""
        return self._ewma.get()

    def warning(self) -> str:
        """Why the number should be questioned, for the user; empty where it need not be."""
        return self._signature.warning() or ""

    def origin(self) -> str:
        """How it came to be, or what is missing, for the user."""
        missing = self._ewma.missing()
        if missing:
            return f"waiting: {missing}"
        seeded = f" and {self._ewma.candles} one-minute candles" if self._ewma.candles else ""
        return (
            f"EWMA, half-life {self._ewma.half_life_s / 60:g} min, "
            f"{self._ewma.returns} live returns{seeded}"
        )
