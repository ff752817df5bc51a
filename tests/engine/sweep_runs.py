"""A sweep of several chunks, what it must give, and a process that runs it until it is killed."""

import asyncio
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import msgspec

from engine.clock import SystemClock
from engine.hub import MarketHub
from engine.latency import LatencyMeter
from engine.sweeps.books import groups, pack
from engine.sweeps.job import Job, price
from engine.sweeps.pool import HerePool, open_pool
from engine.sweeps.run import Budget
from models.sweep import Embedded, Frozen, Linear, Listed, Sweep, plan, to_json
from models.sweep.declaration import changed
from models.sweep.table import fees_of
from storage.store import Store
from tests.builders import book, state
from webapp.sweeping import SweepDesk, sweep_desk

STATES = tuple(
    replace(
        state(book(bids=((99.0 - k / 8, 1.0), (98.0, 2.0)), asks=((101.0, 1.0), (102.0 + k, 2.0)))),
        as_of_ns=1_790_000_000_000_000_000 + k,
    )
    for k in range(4)
)
SLOW = Sweep(
    name="slow enough to be killed",
    states=Embedded(STATES),
    size=Linear(0.1, 2.9, 64),
    sides=("buy", "sell"),
    order_types=("market", "limit"),
    parameters={"limit.ticks": Linear(0.0, 9.0, 10)},
)
"""10,240 points in five chunks: limit orders are carried out one by one."""
QUICK = changed(
    SLOW, order_types=("market",), parameters={}, size=Listed((0.5, 2.0, 99.0)), name="quick"
)


def hashes(sweep: Sweep) -> dict[int, str]:
    """SHA-256 of every chunk, priced here, one after the other."""
    assert isinstance(sweep.states, Embedded)
    planned = plan(changed(sweep, states=Frozen(())), len(sweep.states.states))
    bare, fees = to_json(planned.sweep), msgspec.json.encode(fees_of(sweep.states.states, None))
    (group,) = map(pack, groups(sweep.states.states))
    jobs = [Job(bare, planned.shape[0], chunk, group, fees) for chunk in planned.chunks()]
    return {job.chunk.number: price(job).sha256 for job in jobs}


async def kept_hashes(store: Store, run_id: int) -> dict[int, str]:
    """SHA-256 of what the database holds, taken from the data itself."""
    return {n: sha256(data).hexdigest() async for n, data in store.sweeps.parts(run_id)}


def desk_on(store: Store, folder: Path, workers: int = 0, scheduler: str = "") -> SweepDesk:
    """The real parts, without markets; no workers: a thread of this process."""
    clock = SystemClock()
    return sweep_desk(
        MarketHub(clock, LatencyMeter()),
        store,
        clock,
        folder=folder / "sweeps",
        recordings=folder / "recordings",
        workers=workers or 1,
        open_pool=lambda: open_pool(workers, scheduler) if workers or scheduler else HerePool(),
        budget=Budget(points=1_000_000, queued=5),
    )


async def until(desk: SweepDesk, run_id: int, chunks: int) -> None:
    """Wait until so many chunks are kept, or the run is over."""
    async with asyncio.timeout(60):
        while not (
            desk.runner.run_of(run_id).state.is_over
            or desk.runner.run_of(run_id).chunks_done >= chunks
        ):
            await asyncio.sleep(0.02)


async def run_for_ever(folder: Path) -> None:
    """Submit the slow sweep and say how many chunks are kept, until somebody kills us."""
    store = Store.open_now(f"sqlite:///{folder}/fathom.db")
    desk = desk_on(store, folder, workers=1)
    await desk.start()
    run = await desk.runner.submit(SLOW)
    said = 0
    while True:
        done = desk.runner.run_of(run.id).chunks_done
        if done > said:
            sys.stdout.write(f"{done}\n")
            sys.stdout.flush()
            said = done
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(run_for_ever(Path(sys.argv[1])))
