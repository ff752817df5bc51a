"""Sweeps from submission to result: the one owner of runs and of what is known about them.

Nothing is lost by a kill: a chunk is kept or not, and a run that was going on is found paused and
can be resumed. What it will hold in the end does not depend on who priced it, or how often it was
interrupted.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.clock import Clock
from engine.sweeps import forecast
from engine.sweeps.lookup import PricedPoint, priced_point
from engine.sweeps.pool import Pool
from engine.sweeps.preparing import check_states, frozen, keep_states, state_count
from engine.sweeps.progress import Progress
from engine.sweeps.run import Budget, ChunkStore, Preview, RunState, SweepRun
from engine.sweeps.scheduler import Scheduler
from market.errors import OrderError
from models.base import MarketState
from models.fee_schedules import Schedules
from models.sweep.declaration import Frozen, Market, Sweep, changed, digest, from_json, to_json
from models.sweep.plan import plan
from models.sweep.table import Parquet

log = logging.getLogger(__name__)
INTERRUPTED = "Fathom was stopped meanwhile; resume to go on. Nothing that was priced is lost."


class SweepRunner:
    """Queue and progress of all runs. Lives on the event loop; what leaves it is frozen."""

    def __init__(
        self,
        store: ChunkStore,
        clock: Clock,
        *,
        freeze: Callable[[Market], MarketState],
        recordings: Path,
        open_pool: Callable[[], Pool],
        workers: int,
        budget: Budget | None = None,
        own_fees: Schedules | None = None,
    ) -> None:
        self.budget = budget or Budget()
        self.recordings = recordings
        self._store = store
        self._clock = clock
        self._freeze = freeze
        self._workers = workers
        self._own_fees = own_fees
        self._runs: dict[int, SweepRun] = {}
        self._progress: dict[int, Progress] = {}
        self._done: dict[int, set[int]] = {}
        """Numbers of the finished chunks: one that comes back twice counts once."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduler = Scheduler(
            store, open_pool, on_priced=self._priced, on_failed=self._failed, own_fees=own_fees
        )

    def runs(self) -> tuple[SweepRun, ...]:
        """All runs, oldest first."""
        return tuple(self._runs.values())

    def run_of(self, run_id: int) -> SweepRun:
        """One run, or OrderError."""
        if run_id not in self._runs:
            raise OrderError("sweep", f"there is no sweep {run_id}")
        return self._runs[run_id]

    async def preview(self, sweep: Sweep) -> Preview:
        """Points exactly, time and bytes about; OrderError names the field that is wrong."""
        return await asyncio.to_thread(self._preview, frozen(sweep, self._freeze))

    async def start(self) -> None:
        """Read what is kept. Runs that were going on when Fathom ended are paused now."""
        for run in await self._store.runs():
            if run.id in self._runs:
                continue
            if run.state in (RunState.PREPARING, RunState.RUNNING):
                run = replace(run, state=RunState.PAUSED, problem=INTERRUPTED)
                await self._store.update(run)
            self._runs[run.id] = run

    async def submit(self, sweep: Sweep) -> SweepRun:
        """Check, keep and queue a sweep; OrderError before anything is kept."""
        sweep = frozen(sweep, self._freeze)
        expected = await asyncio.to_thread(self._preview, sweep)
        going = sum(not run.state.is_over for run in self._runs.values())
        if going >= self.budget.queued:
            raise OrderError("sweep", f"{going} are not over yet", f"at most {self.budget.queued}")
        run = SweepRun(
            id=0,
            name=sweep.name,
            declaration=await asyncio.to_thread(to_json, sweep),
            sha256=await asyncio.to_thread(digest, sweep),
            state=RunState.PREPARING,
            points=expected.points,
            chunks=expected.chunks,
            created_ns=self._clock.now_ns(),
        )
        run = replace(run, id=await self._store.create(run))
        self._runs[run.id] = run
        self._spawn(self._prepare(run.id))
        return run

    async def pause(self, run_id: int) -> SweepRun:
        """Give out no more of it; what is in work is finished and kept."""
        return await self._stop(run_id, RunState.PAUSED)

    async def cancel(self, run_id: int) -> SweepRun:
        """The same for good, unless it is resumed; what is finished stays readable."""
        return await self._stop(run_id, RunState.CANCELLED)

    async def resume(self, run_id: int) -> SweepRun:
        """Go on where it stopped; OrderError where it is done."""
        run = self.run_of(run_id)
        if run.state is RunState.DONE:
            raise OrderError("sweep", f"{run_id} is done already", "one that is not")
        if run.state not in (RunState.PREPARING, RunState.RUNNING):
            await self._change(run_id, state=RunState.PREPARING, problem="", finished_ns=None)
            self._spawn(self._prepare(run_id))
        return self._runs[run_id]

    async def point(self, run_id: int, point: int) -> PricedPoint:
        """One point priced again, with all that a ticket shows. OrderError: no such point."""
        return await priced_point(self._store, self.run_of(run_id), point, self._own_fees)

    async def delete(self, run_id: int) -> None:
        """Forget a run with its results."""
        await self.cancel(run_id)
        del self._runs[run_id]
        await self._store.delete(run_id)

    async def close(self) -> None:
        """End the workers; what was going on can be resumed another time."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._scheduler.close()

    def _preview(self, sweep: Sweep) -> Preview:
        found = forecast.preview(plan(sweep, state_count(sweep)), self._workers)
        check_states(sweep, self.recordings, self._own_fees)
        forecast.check(found, self.budget)
        return found

    async def _prepare(self, run_id: int) -> None:
        """Keep the states of a run, then let it take part."""
        try:
            sweep = await asyncio.to_thread(from_json, self._runs[run_id].declaration)
            states = self._runs[run_id].states or await keep_states(
                self._store,
                run_id,
                sweep,
                self.recordings,
                self._own_fees,
                lambda: self._is_preparing(run_id),
            )
            if not self._is_preparing(run_id):
                return
            planned = await asyncio.to_thread(plan, changed(sweep, states=Frozen(())), states)
            done = await self._store.finished(run_id)
            await self._change(
                run_id,
                state=RunState.RUNNING if len(done) < planned.chunk_count else RunState.DONE,
                states=states,
                points=planned.points,
                chunks=planned.chunk_count,
                points_done=sum(chunk.points for chunk in done.values()),
                chunks_done=len(done),
            )
            self._done[run_id] = set(done)
            self._progress[run_id] = Progress(self._clock.steady_ns())
            self._scheduler.add(run_id, planned, done)
        except OrderError as error:
            await self._failed(run_id, str(error))
        except Exception as error:
            log.exception("sweep %d could not be prepared", run_id)
            await self._failed(run_id, f"It could not be prepared: {error}")

    def _is_preparing(self, run_id: int) -> bool:
        run = self._runs.get(run_id)
        return run is not None and run.state is RunState.PREPARING

    async def _priced(self, run_id: int, number: int, priced: Parquet) -> None:
        """A chunk is kept."""
        run = self._runs.get(run_id)
        if run is None or number in self._done[run_id]:
            return
        self._done[run_id].add(number)
        progress = self._progress[run_id]
        passed_s = progress.add(self._clock.steady_ns(), priced.points)
        done = run.points_done + priced.points
        is_running = run.state is RunState.RUNNING
        rate = progress.rate if is_running else None
        self._runs[run_id] = run = replace(
            run,
            points_done=done,
            chunks_done=len(self._done[run_id]),
            refused=run.refused + priced.refused,
            size_bytes=run.size_bytes + len(priced.data),
            seconds=run.seconds + passed_s,
            rate=rate,
            eta_s=(run.points - done) / rate if rate else None,
        )
        if run.chunks_done == run.chunks:
            self._scheduler.remove(run_id)
            over = self._clock.now_ns()
            await self._change(run_id, state=RunState.DONE, finished_ns=over, eta_s=None)

    async def _failed(self, run_id: int, problem: str) -> None:
        if run_id in self._runs:
            over = self._clock.now_ns()
            await self._change(run_id, state=RunState.FAILED, problem=problem, finished_ns=over)

    async def _stop(self, run_id: int, state: RunState) -> SweepRun:
        run = self.run_of(run_id)
        if run.state.is_over:
            return run
        self._scheduler.remove(run_id)
        over = self._clock.now_ns() if state.is_over else None
        await self._change(run_id, state=state, finished_ns=over, rate=None, eta_s=None)
        return self._runs[run_id]

    async def _change(self, run_id: int, **fields: Any) -> None:
        self._runs[run_id] = replace(self._runs[run_id], **fields)
        await self._store.update(self._runs[run_id])

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="prepare a sweep")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
