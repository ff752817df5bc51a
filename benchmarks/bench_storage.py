"""What the database layer adds to the database: many history rows at once.

Both write the same rows into the same tables of an SQLite file of their own, with the same
settings, in one transaction; the tables are emptied before each block. Only the lines of history
are written, as an import does for each of its batches.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from benchmarks.frames import Frames
from benchmarks.report import Section
from benchmarks.row import Row, at_most, microseconds
from benchmarks.stopwatch import Block, interleave, ratio
from storage import schema
from storage.address import WRITER_PRAGMAS, Address
from storage.history import row_of
from storage.tables import ESTIMATES
from tests.storage.samples import sample

ROWS = 20_000
ROUNDS = 15
OURS, RAW = "SQLAlchemy Core", "sqlite3 executemany"


def run(frames: Frames, *, quick: bool = False) -> Section:
    """The one comparison; the frames are not used."""
    count = ROWS // 20 if quick else ROWS
    rows = made(count)
    with (
        tempfile.TemporaryDirectory(prefix="fathom-bench-") as folder,
        ours(Path(folder) / "ours.db", rows) as core,
        raw(Path(folder) / "raw.db", rows) as bare,
    ):
        times = interleave({OURS: core, RAW: bare}, rounds=2 if quick else ROUNDS)
    note = ", ".join(f"{name}: {microseconds(min(times[name]) / count)} a row" for name in times)
    row = Row(
        work=f"insert {count:,} history rows in one transaction",
        reference="raw sqlite3 executemany of tuples",
        ratio=ratio(times, OURS, RAW),
        target=at_most(2.5),
        note=note,
    )
    return "Storage", "CPU time; each to an SQLite file of its own.", [row]


def made(count: int) -> list[dict[str, Any]]:
    """Lines of history, each of another moment."""
    estimate, _ = sample()
    line = row_of(estimate, created_ns=0, code_version="bench", receipt_sha256="0" * 64)
    return [{**line, "created_ns": number} for number in range(count)]


@contextmanager
def ours(file: Path, rows: list[dict[str, Any]]) -> Iterator[Block]:
    """The way the app writes them."""
    engine: Engine = Address(f"sqlite:///{file}").writing()
    schema.upgrade(engine, None)

    def empty() -> None:
        with engine.begin() as connection:
            connection.execute(ESTIMATES.delete())

    def write() -> None:
        with engine.begin() as connection:
            connection.execute(insert(ESTIMATES), rows)

    yield Block(write, empty)
    engine.dispose()


@contextmanager
def raw(file: Path, rows: list[dict[str, Any]]) -> Iterator[Block]:
    """The driver alone, given tuples."""
    engine = Address(f"sqlite:///{file}").writing()
    schema.upgrade(engine, None)
    engine.dispose()
    names = list(rows[0])
    order = f"INSERT INTO estimates ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    tuples = [tuple(row.values()) for row in rows]
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in WRITER_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

        def empty() -> None:
            connection.execute("DELETE FROM estimates")

        def write() -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(order, tuples)
            connection.execute("COMMIT")

        yield Block(write, empty)
