"""The catalogue of recordings: what each file holds, told once instead of read at every look."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select, update

from models.base import Source
from storage.database import Database
from storage.desk_tables import RECORDINGS
from storage.errors import UnknownRecording


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One file of recorded frames. `id` is 0 until the catalogue has it."""

    id: int = 0
    file: str
    """Its name inside the recordings folder; names it in the catalogue."""
    source: Source
    """What was recorded: a live venue or the demo."""
    venue: str
    instruments: tuple[str, ...]
    """As the venue spells them."""
    start_ns: int | None
    """When its first frame was received (UTC); None when it holds none."""
    end_ns: int | None
    messages: int
    gaps: int
    """Breaks of the connection or the sequence that the file marks."""
    bytes: int
    sha256: str | None
    """Of the file, in hex; None until it was computed."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """The catalogue of one database. Every method raises StorageError with a text for the user."""

    database: Database

    async def save(self, recording: Recording) -> Recording:
        """Enter a file, or what is now known of it; its note stays unless a new one is given."""
        row = _row(recording)
        return await self.database.write(lambda c: _save(c, row))

    async def list(self, source: Source | None = None) -> tuple[Recording, ...]:
        """All, or those of one source, the newest first."""
        column = RECORDINGS.c
        query = select(RECORDINGS).order_by(column.start_ns.desc().nulls_last(), column.id.desc())
        if source is not None:
            query = query.where(column.source == source.value)
        return await self.database.read(
            lambda c: tuple(_recording(row) for row in c.execute(query).mappings())
        )

    async def get(self, file: str) -> Recording:
        """The one of that file, or UnknownRecording."""
        return await self.database.read(lambda c: _one(c, RECORDINGS.c.file == file, file))

    async def annotate(self, file: str, note: str) -> Recording:
        """Set its note."""

        def work(connection: Connection) -> Recording:
            mine = RECORDINGS.c.file == file
            connection.execute(update(RECORDINGS).where(mine).values(note=note))
            return _one(connection, mine, file)

        return await self.database.write(work)

    async def forget(self, file: str) -> Recording:
        """Take it out of the catalogue; the file stays. `save` with what comes back undoes it."""

        def work(connection: Connection) -> Recording:
            mine = RECORDINGS.c.file == file
            found = _one(connection, mine, file)
            connection.execute(delete(RECORDINGS).where(mine))
            return found

        return await self.database.write(work)


def _save(connection: Connection, row: dict[str, Any]) -> Recording:
    mine = RECORDINGS.c.file == row["file"]
    known = connection.execute(select(RECORDINGS.c.id).where(mine)).scalar_one_or_none()
    if known is None:
        connection.execute(insert(RECORDINGS), row)
    else:
        kept = {"id", "note"} if not row["note"] else {"id"}
        changed = {name: value for name, value in row.items() if name not in kept}
        connection.execute(update(RECORDINGS).where(mine).values(changed))
    return _one(connection, mine, row["file"])


def _one(connection: Connection, which: ColumnElement[bool], file: str) -> Recording:
    row = connection.execute(select(RECORDINGS).where(which)).mappings().one_or_none()
    if row is None:
        raise UnknownRecording(f"There is no recording {file} in the catalogue.")
    return _recording(row)


def _row(recording: Recording) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(recording, name) for name in recording.__slots__}
    for name, change in INWARD:
        row[name] = change(row[name])
    if not recording.id:
        del row["id"]
    return row


def _recording(row: RowMapping) -> Recording:
    values = dict(row)
    for name, change in OUTWARD:
        values[name] = change(values[name])
    return Recording(**values)


INWARD: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("source", lambda source: source.value),
    ("instruments", lambda names: msgspec.json.encode(names).decode()),
)
OUTWARD: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("source", Source),
    ("instruments", lambda text: msgspec.json.decode(text, type=tuple[str, ...])),
)
