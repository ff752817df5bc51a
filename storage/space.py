"""What takes space: tables, the database's own files, folders beside it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, column, func, select, table

from storage.tables import METADATA

MEASURED_BYTES = 1 << 29
"""An SQLite file above this is not measured table by table unless asked: every page is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpace:
    """One table with its indexes."""

    name: str
    rows: int
    bytes: int | None
    """None: not measured, see `Space.note`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSpace:
    """One folder with everything inside it."""

    name: str
    path: Path
    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What is there, the largest first."""

    tables: tuple[TableSpace, ...]
    database_bytes: int
    """With journal; of PostgreSQL the whole database."""
    reusable_bytes: int | None
    """Inside an SQLite file, left by deleted rows and used again; None on a server."""
    disk_free_bytes: int | None
    """Where an SQLite file lies; None on a server."""
    folders: tuple[FolderSpace, ...] = ()
    note: str = ""
    """Why something could not be measured; empty when all was."""


def measure(connection: Connection, file: Path | None, *, exact: bool = False) -> Space:
    """The database alone. Work for a reader's thread."""
    return _file(connection, file, exact=exact) if file else _server(connection)


def measure_folder(name: str, path: Path) -> FolderSpace:
    """A folder; one that is not there takes nothing. A file that vanishes meanwhile is left out."""
    files = total = 0
    for found in path.rglob("*") if path.is_dir() else ():
        try:
            if found.is_file() and not found.is_symlink():
                total += found.stat().st_size
                files += 1
        except FileNotFoundError:
            continue
    return FolderSpace(name=name, path=path, files=files, bytes=total)


def _file(connection: Connection, file: Path, *, exact: bool) -> Space:
    journal = file.with_name(f"{file.name}-wal")
    size = file.stat().st_size
    sizes: Mapping[str, int] = {}
    note = ""
    if size <= MEASURED_BYTES or exact:
        sizes, note = _pages(connection)
    else:
        note = "Not measured by table: the file is large, and every page would have to be read."
    free = _pragma(connection, "freelist_count") * _pragma(connection, "page_size")
    return Space(
        tables=_tables(connection, sizes),
        database_bytes=size + (journal.stat().st_size if journal.exists() else 0),
        reusable_bytes=free,
        disk_free_bytes=shutil.disk_usage(file.parent).free,
        note=note,
    )


def _pages(connection: Connection) -> tuple[Mapping[str, int], str]:
    """Bytes by table, indexes included."""
    options = connection.exec_driver_sql("PRAGMA compile_options").scalars()
    if "ENABLE_DBSTAT_VTAB" not in set(options):
        return {}, "Not measured by table: this SQLite was built without dbstat."
    pages = table("dbstat", column("name"), column("pgsize"))
    names = table("sqlite_master", column("name"), column("tbl_name"))
    owner = func.coalesce(names.c.tbl_name, pages.c.name)
    query = (
        select(owner, func.sum(pages.c.pgsize))
        .select_from(pages.outerjoin(names, names.c.name == pages.c.name))
        .group_by(owner)
    )
    return {str(name): int(size) for name, size in connection.execute(query)}, ""


def _server(connection: Connection) -> Space:
    sizes = {
        name: int(connection.execute(select(func.pg_total_relation_size(name))).scalar_one())
        for name in METADATA.tables
    }
    total = select(func.pg_database_size(func.current_database()))
    return Space(
        tables=_tables(connection, sizes),
        database_bytes=int(connection.execute(total).scalar_one()),
        reusable_bytes=None,
        disk_free_bytes=None,
        note="How much room the server's disk has, the server does not tell.",
    )


def _tables(connection: Connection, sizes: Mapping[str, int]) -> tuple[TableSpace, ...]:
    found = [
        TableSpace(
            name=name,
            rows=int(connection.execute(select(func.count()).select_from(kept)).scalar_one()),
            bytes=sizes.get(name),
        )
        for name, kept in METADATA.tables.items()
    ]
    return tuple(sorted(found, key=lambda one: (-(one.bytes or 0), -one.rows, one.name)))


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
