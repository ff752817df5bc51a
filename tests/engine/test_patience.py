"""What needs the database waits for it, says so once, and loses nothing."""

import asyncio
import logging

import pytest

from engine.clock import ManualClock
from engine.patience import once_kept
from market.errors import NotKept


class Refusing:
    """Cannot be read for so many tries."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.tries = 0

    async def read(self) -> str:
        self.tries += 1
        if self.tries <= self.refusals:
            raise NotKept("the disk is full")
        return "kept"


async def test_work_is_tried_until_it_succeeds() -> None:
    assert await once_kept("scores", Refusing(40).read, ManualClock()) == "kept"


async def test_many_refusals_are_told_once_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        await once_kept("scores", Refusing(5).read, ManualClock())
    [told] = caplog.records
    assert told.getMessage() == "scores: waits for the database: the disk is full"
    assert told.exc_info is None


async def test_another_fault_is_not_waited_for() -> None:
    async def broken() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        await asyncio.wait_for(once_kept("scores", broken, ManualClock()), 1)
