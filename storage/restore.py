"""Puts a backup in the place of the database. What was there is kept aside, under a new name."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select

from storage import schema
from storage.address import Address
from storage.backup import Backup, back_up, clear, examine, number_on, onto_disk, pour
from storage.errors import in_our_words
from storage.lock import SingleOwner
from storage.tables import METADATA


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did."""

    backup: Backup
    kept: Path | None
    """Where the database that was there lies now; None when there was none, or no row in it."""


def restore(address: Address, backup: Path, aside: Path) -> Restored:
    """Replace the database by a backup; blocking. All or nothing.

    An SQLite file must not be in use (HeldElsewhere). A server's rows are first written to a
    backup in the folder `aside`, then replaced in one transaction, so apps may stay connected.
    """
    with in_our_words(str(address)):
        made = examine(backup)
        if address.file:
            return Restored(backup=made, kept=_replace_file(address.file, backup))
        return Restored(backup=made, kept=_replace_rows(address, backup, aside))


def _replace_file(file: Path, backup: Path) -> Path | None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = SingleOwner(file)
    owner.acquire()
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        part.touch(mode=0o600)
        shutil.copyfile(backup, part)
        onto_disk(part)
        kept = _set_aside(file)
        part.replace(file)
        onto_disk(file.parent)
        return kept
    finally:
        part.unlink(missing_ok=True)
        owner.release()


def _set_aside(file: Path) -> Path | None:
    """Rename a database with its journal, unread: a damaged one stays as it was found.

    The file goes first. Were this cut off between the two, a journal without its database would
    be left, which the next start refuses to use; the other way round commits would be lost.
    """
    if not file.exists() or file.stat().st_size == 0:
        return None
    kept = file.with_name(_kept_name(file))
    file.replace(kept)
    for rest in ("-wal", "-shm"):
        journal = file.with_name(file.name + rest)
        if journal.exists():
            journal.replace(kept.with_name(kept.name + rest))
    return kept


def _replace_rows(address: Address, backup: Path, aside: Path) -> Path | None:
    with tempfile.TemporaryDirectory(prefix="fathom-restore-") as folder:
        copy = Path(folder) / "fathom.db"
        shutil.copyfile(backup, copy)
        older = Address(f"sqlite:///{copy}").writing()
        target = address.writing()
        try:
            schema.upgrade(older, None)
            schema.upgrade(target, None)
            kept = None
            if _has_rows(target):
                kept = back_up(address, aside / _kept_name(Path("fathom.db"))).file
            with target.begin() as connection:
                connection.execute(select(func.pg_advisory_xact_lock(schema.MIGRATION_LOCK)))
                clear(connection)
                pour(older, connection)
                number_on(connection)
            return kept
        finally:
            older.dispose()
            target.dispose()


def _has_rows(engine: Engine) -> bool:
    with engine.connect() as connection:
        return any(
            connection.execute(select(table).limit(1)).first() is not None
            for table in METADATA.sorted_tables
        )


def _kept_name(file: Path) -> str:
    return f"{file.stem}.replaced.{datetime.now(UTC).strftime('%Y%m%dT%H%M%S%fZ')}{file.suffix}"
