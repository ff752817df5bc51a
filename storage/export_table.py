"""What an export is made of: a table declares its columns and gives its rows page by page."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from market.units import NS_PER_S

Row = Sequence[Any]
"""Plain values in the order of the columns that were asked for; None = absent."""
Names = tuple[str, ...]


class ColumnType(StrEnum):
    """How a column is written."""

    INT = "int"
    FLOAT = "float"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    """Integer ns in a row; UTC text with nine digits in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name, what is in it, and in which unit."""

    name: str
    meaning: str
    type: ColumnType = ColumnType.FLOAT
    unit: str = ""
    """bps, quote, base, ns …; empty for text and plain counts."""
    is_optional: bool = False
    """Whether a cell may be absent: empty in CSV, null elsewhere."""
    is_chosen: bool = True
    """Whether it goes out when nobody chose."""

    def title(self, with_unit: bool) -> str:
        """The head of the column."""
        return f"{self.name} [{self.unit}]" if with_unit and self.unit else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportTable:
    """One kind of thing that can be taken away as a file."""

    name: str
    """Of the file, and in addresses: letters, digits and hyphens."""
    meaning: str
    columns: tuple[Column, ...]
    pages: Callable[[Names], AsyncIterator[Sequence[Row]]]
    """The rows with these columns, in pages of a bounded size."""

    @property
    def chosen(self) -> Names:
        """The columns that go out when nobody chose."""
        return tuple(column.name for column in self.columns if column.is_chosen)

    def pick(self, names: Sequence[str]) -> tuple[Column, ...]:
        """These columns in the table's own order, all usual ones for none; UnknownColumn."""
        known = {column.name: column for column in self.columns}
        for name in names:
            if name not in known:
                raise UnknownColumn(
                    f"columns: {self.name} has no {name[:60]!r}; allowed: {', '.join(known)}"
                )
        wanted = set(names or self.chosen)
        return tuple(column for column in self.columns if column.name in wanted)


class UnknownColumn(ValueError):
    """The user asked for a column that the table does not have."""


def dictionary(tables: Sequence[ExportTable]) -> dict[str, Any]:
    """What every column of every table means, as plain data for a file beside the exports."""
    return {
        "conventions": CONVENTIONS,
        "tables": {
            table.name: {
                "meaning": table.meaning,
                "columns": [
                    {
                        "name": column.name,
                        "type": column.type.value,
                        "unit": column.unit or None,
                        "may_be_absent": column.is_optional,
                        "meaning": column.meaning,
                    }
                    for column in table.columns
                ],
            }
            for table in tables
        },
    }


CONVENTIONS = {
    "cost": "Costs are in bps of arrival notional; positive means that the trader pays.",
    "time": "Columns that end in _utc are ISO 8601 in UTC with nine digits; those in _ns are "
    "integer nanoseconds since 1970-01-01 UTC.",
    "absent": "A cell without a value is empty in CSV and null in JSON lines and Parquet; it "
    "never means zero.",
    "csv_text": "In CSV a text that starts with = + - @ ' or a tab, or a line break has an "
    "apostrophe in front, so that no spreadsheet runs it as a formula; take one away to have the "
    "text as it was. An apostrophe alone is an empty text, where an empty cell would be an absent "
    "one. Numbers are never changed.",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_text(ns: int) -> str:
    """Integer ns as ISO 8601 in UTC with all nine digits, as files carry it."""
    seconds, rest = divmod(ns, NS_PER_S)
    return f"{(EPOCH + timedelta(seconds=seconds)).isoformat()[:19]}.{rest:09d}Z"
