"""Any declared table as a file for other programs: CSV, JSON lines or Parquet, however long.

Rows come page by page and leave as bytes at once, so memory holds one page.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Literal

from storage.export_table import ExportTable
from storage.export_writers import (
    CsvWriter,
    JsonLinesWriter,
    ParquetWriter,
    Shape,
    Writer,
)

Format = Literal["csv", "jsonl", "parquet"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
WRITERS: dict[Format, type[Writer]] = {
    "csv": CsvWriter,
    "jsonl": JsonLinesWriter,
    "parquet": ParquetWriter,
}


async def export(
    table: ExportTable,
    file_format: Format,
    columns: Sequence[str] = (),
    *,
    with_units: bool = False,
    on_rows: Callable[[int], None] | None = None,
) -> AsyncIterator[bytes]:
    """Chunks of one file; UnknownColumn before the first. `on_rows` hears of each page's length."""
    picked = table.pick(columns)
    shape = Shape(columns=picked, with_units=with_units)
    writer = await asyncio.to_thread(WRITERS[file_format], shape)
    yield writer.head()
    async for rows in table.pages(tuple(column.name for column in picked)):
        yield await asyncio.to_thread(writer.page, rows)
        if on_rows is not None:
            on_rows(len(rows))
    yield await asyncio.to_thread(writer.tail)
