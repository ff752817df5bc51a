"""How long an HTTP answer asks to wait: the `Retry-After` header (RFC 9110, section 10.2.3)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MOST_DIGITS: Final = 9


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait; None where the header is missing or cannot be read.

    A date is counted from the answer's own `Date`: our clock may differ from the venue's.
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit() and len(said) <= MOST_DIGITS:
        return float(said)
    until = _moment(said)
    if until is None:
        return None
    since = _moment(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds())


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
