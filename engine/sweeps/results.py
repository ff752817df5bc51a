"""The results of a run, asked by DuckDB: chunk files in a folder, one query each.

The database keeps the chunks; here they lie as Parquet files while someone looks at a run, as many
as fit the room. Column names are checked against the run's own; values go in as parameters.
Every call of `Results` blocks: off the event loop.
"""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.sweeps.query import Filter, Order, Question
from engine.sweeps.run import ChunkStore
from market.errors import OrderError

if TYPE_CHECKING:
    import pyarrow as pa

ROOM_BYTES = 4 << 30
"""of files at a time; the run that was opened longest ago goes first"""
PAGE_LIMIT = 10_000
BATCH_ROWS = 20_000


class ResultFiles:
    """Chunk files of the runs that are looked at; single owner of its folder."""

    def __init__(self, store: ChunkStore, folder: Path, room_bytes: int = ROOM_BYTES) -> None:
        self._store = store
        self._folder = folder
        self._room = room_bytes
        self._opened: dict[int, set[int]] = {}
        self._lock = asyncio.Lock()

    async def open(self, run_id: int) -> "Results":
        """What is finished of a run; again later for more. OrderError where nothing is."""
        async with self._lock:
            if not self._opened:
                await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
            there = self._opened.pop(run_id, set())
            self._opened[run_id] = there
            folder = self._folder / str(run_id)
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            for number in sorted(set(await self._store.finished(run_id)) - there):
                data = await self._store.chunk(run_id, number)
                await asyncio.to_thread(_write, folder / f"{number:09d}.parquet", data)
                there.add(number)
            await self._make_room(run_id)
        if not there:
            raise OrderError("sweep", f"{run_id} has no finished points yet", "a moment later")
        return Results(tuple(str(folder / f"{number:09d}.parquet") for number in sorted(there)))

    async def forget(self, run_id: int) -> None:
        """Remove the files of a run."""
        async with self._lock:
            self._opened.pop(run_id, None)
            await asyncio.to_thread(_remove, self._folder / str(run_id))

    async def close(self) -> None:
        """Remove all files."""
        async with self._lock:
            self._opened.clear()
            await asyncio.to_thread(_remove, self._folder)

    async def _make_room(self, keep: int) -> None:
        sizes = {
            run_id: await asyncio.to_thread(_size, self._folder / str(run_id))
            for run_id in self._opened
        }
        for run_id in [r for r in self._opened if r != keep]:
            if sum(sizes.values()) <= self._room:
                return
            del self._opened[run_id], sizes[run_id]
            await asyncio.to_thread(_remove, self._folder / str(run_id))


def _write(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.iterdir()) if folder.is_dir() else 0


@dataclass(frozen=True, slots=True)
class Results:
    """Points of one run, as files. Frozen: a run that goes on is opened again."""

    files: tuple[str, ...]

    @property
    def schema(self) -> "pa.Schema":
        """Columns and their types."""
        import pyarrow.parquet as pq

        return pq.read_schema(self.files[0])

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(self.schema.names)

    def is_number(self, column: str) -> bool:
        """Whether a column holds numbers rather than names."""
        import pyarrow.types as kinds

        kind = self.schema.field(column).type
        return bool(kinds.is_floating(kind) or kinds.is_integer(kind))

    @property
    def points(self) -> int:
        """How many there are."""
        import pyarrow.parquet as pq

        return sum(pq.read_metadata(file).num_rows for file in self.files)

    def question(self) -> Question:
        """Asks about these points."""
        return Question(self.files, self.columns)

    def page(
        self,
        offset: int,
        limit: int,
        *,
        columns: Sequence[str] = (),
        filters: Sequence[Filter] = (),
        order: Sequence[Order] = (),
    ) -> list[dict[str, Any]]:
        """Rows from `offset` on, filtered and sorted; the order of the points decides ties."""
        if not 0 <= limit <= PAGE_LIMIT:
            raise OrderError("limit", f"is {limit}", f"0 to {PAGE_LIMIT}")
        ask = self.question()
        return ask.rows(offset, limit, columns, filters, order)

    def count(self, filters: Sequence[Filter] = ()) -> int:
        """Points that pass the filters."""
        return self.question().count(filters)

    def batches(self, columns: Sequence[str] = ()) -> "Iterator[pa.RecordBatch]":
        """All points in order, a bounded number at a time."""
        import pyarrow.parquet as pq

        names = list(columns) or None
        for file in self.files:
            yield from pq.ParquetFile(file).iter_batches(BATCH_ROWS, columns=names)

    def tables(self) -> "Iterator[pa.Table]":
        """All points in order, chunk by chunk."""
        import pyarrow.parquet as pq

        for file in self.files:
            yield pq.read_table(file)
