"""The history and the cost series as tables that can be taken away."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, null, select

from market.trust import Grade
from storage import history_search as search
from storage.database import Database
from storage.export_table import Column, ColumnType, ExportTable, Names, Row
from storage.filters import ALL, OLDEST_FIRST, Cursor, HistoryFilter
from storage.history import UNMARKED
from storage.history_marks import read_marks
from storage.tables import ESTIMATES, NOTES, RECEIPTS

INT, TEXT, DATE, TIME = ColumnType.INT, ColumnType.TEXT, ColumnType.DATE, ColumnType.TIME
PAGE, PAGE_WITH_RECEIPTS = 5_000, 100
"""Rows held at once; a receipt has some 30 kB."""
FIRST_PAGE = 200
"""Short, so that the first lines are there at once."""


def _part(name: str, meaning: str) -> Column:
    return Column(
        name=name, meaning=f"{meaning}, where it is in the total", unit="bps", is_optional=True
    )


PARTS = (
    _part("spread_bps", "half the spread"),
    _part("depth_bps", "walking the book beyond the best price"),
    _part("slippage_bps", "spread and depth in one number"),
    _part("temporary_impact_bps", "temporary impact"),
    _part("permanent_impact_bps", "permanent impact"),
    _part("impact_bps", "temporary and permanent impact in one number"),
    _part("fees_bps", "fees of the venue"),
    _part("opportunity_bps", "what waiting or not filling costs"),
)
MARKET = (
    Column(name="source", meaning="live, demo or replay; never to be mixed", type=TEXT),
    Column(name="venue", meaning="the venue", type=TEXT),
    Column(name="venue_symbol", meaning="the instrument as the venue spells it", type=TEXT),
    Column(name="symbol", meaning="the instrument as BASE/QUOTE[:SETTLE]", type=TEXT),
)
TOTALS = (
    Column(name="total_bps", meaning="total cost", unit="bps"),
    Column(name="low_bps", meaning="lower edge of the band", unit="bps"),
    Column(name="high_bps", meaning="upper edge of the band", unit="bps"),
)
HISTORY_COLUMNS = (
    Column(name="id", meaning="number in the history it comes from", type=INT),
    Column(name="created_utc", meaning="when it was saved", type=TIME, unit="UTC"),
    Column(name="created_ns", meaning="when it was saved", type=INT, unit="ns"),
    Column(name="as_of_utc", meaning="when its market state was made", type=TIME, unit="UTC"),
    Column(name="as_of_ns", meaning="when its market state was made", type=INT, unit="ns"),
    *MARKET,
    Column(name="product", meaning="spot, swap or futures", type=TEXT),
    Column(name="side", meaning="buy or sell", type=TEXT),
    Column(name="recipe", meaning="which costs make up the total", type=TEXT),
    Column(name="style", meaning="order type", type=TEXT),
    Column(name="amount", meaning="order as typed, in the unit of column unit"),
    Column(name="unit", meaning="base, quote or contracts", type=TEXT),
    Column(name="quantity_base", meaning="order, rounded down to the lot", unit="base"),
    Column(name="filled_base", meaning="what the order gets", unit="base"),
    Column(name="unfilled_base", meaning="what it does not get", unit="base"),
    Column(name="notional_quote", meaning="filled at the mid", unit="quote"),
    Column(name="mid", meaning="arrival price", unit="quote/base"),
    Column(name="average_price", meaning="mean fill price", unit="quote/base"),
    Column(name="worst_price", meaning="last price taken", unit="quote/base"),
    *TOTALS,
    Column(name="total_quote", meaning="total cost", unit="quote"),
    *PARTS,
    Column(name="maker_share", meaning="0 = all taker, 1 = all maker", unit="fraction"),
    Column(name="trust", meaning="good, or warn where the book was doubted", type=TEXT),
    Column(
        name="fee_as_of",
        meaning="date of the fee schedule",
        type=DATE,
        is_optional=True,
        unit="UTC",
    ),
    Column(name="fee_source", meaning="where the fees stand", type=TEXT, is_optional=True),
    Column(name="tier", meaning="fee tier", type=TEXT, is_optional=True),
    Column(name="code_version", meaning="version of Fathom that saved it", type=TEXT),
    Column(name="receipt_sha256", meaning="SHA-256 of its receipt, in hex", type=TEXT),
    Column(name="tags", meaning="tags, with commas between them", type=TEXT, is_optional=True),
    Column(name="note", meaning="note of the user", type=TEXT, is_optional=True),
    Column(
        name="receipt",
        meaning="book, instrument, fees and inputs as canonical JSON; large",
        type=TEXT,
        is_optional=True,
        is_chosen=False,
    ),
)


def history_table(database: Database, wanted: HistoryFilter = ALL) -> ExportTable:
    """Saved estimates, oldest first."""
    return ExportTable(
        name="history",
        meaning="saved estimates, one a row, oldest first",
        columns=HISTORY_COLUMNS,
        pages=partial(_history_pages, database, wanted),
    )


async def _history_pages(
    database: Database, wanted: HistoryFilter, names: Names
) -> AsyncIterator[Sequence[Row]]:
    """What was saved until now; each page is a read of its own."""
    longest = PAGE_WITH_RECEIPTS if "receipt" in names else PAGE
    size = min(FIRST_PAGE, longest)
    end = await database.read(search.newest)
    after: Cursor | None = None
    while True:
        page = partial(
            _history_page, wanted=wanted, names=names, after=after, size=size, last_id=end
        )
        rows, after = await database.read(page)
        if rows:
            yield rows
        if after is None:
            return
        size = longest


def _history_page(
    connection: Connection,
    wanted: HistoryFilter,
    names: Names,
    after: Cursor | None,
    size: int,
    last_id: int,
) -> tuple[list[Row], Cursor | None]:
    ids = search.ids_of(wanted, OLDEST_FIRST, after, last_id).limit(size)
    column = ESTIMATES.c
    tables = ESTIMATES.outerjoin(NOTES, NOTES.c.estimate_id == column.id)
    if "receipt" in names:
        tables = tables.outerjoin(RECEIPTS, RECEIPTS.c.estimate_id == column.id)
    query = (
        select(column.id, column.created_ns, *(_read(name) for name in names))
        .select_from(tables)
        .where(column.id.in_(ids))
        .order_by(*OLDEST_FIRST.keys())
    )
    found = connection.execute(query).all()
    rows: list[Row] = [row[2:] for row in found]
    if "tags" in names:
        at, marks = names.index("tags"), read_marks(connection, [row[0] for row in found])
        for index, row in enumerate(found):
            tags = marks.get(row[0], UNMARKED).tags
            rows[index] = (*rows[index][:at], ",".join(tags) or None, *rows[index][at + 1 :])
    after = (found[-1][1], found[-1][0]) if len(found) == size else None
    return rows, after


TRUST_NAMES = {int(grade): grade.name.lower() for grade in Grade}


def _read(name: str) -> ColumnElement[Any]:
    """Where a column of the file comes from; tags are filled in afterwards."""
    column = ESTIMATES.c
    special: dict[str, ColumnElement[Any]] = {
        "created_utc": column.created_ns,
        "as_of_utc": column.as_of_ns,
        "trust": case(TRUST_NAMES, value=column.trust_grade),
        "note": NOTES.c.note,
        "tags": null(),
        "receipt": RECEIPTS.c.body,
    }
    found: ColumnElement[Any] = special[name] if name in special else column[name]
    return found.label(f"c_{name}")
