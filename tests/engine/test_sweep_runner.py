"""Sweeps run, stop, go on and give the same bytes whoever prices them."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import psutil
import pytest

from engine.sweeps.run import RunState
from market.errors import OrderError
from models.base import Source
from models.sweep import Frozen, Linear, Listed, Market, Random, Recorded, Tier
from models.sweep.declaration import changed, from_json
from storage.store import Store
from storage.sweeps import ROWS, ChunkBroken
from storage.tables import METADATA
from tests.engine.sweep_runs import (
    QUICK,
    SLOW,
    desk_on,
    hashes,
    kept_hashes,
    until,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def undisturbed():
    """What the slow sweep gives when nothing happens."""
    return hashes(SLOW)


@asynccontextmanager
async def running(folder: Path, workers: int = 0, scheduler: str = ""):
    store = Store.open_now(f"sqlite:///{folder}/fathom.db")
    desk = desk_on(store, folder, workers, scheduler)
    await desk.start()
    try:
        yield desk, store
    finally:
        await desk.close()
        await store.close()


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    """Processes that price chunks."""
    return [c for c in process.children(recursive=True) if "popen_loky" in " ".join(c.cmdline())]


async def test_two_workers_give_the_bytes_of_one_and_end_with_the_runner(tmp_path, undisturbed):
    async with running(tmp_path, workers=2) as (desk, store):
        run = await desk.runner.submit(SLOW)
        await until(desk, run.id, chunks=1)
        workers = workers_of(psutil.Process())
        assert workers
        assert all(worker.nice() > psutil.Process().nice() for worker in workers)
        await until(desk, run.id, chunks=99)
        done = desk.runner.run_of(run.id)
        assert (done.state, done.points_done) == (RunState.DONE, 10_240), done.problem
        assert await kept_hashes(store, run.id) == undisturbed
    assert not any(worker.is_running() for worker in workers)


async def test_a_sweep_goes_on_after_a_kill_as_if_nothing_had_happened(tmp_path, undisturbed):
    process = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-m", "tests.engine.sweep_runs", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    await asyncio.to_thread(process.stdout.readline)
    workers = workers_of(psutil.Process(process.pid))
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.wait)
    process.stdout.close()
    async with running(tmp_path) as (desk, store):
        (run,) = desk.runner.runs()
        assert run.state is RunState.PAUSED
        assert "resume" in run.problem
        before = await kept_hashes(store, run.id)
        assert 0 < len(before) < len(undisturbed)
        await desk.runner.resume(run.id)
        await until(desk, run.id, chunks=99)
        assert desk.runner.run_of(run.id).state is RunState.DONE
        assert await kept_hashes(store, run.id) == undisturbed
    await asyncio.to_thread(psutil.wait_procs, workers, 5)
    assert not any(worker.is_running() for worker in workers)


async def test_a_worker_that_is_killed_loses_nothing(tmp_path, undisturbed):
    async with running(tmp_path, workers=2) as (desk, store):
        run = await desk.runner.submit(SLOW)
        await until(desk, run.id, chunks=1)
        os.kill(workers_of(psutil.Process())[0].pid, signal.SIGKILL)
        await until(desk, run.id, chunks=99)
        assert desk.runner.run_of(run.id).state is RunState.DONE, desk.runner.run_of(run.id)
        assert await kept_hashes(store, run.id) == undisturbed


async def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(tmp_path, undisturbed):
    pytest.importorskip("distributed")
    address_file = tmp_path / "scheduler.json"
    with ExitStack() as stack:
        one = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
        _start(stack, [*one, "--port", "0", "--no-dashboard", "--scheduler-file", address_file])
        async with asyncio.timeout(20):
            while not address_file.exists():
                await asyncio.sleep(0.05)
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny"]
        worker += ["--scheduler-file", address_file, "--nthreads", "1", "--no-dashboard"]
        worker += ["--host", "127.0.0.1", "--local-directory", tmp_path]
        first, _ = _start(stack, worker), _start(stack, worker)
        address = from_scheduler_file(address_file)
        async with running(tmp_path, scheduler=address) as (desk, store):
            run = await desk.runner.submit(SLOW)
            await until(desk, run.id, chunks=1)
            first.kill()
            await until(desk, run.id, chunks=99)
            done = desk.runner.run_of(run.id)
            assert done.state is RunState.DONE, done.problem
            assert await kept_hashes(store, run.id) == undisturbed


def from_scheduler_file(file: Path) -> str:
    """The address that a Dask scheduler wrote."""
    from distributed.utils import json_load_robust

    return str(json_load_robust(str(file))["address"])


def _start(stack: ExitStack, command: list) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


async def test_a_paused_sweep_stands_still_and_a_cancelled_one_keeps_what_it_has(tmp_path):
    async with running(tmp_path) as (desk, store):
        run = await desk.runner.submit(SLOW)
        await until(desk, run.id, chunks=1)
        assert (await desk.runner.pause(run.id)).state is RunState.PAUSED
        other = await desk.runner.submit(QUICK)
        await until(desk, other.id, chunks=1)
        still = desk.runner.run_of(run.id)
        assert still.state is RunState.PAUSED
        assert still.chunks_done < still.chunks
        assert (await desk.runner.cancel(run.id)).state is RunState.CANCELLED
        results = await desk.results.open(run.id)
        assert results.points == sum(c.points for c in await store.sweeps.finished(run.id))


async def test_a_small_sweep_does_not_wait_for_a_large_one(tmp_path):
    async with running(tmp_path) as (desk, _):
        large = await desk.runner.submit(SLOW)
        await until(desk, large.id, chunks=1)
        small = await desk.runner.submit(QUICK)
        await until(desk, small.id, chunks=1)
        assert desk.runner.run_of(small.id).state is RunState.DONE
        assert desk.runner.run_of(large.id).state is RunState.RUNNING


async def test_one_point_is_the_estimate_of_its_request(tmp_path):
    async with running(tmp_path) as (desk, _):
        run = await desk.runner.submit(QUICK)
        await until(desk, run.id, chunks=1)
        results = await desk.results.open(run.id)
        for row in results.page(0, 100):
            found = await desk.point(run.id, row["point"])
            total = None if found.estimate is None else found.estimate.total_bps
            assert total == row["total_bps"]
            assert found.request.order.amount == row["size"]
        with pytest.raises(OrderError, match="0 to 23"):
            await desk.point(run.id, 24)


async def test_a_deleted_sweep_leaves_no_row_and_no_file(tmp_path):
    async with running(tmp_path) as (desk, store):
        run = await desk.runner.submit(QUICK)
        await until(desk, run.id, chunks=1)
        await desk.results.open(run.id)
        await desk.delete(run.id)
        assert desk.runner.runs() == ()
        assert await store.sweeps.runs() == ()
        assert await store.sweeps.finished(run.id) == ()
        assert not list((tmp_path / "sweeps").glob("*/*"))


async def test_a_chunk_that_was_changed_on_the_disk_is_not_shown(tmp_path):
    async with running(tmp_path) as (desk, store):
        run = await desk.runner.submit(QUICK)
        await until(desk, run.id, chunks=1)
        chunks = METADATA.tables["sweep_chunks"]
        spoil = chunks.update().where(chunks.c.kind == ROWS).values(data=b"PAR1 of another time")
        await store.sweeps.database.write(lambda c: c.execute(spoil).rowcount)
        with pytest.raises(ChunkBroken, match="does not match its hash"):
            await desk.results.open(run.id)


async def test_the_declaration_of_a_run_can_be_shared_and_gives_the_same_run(tmp_path):
    async with running(tmp_path) as (desk, store):
        first = await desk.runner.submit(QUICK)
        second = await desk.runner.submit(from_json(first.declaration))
        for run in (first, second):
            await until(desk, run.id, chunks=1)
        assert first.sha256 == second.sha256
        assert await kept_hashes(store, first.id) == await kept_hashes(store, second.id)


BTC = Market(Source.DEMO, "okx", "BTC-USDT")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"states": Frozen((BTC,))}, "states.markets"),
        ({"states": Frozen(())}, "states.markets"),
        ({"states": Recorded("gone.jsonl.gz", "", 5)}, "states.recording"),
        ({"states": Recorded("../fathom.db", "", 5)}, "states.recording"),
        ({"size": Listed(())}, "size"),
        ({"size": Listed((float("nan"),))}, "size.values[0]"),
        ({"recipes": ("moon",)}, "recipes"),
        ({"tiers": (Tier("Lv99"),)}, "fee tier"),
        ({"size": Linear(1.0, 2.0, 1_000_000), "sigma_day": Linear(0.1, 0.2, 1_000_000)}, "points"),
        ({"size": Random(1.0, 2.0), "samples": 900_000}, "points"),
    ],
)
async def test_a_sweep_that_cannot_be_is_refused_and_nothing_is_kept(tmp_path, wrong, field):
    async with running(tmp_path) as (desk, store):
        with pytest.raises(OrderError) as refused:
            await desk.runner.submit(changed(QUICK, **wrong))
        assert refused.value.field == field
        assert refused.value.allowed
        assert await store.sweeps.runs() == ()


async def test_a_queue_that_is_full_refuses_another_sweep(tmp_path):
    async with running(tmp_path) as (desk, _):
        for _ in range(desk.runner.budget.queued):
            run = await desk.runner.submit(SLOW)
            await desk.runner.pause(run.id)
        with pytest.raises(OrderError, match="at most 5"):
            await desk.runner.submit(QUICK)
