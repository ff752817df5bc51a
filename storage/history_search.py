"""Pages, counts and plots of the history: every query reads the search index first.

A filter or an order is decided on that index alone; the wide rows are read for the few lines
that are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, func, select

from storage.filters import ALL, NEWEST_FIRST, Cursor, HistoryFilter, Sort
from storage.history import UNMARKED, HistoryPage, Line, saved_from
from storage.history_marks import read_marks
from storage.tables import ESTIMATES, TAGS

PAGE_LIMIT = 1_000
"""Longest page; whole histories go through an export."""
COUNTED = 10_000
"""Lines that a page counts one by one; beyond that it says "more than"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One estimate in a plot."""

    id: int
    created_ns: int
    side: str
    total_bps: float


def find(
    connection: Connection,
    wanted: HistoryFilter = ALL,
    sort: Sort = NEWEST_FIRST,
    after: Cursor | None = None,
    size: int = 25,
    last_id: int | None = None,
) -> HistoryPage:
    """At most `size` lines after the cursor; `last_id` leaves out what was saved later."""
    ids = ids_of(wanted, sort, after, last_id).limit(size + 1)
    query = select(ESTIMATES).where(ESTIMATES.c.id.in_(ids)).order_by(*sort.keys())
    saved = [saved_from(row) for row in connection.execute(query).mappings()]
    shown = saved[:size]
    marks = read_marks(connection, [line.id for line in shown])
    lines = tuple(Line(saved=line, marks=marks.get(line.id, UNMARKED)) for line in shown)
    has_more = len(saved) > size
    last = shown[-1] if has_more else None
    return HistoryPage(lines=lines, next=_cursor(last, sort) if last else None)


def ids_of(
    wanted: HistoryFilter, sort: Sort, after: Cursor | None, last_id: int | None = None
) -> Select[tuple[int]]:
    """The ids of the lines that are wanted, in order; the caller limits them."""
    query = select(ESTIMATES.c.id).where(*wanted.clauses()).order_by(*sort.keys())
    if after is not None:
        query = query.where(sort.after(after))
    if last_id is not None:
        query = query.where(ESTIMATES.c.id <= last_id)
    return query


def count(connection: Connection, wanted: HistoryFilter, at_most: int | None) -> int:
    """How many there are; with `at_most`, counting ends one above it."""
    found = select(ESTIMATES.c.id).where(*wanted.clauses())
    if at_most is not None:
        found = found.limit(at_most + 1)
    query = select(func.count()).select_from(found.subquery())
    return int(connection.execute(query).scalar_one())


def points(connection: Connection, wanted: HistoryFilter, most: int) -> Sequence[Point]:
    """The newest `most` that are wanted, oldest first."""
    column = ESTIMATES.c
    query = (
        select(column.id, column.created_ns, column.side, column.total_bps)
        .where(*wanted.clauses())
        .order_by(*NEWEST_FIRST.keys())
        .limit(most)
    )
    found = [Point(**row) for row in connection.execute(query).mappings()]
    return found[::-1]


def known_tags(connection: Connection) -> tuple[str, ...]:
    """All tags in use."""
    return tuple(connection.execute(select(TAGS.c.tag).distinct().order_by(TAGS.c.tag)).scalars())


def newest(connection: Connection) -> int:
    """The last id that was given; 0 in an empty history."""
    return int(connection.execute(select(func.max(ESTIMATES.c.id))).scalar_one() or 0)


def _cursor(line: object, sort: Sort) -> Cursor:
    value = getattr(line, sort.by)
    return getattr(value, "value", value), line.id  # type: ignore[attr-defined]
