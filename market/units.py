"""Unit conversions, written once.

price quote/base; size and quantity base; money quote; cost in bps of arrival notional,
positive = the trader pays; volatility per square root of a day; time integer ns UTC.
"""

from datetime import UTC, datetime

BPS = 1e4
NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
SECONDS_PER_DAY = 86_400.0
DAYS_PER_YEAR = 365.0
"""Crypto trades every day of the year, around the clock."""
YEARS = range(1970, 2262)
"""Those whose time in ns fits into 64 bits."""


def utc_ns(at: datetime) -> int:
    """Integer ns, exact to the microsecond; no zone is UTC. ValueError outside YEARS."""
    if at.year not in YEARS:
        raise ValueError(f"the year {at.year} is not within {YEARS[0]} to {YEARS[-1]}")
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1e6) * (NS_PER_S // 1_000_000)


def to_bps(fraction: float) -> float:
    """Fraction -> basis points."""
    return fraction * BPS


def from_bps(bps: float) -> float:
    """Basis points -> fraction."""
    return bps / BPS


def slippage_bps(sign: int, average_price: float, arrival_price: float) -> float:
    """Signed distance of a fill from the arrival price in bps; positive = the trader pays.

    sign is +1 for a buy and -1 for a sell.
    """
    return sign * (average_price - arrival_price) / arrival_price * BPS


def bps_of(money: float, notional: float) -> float:
    """Money (quote) as bps of a notional (quote)."""
    return money / notional * BPS


def annual_from_day(sigma_day: float) -> float:
    """Volatility per square root of a day -> per square root of a 365-day year."""
    return float(sigma_day * DAYS_PER_YEAR**0.5)


def day_from_annual(sigma_year: float) -> float:
    """Volatility per square root of a 365-day year -> per square root of a day."""
    return float(sigma_year / DAYS_PER_YEAR**0.5)
