"""The cost series as a table that can be taken away."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from storage.database import Database
from storage.export_history import INT, MARKET, PARTS, TEXT, TIME, TOTALS, TRUST_NAMES
from storage.export_table import Column, ExportTable, Names, Row
from storage.filters import Cursor
from storage.tables import COST_SAMPLES

PAGE = 5_000
COLUMNS = (
    Column(name="ns", meaning="when the market state was made", type=INT, unit="ns"),
    Column(name="utc", meaning="when the market state was made", type=TIME, unit="UTC"),
    Column(name="series", meaning="the same for samples of one order priced one way", type=TEXT),
    *MARKET,
    Column(name="side", meaning="buy or sell", type=TEXT),
    Column(name="amount", meaning="order as typed, in the unit of column unit"),
    Column(name="unit", meaning="base, quote or contracts", type=TEXT),
    Column(name="style", meaning="order type", type=TEXT),
    Column(name="recipe", meaning="which costs make up the total", type=TEXT),
    Column(name="filled_base", meaning="what the order would get", unit="base"),
    Column(name="notional_quote", meaning="filled at the mid", unit="quote"),
    *TOTALS,
    *PARTS,
    Column(name="mid", meaning="middle of the best prices", unit="quote/base"),
    Column(name="quoted_spread_bps", meaning="best ask minus best bid, of the mid", unit="bps"),
    Column(
        name="sigma_day",
        meaning="measured volatility",
        unit="fraction per square root of a day",
        is_optional=True,
    ),
    Column(name="trust", meaning="good, or warn where the book was doubted", type=TEXT),
)


def series_table(database: Database, series: str | None = None) -> ExportTable:
    """Samples of one series, or of all; oldest first."""
    return ExportTable(
        name="cost-series",
        meaning="what watched orders cost, one sample a row, oldest first",
        columns=COLUMNS,
        pages=partial(_pages, database, series),
    )


async def _pages(
    database: Database, series: str | None, names: Names
) -> AsyncIterator[Sequence[Row]]:
    """What was sampled until now; each page is a read of its own."""
    end = await database.read(_newest)
    after: Cursor | None = None
    while True:
        page = partial(_page, series=series, names=names, after=after, last_id=end)
        rows, after = await database.read(page)
        if rows:
            yield rows
        if after is None:
            return


def _page(
    connection: Connection, series: str | None, names: Names, after: Cursor | None, last_id: int
) -> tuple[list[Row], Cursor | None]:
    column = COST_SAMPLES.c
    query = (
        select(column.ns, column.id, *(_read(name) for name in names))
        .where(column.id <= last_id)
        .order_by(column.ns, column.id)
        .limit(PAGE)
    )
    if series is not None:
        query = query.where(column.series == series)
    if after is not None:
        ns, number = after
        query = query.where(and_(column.ns >= ns, or_(column.ns > ns, column.id > number)))
    found = connection.execute(query).all()
    rows: list[Row] = [row[2:] for row in found]
    return rows, (found[-1][0], found[-1][1]) if len(found) == PAGE else None


def _read(name: str) -> ColumnElement[Any]:
    column = COST_SAMPLES.c
    special: dict[str, ColumnElement[Any]] = {
        "utc": column.ns,
        "trust": case(TRUST_NAMES, value=column.trust_grade),
    }
    found: ColumnElement[Any] = special[name] if name in special else column[name]
    return found.label(f"c_{name}")


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(func.max(COST_SAMPLES.c.id))).scalar_one() or 0)
