"""The rows of a sweep as a file: CSV, JSON lines or Parquet, streamed a batch at a time."""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from engine.sweeps.results import Results
from storage.export_writers import harmless

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["csv", "jsonl", "parquet"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


def rows_as(file_format: Format, results: Results) -> Iterator[bytes]:
    """Pieces of the file, all points in order. Blocks: iterate off the event loop."""
    return WRITERS[file_format](results)


def _csv(results: Results) -> Iterator[bytes]:
    from pyarrow import csv

    for number, batch in enumerate(results.batches()):
        sink = io.BytesIO()
        csv.write_csv(_harmless(batch), sink, csv.WriteOptions(include_header=number == 0))
        yield sink.getvalue()


def _json_lines(results: Results) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    for batch in results.batches():
        yield encoder.encode_lines(batch.to_pylist())


def _parquet(results: Results) -> Iterator[bytes]:
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    with pq.ParquetWriter(sink, results.schema, compression="zstd") as writer:
        for table in results.tables():
            writer.write_table(table)
            yield sink.getvalue()
            sink.seek(0)
            sink.truncate()
    yield sink.getvalue()


def _harmless(batch: "pa.RecordBatch") -> "pa.Table":
    """Texts that no spreadsheet runs as a formula (storage/export_writers.py)."""
    import pyarrow as pa

    columns = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if isinstance(column, pa.DictionaryArray):
            texts = [harmless(text) for text in column.dictionary.to_pylist()]
            column = pa.array(texts, pa.string()).take(column.indices)
        columns[name] = column
    return pa.table(columns)


WRITERS: dict[Format, Callable[[Results], Iterator[bytes]]] = {
    "csv": _csv,
    "jsonl": _json_lines,
    "parquet": _parquet,
}
