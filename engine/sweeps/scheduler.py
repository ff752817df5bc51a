"""Gives out chunks in turn and takes what comes back.

Runs take turns chunk by chunk, so a small one does not wait for a large one, and no more chunks are
out than the pool can price at once, so that stopping is a matter of one chunk.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field

import msgspec

from engine.sweeps.books import unpack
from engine.sweeps.job import Job
from engine.sweeps.pool import Pool
from engine.sweeps.run import ChunkStore
from market.errors import OrderError
from models.fee_schedules import Schedules
from models.sweep.declaration import to_json
from models.sweep.plan import STATES_TOGETHER, Chunk, Plan
from models.sweep.table import Parquet, fees_of

log = logging.getLogger(__name__)
TRIES = 3
"""Of one chunk before its run fails."""


@dataclass(slots=True)
class _Active:
    """A run that takes part."""

    planned: Plan
    declaration: bytes
    waiting: Iterator[Chunk]
    again: list[Chunk] = field(default_factory=list)
    tries: dict[int, int] = field(default_factory=dict)
    group: tuple[int, bytes, bytes] = (-1, b"", b"")
    """the group of states that was used last: number, states, fees"""

    def next(self) -> Chunk | None:
        """A chunk that nobody works on."""
        return self.again.pop() if self.again else next(self.waiting, None)


class Scheduler:
    """Owner of the pool. Lives on the event loop; only the pool computes."""

    def __init__(
        self,
        store: ChunkStore,
        open_pool: Callable[[], Pool],
        *,
        on_priced: Callable[[int, int, Parquet], Awaitable[None]],
        on_failed: Callable[[int, str], Awaitable[None]],
        own_fees: Schedules | None = None,
    ) -> None:
        self._store = store
        self._open_pool = open_pool
        self._on_priced = on_priced
        self._on_failed = on_failed
        self._own_fees = own_fees
        self._active: dict[int, _Active] = {}
        self._turn = 0
        self._pool: Pool | None = None
        self._changed = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def add(self, run_id: int, planned: Plan, done: Collection[int]) -> None:
        """Let a run take part, without the chunks that are done."""
        waiting = (chunk for chunk in planned.chunks() if chunk.number not in done)
        self._active[run_id] = _Active(planned, to_json(planned.sweep), waiting)
        self._changed.set()
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._work(), name="sweeps")

    def remove(self, run_id: int) -> None:
        """Give out no more of a run; what is out comes back and counts."""
        self._active.pop(run_id, None)

    async def close(self) -> None:
        """Give out nothing more and end the workers."""
        self._active.clear()
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        if self._pool is not None:
            await asyncio.to_thread(self._pool.close)
            self._pool = None

    async def _work(self) -> None:
        out: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._changed.clear()
                if self._active and self._pool is None:
                    self._pool = await asyncio.to_thread(self._open_pool)
                while (pool := self._pool) is not None and len(out) <= pool.size:
                    chosen = self._next()
                    if chosen is None:
                        break
                    out.add(asyncio.create_task(self._price(pool, *chosen)))
                changed = asyncio.create_task(self._changed.wait())
                done, _ = await asyncio.wait({*out, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                out -= done
        except OrderError as error:  # the pool cannot be opened
            for run_id in tuple(self._active):
                await self._fail(run_id, str(error))
        finally:
            for task in out:
                task.cancel()

    def _next(self) -> tuple[int, _Active, Chunk] | None:
        """The next chunk of the run whose turn it is."""
        turns = sorted(self._active)
        later = [r for r in turns if r > self._turn] + [r for r in turns if r <= self._turn]
        for run_id in later:
            chunk = self._active[run_id].next()
            if chunk is not None:
                self._turn = run_id
                return run_id, self._active[run_id], chunk
        return None

    async def _price(self, pool: Pool, run_id: int, active: _Active, chunk: Chunk) -> None:
        """One chunk through a worker and onto the disk. Raises nothing: a failure is the run's."""
        generation = pool.generation
        try:
            job = await self._job(run_id, active, chunk)
            priced = await asyncio.wrap_future(pool.submit(job))
            await self._store.put_chunk(run_id, chunk.number, priced)
            await self._on_priced(run_id, chunk.number, priced)
        except Exception as error:
            if active is not self._active.get(run_id):
                return  # paused, cancelled or deleted meanwhile
            await self._not_priced(pool, generation, run_id, chunk, error)

    async def _not_priced(
        self, pool: Pool, generation: int, run_id: int, chunk: Chunk, error: Exception
    ) -> None:
        """Try again, until it is plain that the chunk itself is at fault."""
        active = self._active[run_id]
        is_bystander = generation != pool.generation
        if not is_bystander:
            log.warning("chunk %d of sweep %d was not priced: %r", chunk.number, run_id, error)
            active.tries[chunk.number] = active.tries.get(chunk.number, 0) + 1
            if isinstance(error, BrokenExecutor):
                await asyncio.to_thread(pool.renew)
        if active.tries.get(chunk.number, 0) >= TRIES:
            await self._fail(run_id, f"Chunk {chunk.number} could not be priced: {error}")
            return
        active.again.append(chunk)
        self._changed.set()

    async def _fail(self, run_id: int, problem: str) -> None:
        self.remove(run_id)
        await self._on_failed(run_id, problem)

    async def _job(self, run_id: int, active: _Active, chunk: Chunk) -> Job:
        number = chunk.states[0] // STATES_TOGETHER
        known, group, fees = active.group
        if number != known:
            group = await self._store.states(run_id, number)
            fees = await asyncio.to_thread(_fees_json, group, self._own_fees)
            active.group = (number, group, fees)
        return Job(
            declaration=active.declaration,
            states=active.planned.shape[0],
            chunk=chunk,
            group=group,
            fees=fees,
        )


def _fees_json(data: bytes, own: Schedules | None) -> bytes:
    return msgspec.json.encode(fees_of(unpack(data), own))
