"""Model snapshots: kept, listed, compared, handed out as files and taken back.

A snapshot belongs to one market of one source and is never loaded into another. Snapshots that the
program made by itself are thinned to the newest KEPT_AUTOMATIC a market; a user's own stay.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, RowMapping, delete, insert, select

from models.learning.snapshot import (
    IMPORTED,
    USER,
    MetricRow,
    ModelSnapshot,
)
from storage import snapshot_file
from storage.database import Database
from storage.errors import StorageError, UnknownSnapshot
from storage.learning_tables import MODEL_SNAPSHOTS
from storage.snapshot_file import Header, SnapshotFile

KEPT_AUTOMATIC: Final = 5
LIST_LIMIT: Final = 500
T = MODEL_SNAPSHOTS.c
LISTED: Final = [column for column in T if column.name != "body"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedModels:
    """One line of the list: everything about a snapshot but its models."""

    id: int
    created_ns: int
    source: str
    venue: str
    symbol: str
    reason: str
    note: str
    first_ns: int | None
    last_ns: int | None
    rows: int
    delays: tuple[str, ...]
    libraries: dict[str, str]
    metrics: tuple[MetricRow, ...]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The same mark in two snapshots; None where one of them lacks it."""

    delay_ns: int
    model: str
    bucket: int | None
    first: MetricRow | None
    second: MetricRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshots:
    """Of one database. Every method raises StorageError with a text for the user."""

    database: Database

    async def keep(self, snapshot: ModelSnapshot) -> int:
        """Keep one; its number once it is committed."""
        file = await asyncio.to_thread(snapshot_file.write, snapshot)
        return await self.database.write(lambda c: _insert(c, file, snapshot.reason))

    async def take(self, snapshot_id: int) -> ModelSnapshot:
        """Its models, checked and opened; UnknownSnapshot or SnapshotRefused."""
        content = await self.export(snapshot_id)
        return await asyncio.to_thread(snapshot_file.read, content)

    async def latest(self, source: str, venue: str, symbol: str) -> int | None:
        """Number of the newest snapshot of that market; None where there is none."""
        query = (
            select(T.id)
            .where(T.source == source, T.venue == venue, T.venue_symbol == symbol)
            .order_by(T.id.desc())
            .limit(1)
        )
        return await self.database.read(lambda c: c.execute(query).scalar_one_or_none())

    async def list(
        self, source: str = "", venue: str = "", symbol: str = ""
    ) -> tuple[SavedModels, ...]:
        """Newest first, at most 500; of one market, or of all where nothing is named."""
        query = select(*LISTED).order_by(T.id.desc()).limit(LIST_LIMIT)
        for column, value in ((T.source, source), (T.venue, venue), (T.venue_symbol, symbol)):
            if value:
                query = query.where(column == value)
        rows = await self.database.read(lambda c: c.execute(query).mappings().all())
        return tuple(_saved(row) for row in rows)

    async def compare(self, first: int, second: int) -> tuple[Compared, ...]:
        """Every mark of two snapshots side by side."""
        one, other = [await self._one(number) for number in (first, second)]
        marks = [{_key(row): row for row in saved.metrics} for saved in (one, other)]
        keys = sorted(
            marks[0].keys() | marks[1].keys(), key=lambda k: (k[0], k[1], k[2] is None, k[2] or 0)
        )
        return tuple(
            Compared(
                delay_ns=key[0],
                model=key[1],
                bucket=key[2],
                first=marks[0].get(key),
                second=marks[1].get(key),
            )
            for key in keys
        )

    async def export(self, snapshot_id: int) -> bytes:
        """The whole file, as `import_file` takes it."""
        query = select(T.body).where(T.id == snapshot_id)
        content = await self.database.read(lambda c: c.execute(query).scalar_one_or_none())
        if content is None:
            raise UnknownSnapshot(f"There is no model snapshot {snapshot_id}.")
        return bytes(content)

    async def import_file(self, content: bytes) -> int:
        """Take a file of others; SnapshotRefused with the reason. Its number once committed."""
        await asyncio.to_thread(snapshot_file.read, content)
        file = await asyncio.to_thread(snapshot_file.check, content)
        return await self.database.write(lambda c: _insert(c, file, IMPORTED))

    async def delete(self, snapshot_id: int) -> "DeletedSnapshot":
        """Forget one, or UnknownSnapshot. What is returned can be given to `restore`."""
        found = await self.database.write(lambda c: _take_out(c, snapshot_id))
        if found is None:
            raise UnknownSnapshot(f"There is no model snapshot {snapshot_id}.")
        return DeletedSnapshot(id=snapshot_id, row=dict(found))

    async def restore(self, deleted: "DeletedSnapshot") -> None:
        """Bring back what was deleted, under its number; once more is harmless."""
        known = select(T.id).where(T.id == deleted.id)

        def work(connection: Connection) -> None:
            if connection.execute(known).scalar_one_or_none() is None:
                connection.execute(insert(MODEL_SNAPSHOTS), deleted.row)

        await self.database.write(work)

    async def _one(self, snapshot_id: int) -> SavedModels:
        query = select(*LISTED).where(T.id == snapshot_id)
        row = await self.database.read(lambda c: c.execute(query).mappings().one_or_none())
        if row is None:
            raise UnknownSnapshot(f"There is no model snapshot {snapshot_id}.")
        return _saved(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedSnapshot:
    """A snapshot that is gone, as it was."""

    id: int
    row: dict[str, Any]


def _take_out(connection: Connection, snapshot_id: int) -> RowMapping | None:
    query = select(MODEL_SNAPSHOTS).where(T.id == snapshot_id)
    found = connection.execute(query).mappings().one_or_none()
    connection.execute(delete(MODEL_SNAPSHOTS).where(T.id == snapshot_id))
    return found


def _key(row: MetricRow) -> tuple[int, str, int | None]:
    return row.delay_ns, row.model, row.marks.bucket


def _insert(connection: Connection, file: SnapshotFile, reason: str) -> int:
    header = file.header
    row = {
        "created_ns": header.created_ns,
        "source": header.source,
        "venue": header.venue,
        "venue_symbol": header.symbol,
        "reason": reason,
        "note": header.note,
        "first_ns": header.first_ns,
        "last_ns": header.last_ns,
        "rows": header.rows,
        "header": msgspec.json.encode(header).decode(),
        "sha256": file.sha256,
        "body": file.content,
    }
    key = connection.execute(insert(MODEL_SNAPSHOTS), row).inserted_primary_key
    if key is None:
        raise StorageError("The database gave the new snapshot no number.")
    _thin(connection, header)
    return int(key[0])


def _thin(connection: Connection, header: Header) -> None:
    """Of what the program kept by itself for this market, only the newest stay."""
    mine: list[Any] = [
        T.source == header.source,
        T.venue == header.venue,
        T.venue_symbol == header.symbol,
        T.reason.not_in((USER, IMPORTED)),
    ]
    newest = select(T.id).where(*mine).order_by(T.id.desc()).limit(KEPT_AUTOMATIC)
    kept = connection.execute(newest).scalars().all()
    connection.execute(delete(MODEL_SNAPSHOTS).where(*mine, T.id.not_in(kept)))


def _saved(row: RowMapping) -> SavedModels:
    header = msgspec.json.decode(row["header"], type=Header)
    return SavedModels(
        id=row["id"],
        created_ns=row["created_ns"],
        source=row["source"],
        venue=row["venue"],
        symbol=row["venue_symbol"],
        reason=row["reason"],
        note=row["note"],
        first_ns=row["first_ns"],
        last_ns=row["last_ns"],
        rows=row["rows"],
        delays=header.delays,
        libraries=header.libraries,
        metrics=header.metrics,
        sha256=row["sha256"],
    )
