"""Tabs opened on a server, and what they cost it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.light_tab import LightTab

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What was seen over some seconds."""

    load: float
    """Processor time of the server, % of one core."""
    received: float
    """Bytes a second, of a tab, on average."""
    painted: float
    """Updates a second, of a tab, on average."""
    slowest: float
    """Updates a second of the tab that got the fewest."""


class Crowd:
    """Light tabs on one server."""

    def __init__(self, port: int, *, paint: str, may_be_cut: bool = False) -> None:
        """`paint` is what a message that paints has in it; a tab that is cut off stays away."""
        self._port, self._paint, self._may_be_cut = port, paint, may_be_cut
        self.tabs: list[LightTab] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def grow(self, size: int, settle_s: float) -> None:
        """Open tabs until there are so many, and let the server come to rest."""
        while len(self.tabs) < size:
            tab = LightTab(self._port, paint=self._paint)
            self.tabs.append(tab)
            self._tasks.append(asyncio.create_task(tab.run()))
        await self._until_painted()
        await asyncio.sleep(settle_s)
        for task in self._tasks:
            if task.done() and not self._may_be_cut:
                task.result()
                raise RuntimeError("a tab was cut off")

    async def _until_painted(self) -> None:
        """Each tab once; a page that falls behind may never paint them all."""
        patience = asyncio.get_running_loop().time() + PATIENCE_S
        while not all(tab.traffic.painted for tab in self.tabs):
            await asyncio.sleep(0.1)
            if asyncio.get_running_loop().time() > patience:
                if self._may_be_cut:
                    return
                raise TimeoutError(f"not every tab was painted within {PATIENCE_S:g} s")

    async def leave(self) -> None:
        """Close all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self.tabs.clear()

    async def watch(self, server: psutil.Process, windows: int, window_s: float) -> list[Window]:
        """Look at the server and the tabs, some times in a row."""
        return [await self._window(server, window_s) for _ in range(windows)]

    async def _window(self, server: psutil.Process, window_s: float) -> Window:
        for tab in self.tabs:
            tab.traffic.clear()
        loop = asyncio.get_running_loop()
        begin, busy = loop.time(), busy_s(server)
        await asyncio.sleep(window_s)
        took, worked = loop.time() - begin, busy_s(server) - busy
        count = max(1, len(self.tabs))
        paints = [tab.traffic.painted / took for tab in self.tabs]
        return Window(
            load=worked / took * 100,
            received=sum(tab.traffic.received for tab in self.tabs) / took / count,
            painted=sum(paints) / count,
            slowest=min(paints, default=0.0),
        )


def busy_s(process: psutil.Process) -> float:
    """Processor time so far, to the nanosecond where the system tells it (else to the tick)."""
    try:
        tasks = list(Path(f"/proc/{process.pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except (OSError, IndexError, ValueError):
        return float(sum(process.cpu_times()[:2]))


def memory_mb(process: psutil.Process) -> float:
    """Resident memory of the server."""
    return float(process.memory_info().rss) / 1e6


def loads(windows: Sequence[Window]) -> list[float]:
    """% of a core, window by window."""
    return [window.load for window in windows]
