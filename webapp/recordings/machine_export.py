"""The course of an order through a recording as a table that can be taken away."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from engine.time_machine import Course, Moment
from storage.export_table import Column, ColumnType, ExportTable, Names, Row

PAGE = 1000
COLUMNS: tuple[tuple[Column, Callable[[Moment], Any]], ...] = (
    (
        Column(name="moment_utc", meaning="recorded time", type=ColumnType.TIME),
        lambda m: m.ns,
    ),
    (
        Column(name="moment_ns", meaning="recorded time", type=ColumnType.INT, unit="ns"),
        lambda m: m.ns,
    ),
    (
        Column(name="mid", meaning="middle of the book", unit="quote/base", is_optional=True),
        lambda m: m.mid,
    ),
    (
        Column(
            name="total_bps",
            meaning="cost of the order; positive: the trader pays",
            unit="bps",
            is_optional=True,
        ),
        lambda m: m.total_bps,
    ),
    (
        Column(name="total", meaning="the same in money", unit="quote", is_optional=True),
        lambda m: m.total_quote,
    ),
    (
        Column(
            name="average_price",
            meaning="mean price of what was filled",
            unit="quote/base",
            is_optional=True,
        ),
        lambda m: m.average_price,
    ),
    (
        Column(name="asked", meaning="size after rounding", unit="base", is_optional=True),
        lambda m: m.asked,
    ),
    (
        Column(name="filled", meaning="of that, what was filled", unit="base", is_optional=True),
        lambda m: m.filled,
    ),
    (
        Column(name="refused", meaning="kind of why there is no number", type=ColumnType.TEXT),
        lambda m: m.code,
    ),
    (
        Column(name="reason", meaning="why there is no number", type=ColumnType.TEXT),
        lambda m: m.reason,
    ),
)


def machine_table(course: Course | None) -> ExportTable:
    """The moments of a course, oldest first; no rows where there is none."""
    moments = course.moments if course is not None else ()

    async def pages(names: Names) -> AsyncIterator[Sequence[Row]]:
        read = [take for column, take in COLUMNS if column.name in names]
        for start in range(0, len(moments), PAGE):
            yield [tuple(take(m) for take in read) for m in moments[start : start + PAGE]]

    return ExportTable(
        name="time-machine",
        meaning="what one order would have cost at each moment of a recording",
        columns=tuple(column for column, _ in COLUMNS),
        pages=pages,
    )
