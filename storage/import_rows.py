"""The lines of an imported file, read and checked cell by cell.

Every problem names its line and its column; one that is found never stops the search for more.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from market.instrument import Side
from market.order import Unit
from market.trust import Grade
from models.base import Source
from storage.errors import StorageError
from storage.export_history import HISTORY_COLUMNS
from storage.export_table import Column, ColumnType, utc_text
from storage.export_writers import plain_text

ImportFormat = Literal["csv", "jsonl"]
COLUMNS = {column.name: column for column in HISTORY_COLUMNS}
NEEDED = tuple(
    column.name
    for column in HISTORY_COLUMNS
    if column.name != "id" and column.type is not ColumnType.TIME and not column.is_optional
)
UNIT_IN_TITLE = re.compile(r" \[[^\]]*\]$")
SHA256 = re.compile(r"[0-9a-f]{64}")
LONGEST_CELL = 16 << 20


class ImportRefused(StorageError):
    """The file as a whole cannot be taken; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCell:
    """What is wrong in one place of a file."""

    line: int
    """As an editor counts; the head of a CSV is line 1."""
    field: str
    problem: str


Cells = Mapping[str, Any]


def read_cells(content: bytes, file_format: ImportFormat) -> Iterator[tuple[int, Cells | BadCell]]:
    """(line, its cells by column), plain JSON or Python values; absent = None."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(f"The file is not UTF-8 text: {error}.") from error
    return _csv_cells(text) if file_format == "csv" else _json_cells(text)


def _csv_cells(text: str) -> Iterator[tuple[int, Cells | BadCell]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        titles = [UNIT_IN_TITLE.sub("", title) for title in next(reader, [])]
        _check_titles(titles)
        columns = [COLUMNS[title] for title in titles]
        for row in reader:
            if not row:
                continue
            if len(row) != len(columns):
                problem = f"{len(row)} cells; the head has {len(columns)}"
                yield reader.line_num, BadCell(line=reader.line_num, field="", problem=problem)
                continue
            pairs = zip(columns, row, strict=True)
            yield reader.line_num, {column.name: _cell(column, cell) for column, cell in pairs}
    except csv.Error as error:
        raise ImportRefused(f"Line {reader.line_num} is not CSV: {error}.") from error


def _cell(column: Column, cell: str) -> str | None:
    if column.type is ColumnType.TEXT:
        return None if column.is_optional and not cell else plain_text(cell)
    return cell or None


def _json_cells(text: str) -> Iterator[tuple[int, Cells | BadCell]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            cells = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            yield number, BadCell(line=number, field="", problem=f"is no JSON object: {error}")
            continue
        cells = {UNIT_IN_TITLE.sub("", name): value for name, value in cells.items()}
        try:
            _check_titles(list(cells))
        except ImportRefused as error:
            yield number, BadCell(line=number, field="", problem=str(error))
            continue
        yield number, cells


def _check_titles(titles: list[str]) -> None:
    unknown = [title for title in titles if title not in COLUMNS]
    missing = [name for name in NEEDED if name not in titles]
    twice = {title for title in titles if titles.count(title) > 1}
    for problem, names in (("unknown", unknown), ("missing", missing), ("twice", sorted(twice))):
        if names:
            shown = ", ".join(name[:40] for name in names[:8])
            raise ImportRefused(f"Not an export of the history; columns {problem}: {shown}.")


def check_cells(cells: Cells) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """(values by column, (column, problem) pairs)."""
    values: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    for name, column in COLUMNS.items():
        cell = cells.get(name)
        if cell is None:
            values[name] = None
            if name in NEEDED:
                problems.append((name, "is empty"))
            continue
        try:
            values[name] = READERS.get(name, BY_TYPE[column.type])(cell)
        except (ValueError, TypeError, OverflowError) as error:
            problems.append((name, f"{str(cell)[:40]!r}: {error}"))
    if not problems:
        problems += [
            (name, f"is not the time of {name[:-3]}ns")
            for name in ("created_utc", "as_of_utc")
            if values[name] is not None and values[name] != utc_text(values[f"{name[:-3]}ns"])
        ]
    return values, problems


def _whole(cell: Any) -> int:
    if isinstance(cell, bool) or not isinstance(cell, int | str):
        raise ValueError("not a whole number")
    value = int(cell)
    if not -(2**63) <= value < 2**63:
        raise ValueError("beyond 64 bits")
    return value


def _real(cell: Any) -> float:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise ValueError("not a number")
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value + 0.0


def _text(cell: Any) -> str:
    if not isinstance(cell, str):
        raise ValueError("not a text")
    return cell


def _hash(cell: Any) -> str:
    if not SHA256.fullmatch(_text(cell)):
        raise ValueError("not 64 digits of 0-9a-f")
    return str(cell)


def _one_of(allowed: Mapping[str, Any]) -> Callable[[Any], Any]:
    def read(cell: Any) -> Any:
        if cell not in allowed:
            raise ValueError(f"allowed: {', '.join(allowed)}")
        return allowed[cell]

    return read


def _share(cell: Any) -> float:
    value = _real(cell)
    if not 0 <= value <= 1:
        raise ValueError("allowed: 0 to 1")
    return value + 0.0


BY_TYPE: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.INT: _whole,
    ColumnType.FLOAT: _real,
    ColumnType.TEXT: _text,
    ColumnType.TIME: _text,
    ColumnType.DATE: lambda cell: date.fromisoformat(_text(cell)),
}
READERS: dict[str, Callable[[Any], Any]] = {
    "source": _one_of({source.value: source.value for source in Source}),
    "side": _one_of({side.value: side.value for side in Side}),
    "unit": _one_of({unit.value: unit.value for unit in Unit}),
    "trust": _one_of({grade.name.lower(): int(grade) for grade in Grade}),
    "maker_share": _share,
    "receipt_sha256": _hash,
}
