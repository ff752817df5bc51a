"""Supervised work is restarted, counted and cancelled."""

import asyncio

from engine.clock import ManualClock
from engine.supervisor import Supervisor


async def test_work_that_crashes_is_restarted_and_counted():
    done = asyncio.Event()
    attempts = 0

    async def work():
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise RuntimeError("broken")
        done.set()

    supervisor = Supervisor(ManualClock())
    supervisor.start("work", work)
    await asyncio.wait_for(done.wait(), 5)
    assert supervisor.crashes == {"work": 2}


async def test_work_that_returns_is_not_started_again():
    runs = 0

    async def work():
        nonlocal runs
        runs += 1

    supervisor = Supervisor(ManualClock())
    supervisor.start("work", work)
    while supervisor.is_running("work"):
        await asyncio.sleep(0)
    assert runs == 1


async def test_a_name_runs_only_once_at_a_time():
    runs = 0

    async def work():
        nonlocal runs
        runs += 1
        await asyncio.Event().wait()

    supervisor = Supervisor(ManualClock())
    supervisor.start("work", work)
    supervisor.start("work", work)
    await asyncio.sleep(0)
    await supervisor.close()
    assert runs == 1


async def test_closing_cancels_everything():
    supervisor = Supervisor(ManualClock())
    supervisor.start("a", asyncio.Event().wait)
    supervisor.start("b", asyncio.Event().wait)
    await supervisor.close()
    assert not supervisor.is_running("a")
    assert not supervisor.is_running("b")
