"""Copies of the whole database, made while it is used, and the way back.

A backup is one SQLite file, whatever database it was made of: `VACUUM INTO` for SQLite, a copy of
every row at one moment for PostgreSQL. So either can be restored into the other. A file appears
under its name only when it is complete, read back and on the disk.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, LargeBinary, func, insert, select

from storage import schema
from storage.address import Address
from storage.errors import BackupRefused, DatabaseDamaged, in_our_words
from storage.tables import METADATA

ROWS_AT_ONCE = 500
CHUNKS_AT_ONCE = 4
"""Rows that carry bytes carry megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup file that was read back and found whole."""

    file: Path
    bytes: int
    revision: str
    """Of its tables; an older one is brought up to date when it is restored."""
    rows: int
    """Of all tables together."""


def back_up(address: Address, target: Path) -> Backup:
    """Copy the database into a new file; blocking. Writers are not held up.

    BackupRefused where the target exists; any StorageError says why there is no copy.
    """
    target = target.absolute()
    if target.exists():
        raise BackupRefused(f"{target} exists already; choose another name.")
    if address.file and not address.file.exists():
        raise BackupRefused(f"There is no database at {address.file}.")
    with in_our_words(str(target)), _unfinished(target) as part:
        if address.file:
            _vacuum(address.file, part)
        else:
            _gather(address, part)
        made = examine(part)
        onto_disk(part)
        part.replace(target)
        onto_disk(target.parent)
    return Backup(file=target, bytes=made.bytes, revision=made.revision, rows=made.rows)


def examine(file: Path) -> Backup:
    """Read every page of a backup; DatabaseDamaged or BackupRefused where it cannot serve."""
    if not file.is_file():
        raise BackupRefused(f"There is no file {file}.")
    with in_our_words(str(file)), closing(_read_only(file)) as connection:
        faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
        if faults != ["ok"]:
            raise DatabaseDamaged(f"{file} is damaged: {'; '.join(faults)}. It was left as it is.")
        names = {row[0] for row in connection.execute(TABLE_NAMES)}
        if "alembic_version" not in names:
            raise BackupRefused(f"{file} is not a backup of Fathom.")
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if revision is None or revision[0] not in schema.revisions():
        raise BackupRefused(f"{file} was made by a newer Fathom; update this one first.")
    ours = sorted(names & METADATA.tables.keys())
    return Backup(
        file=file, bytes=file.stat().st_size, revision=revision[0], rows=_count(file, ours)
    )


def pour(source: Engine, connection: Connection) -> int:
    """Copy every row of our tables, read at one moment, into empty tables; how many."""
    copied = 0
    with source.connect() as origin:
        for table in METADATA.sorted_tables:
            is_heavy = any(isinstance(column.type, LargeBinary) for column in table.columns)
            size = CHUNKS_AT_ONCE if is_heavy else ROWS_AT_ONCE
            rows = origin.execute(select(table), execution_options={"yield_per": size})
            for chunk in rows.mappings().partitions():
                connection.execute(insert(table), [dict(row) for row in chunk])
                copied += len(chunk)
    return copied


def clear(connection: Connection) -> None:
    """Delete every row of our tables."""
    for table in reversed(METADATA.sorted_tables):
        connection.execute(table.delete())


def number_on(connection: Connection) -> None:
    """PostgreSQL: let each table's next id follow the largest there is."""
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        highest = connection.execute(select(func.max(column))).scalar()
        if highest is not None and connection.execute(select(sequence)).scalar() is not None:
            connection.execute(select(func.setval(sequence, highest)))


TABLE_NAMES = "SELECT name FROM sqlite_master WHERE type = 'table'"


def _vacuum(file: Path, part: Path) -> None:
    with closing(_read_only(file)) as connection:
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute("VACUUM INTO ?", (str(part),))


def _gather(address: Address, part: Path) -> None:
    """All rows of a server into a file of today's tables."""
    source, target = address.reading(), Address(f"sqlite:///{part}").writing()
    try:
        schema.upgrade(target, None)
        with source.connect() as connection:
            found = schema.revision(connection)
        if found != schema.HEAD:
            raise BackupRefused("Start Fathom once: the tables are of another version.")
        with target.begin() as connection:
            pour(source, connection)
    finally:
        source.dispose()
        target.dispose()
    with closing(sqlite3.connect(part, isolation_level=None)) as whole:
        whole.execute("PRAGMA journal_mode = DELETE")  # one file, no journal beside it


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _count(file: Path, tables: list[str]) -> int:
    engine = Address(f"sqlite:///{file}").reading()
    try:
        with engine.connect() as connection:
            counts = (select(func.count()).select_from(METADATA.tables[name]) for name in tables)
            return sum(int(connection.execute(query).scalar_one()) for query in counts)
    finally:
        engine.dispose()


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """A name beside the target, whose file is gone afterwards unless it was renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.touch(mode=0o600)
        yield part
    finally:
        for rest in ("", "-journal", "-wal", "-shm"):
            part.with_name(part.name + rest).unlink(missing_ok=True)


def onto_disk(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
