"""Sweeps: runs, the market states they are priced on, and their finished chunks.

One row holds one chunk as compressed Parquet with its SHA-256, so a run lives, is backed up and
moves to another database whole. A chunk is kept in one transaction: it is there, or it is not.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, delete, func, insert, select, update

from storage.database import Database
from storage.errors import StorageError
from storage.sweep_tables import SWEEP_CHUNKS, SWEEPS

ROWS, STATES = "rows", "states"
CHUNKS = SWEEP_CHUNKS.c


class UnknownSweep(StorageError):
    """There is no kept sweep, or part of one, with that number."""


class ChunkBroken(StorageError):
    """A part of a sweep is not what was kept: its hash differs."""


class Piece(Protocol):
    """A finished chunk."""

    @property
    def data(self) -> bytes: ...
    @property
    def sha256(self) -> str: ...
    @property
    def points(self) -> int: ...
    @property
    def refused(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSweep:
    """A run as it is kept."""

    id: int
    name: str
    declaration: bytes
    sha256: str
    state: str
    points: int
    chunks: int
    states: int
    created_ns: int
    finished_ns: int | None
    seconds: float
    problem: str
    points_done: int = 0
    chunks_done: int = 0
    refused: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChunk:
    """A finished chunk without its data."""

    number: int
    points: int
    refused: int
    size_bytes: int
    sha256: str


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeps:
    """Runs of one database. Every method raises StorageError with a text for the user."""

    database: Database

    async def create(self, kept: KeptSweep) -> int:
        """Keep a new run; its id."""
        return await self.database.write(lambda c: _create(c, kept))

    async def update(self, kept: KeptSweep) -> None:
        """Keep what changed in a run."""
        work = update(SWEEPS).where(SWEEPS.c.id == kept.id).values(_values(kept))
        await self.database.write(lambda c: c.execute(work).rowcount)

    async def runs(self) -> tuple[KeptSweep, ...]:
        """All runs, oldest first, with what is finished of each."""
        return await self.database.read(_runs)

    async def delete(self, run_id: int) -> None:
        """Forget a run with all that belongs to it."""
        await self.database.write(lambda c: _delete(c, run_id))

    async def put(self, run_id: int, kind: str, number: int, piece: Piece) -> None:
        """Keep a part; the same part again is harmless."""
        await self.database.write(lambda c: _put(c, run_id, kind, number, piece))

    async def drop(self, run_id: int, kind: str) -> None:
        """Forget all parts of a kind."""
        work = delete(SWEEP_CHUNKS).where(CHUNKS.sweep_id == run_id, CHUNKS.kind == kind)
        await self.database.write(lambda c: c.execute(work).rowcount)

    async def finished(self, run_id: int) -> tuple[KeptChunk, ...]:
        """Finished chunks, in order."""
        return await self._read(lambda c: _finished(c, run_id))

    async def part(self, run_id: int, kind: str, number: int) -> bytes:
        """The data of a part; UnknownSweep or ChunkBroken."""
        return await self._read(lambda c: _part(c, run_id, kind, number))

    async def parts(self, run_id: int) -> AsyncIterator[tuple[int, bytes]]:
        """(number, data) of every finished chunk, in order, one at a time."""
        for chunk in await self.finished(run_id):
            yield chunk.number, await self.part(run_id, ROWS, chunk.number)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await self.database.read(work)


def _values(kept: KeptSweep) -> dict[str, Any]:
    return {
        "name": kept.name,
        "declaration": kept.declaration.decode(),
        "sha256": kept.sha256,
        "state": kept.state,
        "points": kept.points,
        "chunks": kept.chunks,
        "states": kept.states,
        "created_ns": kept.created_ns,
        "finished_ns": kept.finished_ns,
        "seconds": kept.seconds,
        "problem": kept.problem,
    }


def _create(connection: Connection, kept: KeptSweep) -> int:
    key = connection.execute(insert(SWEEPS), _values(kept)).inserted_primary_key
    if key is None:
        raise StorageError("The database gave the new sweep no number.")
    return int(key[0])


def _runs(connection: Connection) -> tuple[KeptSweep, ...]:
    sums = (
        select(
            CHUNKS.sweep_id,
            func.count().label("chunks_done"),
            func.sum(CHUNKS.points).label("points_done"),
            func.sum(CHUNKS.refused).label("refused"),
            func.sum(CHUNKS.size_bytes).label("size_bytes"),
        )
        .where(CHUNKS.kind == ROWS)
        .group_by(CHUNKS.sweep_id)
        .subquery()
    )
    done = ("chunks_done", "points_done", "refused", "size_bytes")
    query = (
        select(SWEEPS, *(func.coalesce(sums.c[name], 0).label(name) for name in done))
        .select_from(SWEEPS.outerjoin(sums, SWEEPS.c.id == sums.c.sweep_id))
        .order_by(SWEEPS.c.id)
    )
    rows = connection.execute(query).mappings()
    return tuple(
        KeptSweep(
            **{
                **row,
                "declaration": row["declaration"].encode(),
                **{name: int(row[name]) for name in done},
            }
        )
        for row in rows
    )


def _delete(connection: Connection, run_id: int) -> None:
    connection.execute(delete(SWEEP_CHUNKS).where(CHUNKS.sweep_id == run_id))
    connection.execute(delete(SWEEPS).where(SWEEPS.c.id == run_id))


def _put(connection: Connection, run_id: int, kind: str, number: int, piece: Piece) -> None:
    is_this = (CHUNKS.sweep_id == run_id, CHUNKS.kind == kind, CHUNKS.number == number)
    if connection.execute(select(SWEEPS.c.id).where(SWEEPS.c.id == run_id)).first() is None:
        raise UnknownSweep(f"There is no sweep {run_id}.")
    if connection.execute(select(CHUNKS.number).where(*is_this)).first() is not None:
        return
    row = {
        "sweep_id": run_id,
        "kind": kind,
        "number": number,
        "points": piece.points,
        "refused": piece.refused,
        "size_bytes": len(piece.data),
        "sha256": piece.sha256,
        "data": piece.data,
    }
    connection.execute(insert(SWEEP_CHUNKS), row)


def _finished(connection: Connection, run_id: int) -> tuple[KeptChunk, ...]:
    query = (
        select(CHUNKS.number, CHUNKS.points, CHUNKS.refused, CHUNKS.size_bytes, CHUNKS.sha256)
        .where(CHUNKS.sweep_id == run_id, CHUNKS.kind == ROWS)
        .order_by(CHUNKS.number)
    )
    return tuple(KeptChunk(**row) for row in connection.execute(query).mappings())


def _part(connection: Connection, run_id: int, kind: str, number: int) -> bytes:
    query = select(CHUNKS.data, CHUNKS.sha256).where(
        CHUNKS.sweep_id == run_id, CHUNKS.kind == kind, CHUNKS.number == number
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownSweep(f"Sweep {run_id} has no {kind} number {number}.")
    data = bytes(row[0])
    if sha256(data).hexdigest() != row[1]:
        raise ChunkBroken(
            f"Part {number} of sweep {run_id} was changed after it was kept: its content does not "
            "match its hash. Delete the sweep and run it again."
        )
    return data
