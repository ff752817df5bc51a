"""Running volatility: update with a mid, get per square root of a day."""

from models.volatility.of_market import MarketVolatility

__all__ = ["MarketVolatility"]
