"""Tasks that must not die unseen: named, restarted with growing pauses, cancelled at the end."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from engine.clock import Clock

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0


class Supervisor:
    """Runs work for ever. The one broad catch of the engine is here: it logs, counts, restarts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.crashes: dict[str, int] = {}
        """Task name -> how often it had to be restarted."""

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` until it returns, again after every crash. A name runs once."""
        if name in self._tasks and not self._tasks[name].done():
            return
        self._tasks[name] = asyncio.create_task(self._keep(name, work), name=name)

    async def stop(self, name: str) -> None:
        """Cancel one task and wait until it is gone."""
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Cancel all."""
        for name in list(self._tasks):
            await self.stop(name)

    def is_running(self, name: str) -> bool:
        """Whether that task is alive."""
        return name in self._tasks and not self._tasks[name].done()

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await work()
                return
            except Exception:
                self.crashes[name] = self.crashes.get(name, 0) + 1
                log.warning("%s failed; restarting in about %.1f s", name, pause_s, exc_info=True)
            await self._clock.sleep(pause_s * random.uniform(0.5, 1.5))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
