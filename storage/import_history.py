"""History from a file: what an export wrote comes back equal, all of it or nothing.

An estimate that is there already is known by the hash of its receipt and is left alone. Lines get
new numbers, because a number belongs to its database; everything else comes back as it was. A line
that brings its receipt is checked against it; one without can be read but not verified.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select

from storage import receipt as receipts
from storage.database import Database
from storage.errors import NotStorable, ReceiptBroken
from storage.history import UNMARKED, Marks, row_of
from storage.history_marks import marks_of, write_marks
from storage.import_rows import BadCell, ImportFormat, ImportRefused, check_cells, read_cells
from storage.tables import ESTIMATES, RECEIPTS

LARGEST = 64 << 20
"""Bytes of a file; some 150,000 lines without receipts."""
MOST_PROBLEMS = 100
"""Reported one by one; the rest is counted."""
ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of an import. With problems nothing was kept."""

    added: int = 0
    duplicates: int = 0
    """Lines that the history has already, or that the file has twice."""
    problems: tuple[BadCell, ...] = ()
    n_problems: int = 0


@dataclass(slots=True)
class _Lines:
    """What a file holds."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    bodies: dict[str, str] = field(default_factory=dict)
    """Receipts by their hash."""
    marks: dict[str, Marks] = field(default_factory=dict)
    """By the hash of the receipt, where there are any."""
    problems: list[BadCell] = field(default_factory=list)
    n_problems: int = 0

    def refuse(self, line: int, name: str, problem: str) -> None:
        """Note a problem."""
        self.n_problems += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(BadCell(line=line, field=name, problem=problem))


async def import_history(
    database: Database, content: bytes, file_format: ImportFormat
) -> ImportReport:
    """Keep the lines of a file that are new; ImportRefused where the whole file makes no sense."""
    if len(content) > LARGEST:
        raise ImportRefused(
            f"The file has {len(content) / 2**20:,.0f} MiB; at most {LARGEST >> 20} MiB."
        )
    lines = await asyncio.to_thread(_read, content, file_format)
    if lines.n_problems:
        return ImportReport(problems=tuple(lines.problems), n_problems=lines.n_problems)
    added = await database.write(lambda connection: _keep(connection, lines))
    return ImportReport(added=added, duplicates=len(lines.rows) - added)


def _read(content: bytes, file_format: ImportFormat) -> _Lines:
    lines = _Lines()
    for number, cells in read_cells(content, file_format):
        if isinstance(cells, BadCell):
            lines.refuse(cells.line, cells.field, cells.problem)
            continue
        values, problems = check_cells(cells)
        for name, problem in problems:
            lines.refuse(number, name, problem)
        if not problems:
            _add(lines, number, values)
    return lines


def _add(lines: _Lines, number: int, values: dict[str, Any]) -> None:
    """Take one line whose cells are fine each on its own."""
    key = values["receipt_sha256"]
    row = {name: values[name] for name in ROW if name in values}
    row["trust_grade"] = values["trust"]
    try:
        marks = marks_of(values["tags"] or "", values["note"] or "")
    except NotStorable as error:
        lines.refuse(number, "tags" if str(error).startswith("Tags") else "note", str(error))
        return
    body = values["receipt"]
    if body is not None:
        for name, problem in _against_receipt(row, body):
            lines.refuse(number, name, problem)
        lines.bodies[key] = body
    if marks != UNMARKED:
        lines.marks[key] = marks
    lines.rows.append(row)


ROW = tuple(column.name for column in ESTIMATES.columns if column.name != "id")


def _against_receipt(row: dict[str, Any], body: str) -> list[tuple[str, str]]:
    """Where a line says something else than its own receipt."""
    try:
        receipt = receipts.decode(body, row["receipt_sha256"])
        expected = row_of(
            receipt.estimate,
            created_ns=receipt.created_ns,
            code_version=receipt.code_version,
            receipt_sha256=row["receipt_sha256"],
        )
    except (ReceiptBroken, NotStorable) as error:
        return [("receipt", str(error))]
    return [
        (name, f"is {row[name]!r}; its receipt says {value!r}"[:200])
        for name, value in expected.items()
        if row[name] != value
    ]


def _keep(connection: Connection, lines: _Lines) -> int:
    """Insert what is not there yet; how many that were."""
    known = _known(connection, [row["receipt_sha256"] for row in lines.rows])
    fresh = {
        row["receipt_sha256"]: row
        for row in reversed(lines.rows)
        if row["receipt_sha256"] not in known
    }
    if not fresh:
        return 0
    keys, rows = list(fresh)[::-1], list(fresh.values())[::-1]
    query = insert(ESTIMATES).returning(ESTIMATES.c.id, sort_by_parameter_order=True)
    numbers = dict(zip(keys, connection.execute(query, rows).scalars(), strict=True))
    bodies = [
        {"estimate_id": numbers[key], "body": body}
        for key, body in lines.bodies.items()
        if key in numbers
    ]
    if bodies:
        connection.execute(insert(RECEIPTS), bodies)
    for key, marks in lines.marks.items():
        if key in numbers:
            write_marks(connection, numbers[key], marks)
    return len(numbers)


def _known(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these receipts the history has."""
    found: set[str] = set()
    column = ESTIMATES.c.receipt_sha256
    for start in range(0, len(keys), ASKED_AT_ONCE):
        query = select(column).where(column.in_(keys[start : start + ASKED_AT_ONCE]))
        found.update(connection.execute(query).scalars())
    return found
