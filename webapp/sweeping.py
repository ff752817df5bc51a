"""Ties the runner of sweeps, which knows no database, to the database, which knows no runner."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.clock import Clock
from engine.hub import MarketHub, MarketKey
from engine.sweeps.lookup import PricedPoint
from engine.sweeps.pool import Pool
from engine.sweeps.results import ResultFiles
from engine.sweeps.run import Budget, Finished, RunState, SweepRun
from engine.sweeps.runner import SweepRunner
from market.errors import OrderError
from models.base import MarketState
from models.fee_schedules import Schedules
from models.sweep.declaration import Market
from models.sweep.table import Parquet
from storage.store import Store
from storage.sweeps import ROWS, STATES, KeptSweep, Sweeps

NAMES = tuple(f.name for f in fields(KeptSweep))


@dataclass(frozen=True, slots=True)
class KeptChunks:
    """What the runner needs of the database (engine/sweeps/run.py, ChunkStore)."""

    sweeps: Sweeps

    async def create(self, run: SweepRun) -> int:
        """Keep a new run; its id."""
        return await self.sweeps.create(_kept(run))

    async def update(self, run: SweepRun) -> None:
        """Keep what changed in a run."""
        await self.sweeps.update(_kept(run))

    async def runs(self) -> tuple[SweepRun, ...]:
        """All that are kept, oldest first."""
        return tuple(_run(kept) for kept in await self.sweeps.runs())

    async def put_states(self, run_id: int, number: int, data: bytes) -> None:
        """Keep one group of market states."""
        piece = Parquet(data, sha256(data).hexdigest(), 0, 0)
        await self.sweeps.put(run_id, STATES, number, piece)

    async def states(self, run_id: int, number: int) -> bytes:
        """One group of market states."""
        return await self.sweeps.part(run_id, STATES, number)

    async def drop_states(self, run_id: int) -> None:
        """Forget the groups of a run whose sampling did not end."""
        await self.sweeps.drop(run_id, STATES)

    async def put_chunk(self, run_id: int, number: int, chunk: Parquet) -> None:
        """Keep a finished chunk; keeping it twice is harmless."""
        await self.sweeps.put(run_id, ROWS, number, chunk)

    async def finished(self, run_id: int) -> dict[int, Finished]:
        """Finished chunks by number."""
        return {chunk.number: chunk for chunk in await self.sweeps.finished(run_id)}

    async def chunk(self, run_id: int, number: int) -> bytes:
        """The data of a finished chunk."""
        return await self.sweeps.part(run_id, ROWS, number)

    def chunks(self, run_id: int) -> AsyncIterator[tuple[int, bytes]]:
        """(number, data) of every finished chunk, in order, one at a time."""
        return self.sweeps.parts(run_id)

    async def delete(self, run_id: int) -> None:
        """Forget a run with all that belongs to it."""
        await self.sweeps.delete(run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepDesk:
    """What pages and routes use: runs and their results."""

    runner: SweepRunner
    results: ResultFiles

    async def start(self) -> None:
        """Read what is kept; StorageError while the database cannot be used."""
        await self.runner.start()

    async def point(self, run_id: int, point: int) -> PricedPoint:
        """One point of a run, priced again with all that a ticket shows. OrderError."""
        return await self.runner.point(run_id, point)

    async def delete(self, run_id: int) -> None:
        """Forget a run, its rows and the files made of them."""
        await self.runner.delete(run_id)
        await self.results.forget(run_id)

    async def close(self) -> None:
        """End the workers and remove the files."""
        await self.runner.close()
        await self.results.close()


def sweep_desk(
    hub: MarketHub,
    store: Store,
    clock: Clock,
    *,
    folder: Path,
    recordings: Path,
    workers: int,
    budget: Budget,
    open_pool: Callable[[], Pool],
    own_fees: Schedules | None = None,
) -> SweepDesk:
    """Runner and results on this database. `folder` takes files that can be made again.

    `workers` is what is expected of the pool; it is opened when the first chunk is given out.
    """
    kept = KeptChunks(store.sweeps)
    runner = SweepRunner(
        kept,
        clock,
        freeze=_freezer(hub),
        recordings=recordings,
        open_pool=open_pool,
        workers=workers,
        budget=budget,
        own_fees=own_fees,
    )
    return SweepDesk(runner=runner, results=ResultFiles(kept, folder))


def _freezer(hub: MarketHub) -> Callable[[Market], MarketState]:
    def freeze(market: Market) -> MarketState:
        state = hub.state(MarketKey(market.source, market.venue, market.symbol))
        if state is None:
            raise OrderError(
                "states.markets", f"{market.venue} {market.symbol} is not followed", _open(hub)
            )
        if state.book is None or state.trust.refuses:
            reason = state.trust.reason or "waiting for the first book"
            raise OrderError("states.markets", f"{market.symbol} has no price: {reason}")
        return state

    return freeze


def _open(hub: MarketHub) -> str:
    keys = hub.keys()
    return ", ".join(f"{k.source.value} {k.venue} {k.symbol}" for k in keys) or "none yet"


def _kept(run: SweepRun) -> KeptSweep:
    values: dict[str, Any] = {name: getattr(run, name) for name in NAMES}
    return KeptSweep(**values | {"state": run.state.value})


def _run(kept: KeptSweep) -> SweepRun:
    values: dict[str, Any] = {name: getattr(kept, name) for name in NAMES}
    return SweepRun(**values | {"state": RunState(kept.state)})
