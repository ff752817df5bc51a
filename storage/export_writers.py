"""How a table is written: one page of rows at a time, in columns, by pyarrow.

In CSV a text that a spreadsheet would run as a formula gets an apostrophe in front, and so does
one that starts with an apostrophe: taking one away gives the text back.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from storage.export_table import Column, ColumnType, Row, utc_text

if TYPE_CHECKING:
    import pyarrow as pa

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")  # noqa: RUF001
"""The wide forms too: spreadsheets of East Asian locales read them as their narrow twins."""


def harmless(text: str, is_optional: bool = False) -> str:
    """A text as a cell of CSV; `plain_text` takes it back."""
    if text.startswith(FORMULA_STARTS) or (is_optional and not text):
        return f"'{text}"
    return text


def plain_text(cell: str) -> str:
    """The text that a cell of CSV stands for."""
    return cell.removeprefix("'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The columns of one file."""

    columns: tuple[Column, ...]
    with_units: bool

    @property
    def titles(self) -> list[str]:
        return [column.title(self.with_units) for column in self.columns]

    def schema(self) -> "pa.Schema":
        """Types for pyarrow, each with its unit and its meaning beside it."""
        import pyarrow as pa

        types = {
            ColumnType.INT: pa.int64(),
            ColumnType.FLOAT: pa.float64(),
            ColumnType.TEXT: pa.string(),
            ColumnType.DATE: pa.date32(),
            ColumnType.TIME: pa.timestamp("ns", tz="UTC"),
        }
        return pa.schema(
            [
                pa.field(
                    title,
                    types[column.type],
                    nullable=column.is_optional,
                    metadata={"unit": column.unit, "meaning": column.meaning},
                )
                for title, column in zip(self.titles, self.columns, strict=True)
            ]
        )

    def batch(self, rows: Sequence[Row]) -> "pa.RecordBatch":
        """A page in columns."""
        import pyarrow as pa

        schema = self.schema()
        values = zip(*rows, strict=True) if rows else ((),) * len(schema)
        arrays = [
            pa.array(each, type=kind) for each, kind in zip(values, schema.types, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)


class Writer(Protocol):
    def __init__(self, shape: Shape) -> None: ...
    def head(self) -> bytes: ...
    def page(self, rows: Sequence[Row]) -> bytes: ...
    def tail(self) -> bytes: ...


class CsvWriter:
    """Text in quotes, numbers as they are."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def head(self) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerow(self._shape.titles)
        return text.getvalue().encode()

    def page(self, rows: Sequence[Row]) -> bytes:
        return self.cells(self._shape.batch(rows))

    def cells(self, batch: "pa.RecordBatch") -> bytes:
        """Columns as lines of text."""
        import pyarrow as pa
        from pyarrow.csv import WriteOptions, write_csv

        arrays = [
            _cell(array, column)
            for array, column in zip(batch.columns, self._shape.columns, strict=True)
        ]
        cells = pa.RecordBatch.from_arrays(arrays, names=self._shape.titles)
        sink = pa.BufferOutputStream()
        write_csv(cells, sink, WriteOptions(include_header=False))
        return bytes(sink.getvalue())

    def tail(self) -> bytes:
        return b""


def _cell(array: Any, column: Column) -> Any:
    """A column as CSV shows it: whole columns at a time, as `harmless` does for one text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.type is ColumnType.TIME:
        return pc.binary_replace_slice(array.cast(pa.string()), 10, 11, "T")
    if column.type is not ColumnType.TEXT:
        return array
    first = pc.utf8_slice_codeunits(array, 0, 1)
    is_guarded = pc.is_in(first, value_set=pa.array(FORMULA_STARTS))
    if column.is_optional:
        is_guarded = pc.or_(is_guarded, pc.fill_null(pc.equal(array, ""), False))
    if not pc.any(is_guarded).as_py():
        return array
    return pc.if_else(is_guarded, pc.binary_join_element_wise("'", array, ""), array)


class JsonLinesWriter:
    """One object a line."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._encoder = msgspec.json.Encoder()

    def head(self) -> bytes:
        return b""

    def page(self, rows: Sequence[Row]) -> bytes:
        return bytes(self._encoder.encode_lines(self._objects(rows)))

    def _objects(self, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
        """Plain Python: what the first line waits for is then the database alone."""
        titles = self._shape.titles
        times = [i for i, c in enumerate(self._shape.columns) if c.type is ColumnType.TIME]
        for row in rows:
            cells = list(row)
            for at in times:
                cells[at] = utc_text(cells[at])
            yield dict(zip(titles, cells, strict=True))

    def tail(self) -> bytes:
        return b""


class ParquetWriter:
    """Row groups as they come; what was written is handed on and forgotten."""

    def __init__(self, shape: Shape) -> None:
        from pyarrow import parquet

        self._shape = shape
        self._sink = _Drain()
        self._writer = parquet.ParquetWriter(self._sink, shape.schema(), compression="zstd")

    def head(self) -> bytes:
        return self._sink.take()

    def page(self, rows: Sequence[Row]) -> bytes:
        self._writer.write_batch(self._shape.batch(rows))
        return self._sink.take()

    def tail(self) -> bytes:
        self._writer.close()
        return self._sink.take()


class _Drain(io.RawIOBase):
    """A file that only counts what it has been given, and keeps it until it is taken."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        chunk = bytes(data)
        self._chunks.append(chunk)
        self._position += len(chunk)
        return len(chunk)

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        """Everything since the last time."""
        taken, self._chunks = b"".join(self._chunks), []
        return taken
