"""Which estimates to show, and in what order. The database does both, on one index."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from market.instrument import Side
from models.base import Source
from storage.tables import ESTIMATES, NOTES, TAGS

EXACT = ("source", "venue", "venue_symbol", "symbol", "product", "side", "recipe", "style")
SORTS = (
    "created_ns",
    "id",
    "source",
    "venue",
    "venue_symbol",
    "side",
    "style",
    "notional_quote",
    "filled_base",
    "average_price",
    "total_bps",
    "total_quote",
    "recipe",
)
"""Columns that may give the order. All are in the index that searches read, none is ever absent."""

Cursor = tuple[Any, int]
"""The last line of a page: its value in the column that sorts, and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Which estimates to show; None or empty text = any. The bounds are included."""

    source: Source | None = None
    venue: str | None = None
    venue_symbol: str | None = None
    symbol: str | None = None
    product: str | None = None
    instrument: str | None = None
    """Any part of either name of the instrument, in any case."""
    side: Side | None = None
    recipe: str | None = None
    style: str | None = None
    from_ns: int | None = None
    to_ns: int | None = None
    min_notional_quote: float | None = None
    max_notional_quote: float | None = None
    tag: str | None = None
    text: str | None = None
    """Any part of the note, in any case."""

    def clauses(self) -> list[ColumnElement[bool]]:
        """The conditions the database checks; typed text travels as parameters only."""
        column = ESTIMATES.c
        equal = [column[name] == _plain(value) for name in EXACT if (value := getattr(self, name))]
        bounds = (
            (self.from_ns, column.created_ns.__ge__),
            (self.to_ns, column.created_ns.__le__),
            (self.min_notional_quote, column.notional_quote.__ge__),
            (self.max_notional_quote, column.notional_quote.__le__),
        )
        between = [compare(bound) for bound, compare in bounds if bound is not None]
        return [*equal, *between, *self._partly()]

    def _partly(self) -> list[ColumnElement[bool]]:
        column, found = ESTIMATES.c, []
        if self.instrument:
            part = self.instrument.lower()
            names = (func.lower(column.venue_symbol), func.lower(column.symbol))
            found.append(or_(*(name.contains(part, autoescape=True) for name in names)))
        if self.tag:
            found.append(column.id.in_(select(TAGS.c.estimate_id).where(TAGS.c.tag == self.tag)))
        if self.text:
            holds = NOTES.c.folded.contains(self.text.casefold(), autoescape=True)
            found.append(column.id.in_(select(NOTES.c.estimate_id).where(holds)))
        return found


ALL = HistoryFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """Order of lines; those that are equal stand in the order of their ids."""

    by: str = "created_ns"
    is_descending: bool = True

    def __post_init__(self) -> None:
        if self.by not in SORTS:
            raise ValueError(f"history is not sorted by {self.by!r}; allowed: {', '.join(SORTS)}")

    def keys(self) -> tuple[ColumnElement[Any], ...]:
        """What the database orders by."""
        keys = (ESTIMATES.c[self.by], ESTIMATES.c.id)
        return tuple(key.desc() if self.is_descending else key.asc() for key in keys)

    def after(self, cursor: Cursor) -> ColumnElement[bool]:
        """Lines that come after the one of that cursor.

        The first condition says nothing new; it lets the index be entered at the right place.
        """
        key, number = ESTIMATES.c[self.by], ESTIMATES.c.id
        value, last = cursor
        if self.is_descending:
            return and_(key <= value, or_(key < value, number < last))
        return and_(key >= value, or_(key > value, number > last))


NEWEST_FIRST = Sort()
OLDEST_FIRST = Sort(is_descending=False)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
