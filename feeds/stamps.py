"""Times that venues write as text: ISO 8601 with a zone, with any number of decimals."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Final

from feeds.base import DecodeError
from market.units import NS_PER_S

ISO_TIME: Final = re.compile(
    r"([12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)", re.ASCII
)


def iso_ns(text: str, venue: str, symbol: str) -> int:
    """ns UTC from `2026-11-20T10:00:00.123456789Z`, or DecodeError naming the symbol."""
    match = ISO_TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        second, fraction, zone = match.groups()
        return _second(second, zone) * NS_PER_S + int((fraction or "").ljust(9, "0"))
    except (ValueError, OverflowError):
        raise DecodeError(
            f"{venue} {symbol}: time {text[:40]!r} is not ISO 8601 with a zone", symbol=symbol
        ) from None


@lru_cache(maxsize=16)
def _second(text: str, zone: str) -> int:
    """Whole seconds since 1970. Messages share them, so the last ones are remembered."""
    return int(datetime.fromisoformat(text + zone.replace("Z", "+00:00")).timestamp())
