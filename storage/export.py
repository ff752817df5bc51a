"""History as files for other programs: CSV and JSON lines, in chunks, however long it is.

Column names carry their units; times stand as UTC text and as integer ns. In CSV a text that a
spreadsheet would run as a formula gets an apostrophe in front, and so does one that starts with
an apostrophe: taking one away gives the saved text back. Numbers are left as numbers.
"""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from market.units import NS_PER_S
from storage.estimates import ALL, Estimates
from storage.history import HistoryFilter, SavedEstimate

Format = Literal["csv", "jsonl"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")  # noqa: RUF001
"""The wide forms too: spreadsheets of East Asian locales read them as their narrow twins."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def export(
    estimates: Estimates, file_format: Format, wanted: HistoryFilter = ALL
) -> AsyncIterator[bytes]:
    """Chunks of one file, oldest estimate first. Memory holds one page at a time."""
    encode = ENCODERS[file_format]
    if file_format == "csv":
        yield _csv([tuple(COLUMNS)])
    async for page in estimates.pages(wanted):
        yield await asyncio.to_thread(encode, page)


def utc_text(ns: int) -> str:
    """Integer ns as ISO 8601 in UTC with all nine digits."""
    seconds, rest = divmod(ns, NS_PER_S)
    return f"{(EPOCH + timedelta(seconds=seconds)).isoformat()[:19]}.{rest:09d}Z"


COLUMNS: dict[str, Callable[[SavedEstimate], Any]] = {
    "id": lambda e: e.id,
    "created_utc": lambda e: utc_text(e.created_ns),
    "created_ns": lambda e: e.created_ns,
    "as_of_utc": lambda e: utc_text(e.as_of_ns),
    "as_of_ns": lambda e: e.as_of_ns,
    "source": lambda e: e.source.value,
    "venue": lambda e: e.venue,
    "venue_symbol": lambda e: e.venue_symbol,
    "symbol": lambda e: e.symbol,
    "product": lambda e: e.product,
    "side": lambda e: e.side.value,
    "recipe": lambda e: e.recipe,
    "style": lambda e: e.style,
    "amount_in_unit": lambda e: e.amount,
    "unit": lambda e: e.unit.value,
    "quantity_base": lambda e: e.quantity_base,
    "filled_base": lambda e: e.filled_base,
    "unfilled_base": lambda e: e.unfilled_base,
    "notional_quote": lambda e: e.notional_quote,
    "mid_quote_per_base": lambda e: e.mid,
    "average_price_quote_per_base": lambda e: e.average_price,
    "worst_price_quote_per_base": lambda e: e.worst_price,
    "total_bps": lambda e: e.total_bps,
    "low_bps": lambda e: e.low_bps,
    "high_bps": lambda e: e.high_bps,
    "total_quote": lambda e: e.total_quote,
    "spread_bps": lambda e: e.spread_bps,
    "depth_bps": lambda e: e.depth_bps,
    "slippage_bps": lambda e: e.slippage_bps,
    "temporary_impact_bps": lambda e: e.temporary_impact_bps,
    "permanent_impact_bps": lambda e: e.permanent_impact_bps,
    "impact_bps": lambda e: e.impact_bps,
    "fees_bps": lambda e: e.fees_bps,
    "opportunity_bps": lambda e: e.opportunity_bps,
    "maker_share_fraction": lambda e: e.maker_share,
    "trust": lambda e: e.trust_grade.name.lower(),
    "fee_as_of_date": lambda e: e.fee_as_of.isoformat() if e.fee_as_of else None,
    "fee_source": lambda e: e.fee_source,
    "tier": lambda e: e.tier,
    "code_version": lambda e: e.code_version,
    "receipt_sha256": lambda e: e.receipt_sha256,
}


def _values(saved: SavedEstimate) -> tuple[Any, ...]:
    return tuple(value(saved) for value in COLUMNS.values())


def _as_csv(page: Sequence[SavedEstimate]) -> bytes:
    return _csv([tuple(_harmless(value) for value in _values(saved)) for saved in page])


def _as_json_lines(page: Sequence[SavedEstimate]) -> bytes:
    encoder = msgspec.json.Encoder()
    return encoder.encode_lines([dict(zip(COLUMNS, _values(e), strict=True)) for e in page])


def _csv(rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


ENCODERS: dict[Format, Callable[[Sequence[SavedEstimate]], bytes]] = {
    "csv": _as_csv,
    "jsonl": _as_json_lines,
}
