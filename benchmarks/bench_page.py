"""The live page: what twenty open tabs cost the server, and what reaches them.

The app runs in its own process on its demo exchange (ten books a second), the tabs are light
clients here. Processor time is the server's own: feed, exchange, costs and pages together. A bare
WebSocket server, also a process, sends the same bytes to as many clients at the same rate; held
against it is what the nineteen tabs after the first add. A naive page, loop lag and the delay to
the screen need a browser or a second page, and are not measured here.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks.app_process import ROOT, app, free_port
from benchmarks.frames import Frames
from benchmarks.light_tab import LightTab, listen
from benchmarks.report import Section
from benchmarks.row import Row, at_least, at_most
from benchmarks.stopwatch import Spread

TABS = 20
RATE_HZ = 10
WINDOWS = 5
WINDOW_S = 4.0
SETTLE_S = 8.0
START_S = 2.0


def run(frames: Frames, *, quick: bool = False) -> Section:
    """The frames are not needed."""
    windows, window_s, settle_s = (1, 1.0, 3.0) if quick else (WINDOWS, WINDOW_S, SETTLE_S)
    rows = asyncio.run(Measurement(windows, window_s, settle_s).rows())
    return "A live page", f"{TABS} tabs at {RATE_HZ} Hz, {windows} windows of {window_s:g} s.", rows


class Measurement:
    """One app, one bare server, and the tabs at each."""

    def __init__(self, windows: int, window_s: float, settle_s: float) -> None:
        self.windows, self.window_s, self.settle_s = windows, window_s, settle_s
        self.listeners: list[asyncio.Task[None]] = []

    async def rows(self) -> list[Row]:
        """One tab, then all, then the bare server."""
        tabs: list[LightTab] = []
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            port, process = stack.enter_context(app(folder))
            server = psutil.Process(process.pid)
            await self._open(tabs, port, 1)
            alone, _ = await self._watch(server, tabs)
            await self._open(tabs, port, TABS - 1)
            full, traffic = await self._watch(server, tabs)
            self._close()
        bare = await self._bare(tabs[0].last_paint)
        added = [(a - b) * TABS / (TABS - 1) for a, b in zip(full, alone, strict=True)]
        text = f"one tab {Spread.of(alone).median:.1f} %, bare {Spread.of(bare).median:.1f} %"
        return [
            Row(
                work=f"server with {TABS} tabs, feed and exchange included",
                reference="one core",
                ratio=Spread.of(full),
                unit="%",
                target=at_most(20),
                note=text,
            ),
            Row(
                work=f"what {TABS} tabs add",
                reference="bare WebSocket, the same bytes and rate",
                ratio=Spread.of([a / b for a, b in zip(added, bare, strict=True)]),
                target=at_most(2.5),
                note=text,
            ),
            Row(
                work="traffic of a tab, uncompressed",
                reference="",
                ratio=Spread.of([received / 1e3 for received, _ in traffic]),
                unit="kB/s",
                target=at_most(8),
            ),
            Row(
                work="ladders a tab is sent",
                reference="",
                ratio=Spread.of([painted for _, painted in traffic]),
                unit="Hz",
                target=at_least(9.5),
            ),
        ]

    async def _open(self, tabs: list[LightTab], port: int, n: int) -> None:
        opened = [LightTab(port) for _ in range(n)]
        tabs += opened
        await self._settle([tab.run() for tab in opened])

    async def _settle(self, listening: list[Coroutine[Any, Any, None]]) -> None:
        self.listeners += [asyncio.create_task(each) for each in listening]
        await asyncio.sleep(self.settle_s)
        for listener in self.listeners:
            if listener.done():
                listener.result()
                raise RuntimeError("a tab was cut off")

    def _close(self) -> None:
        for listener in self.listeners:
            listener.cancel()
        self.listeners.clear()

    async def _watch(
        self, server: psutil.Process, tabs: list[LightTab]
    ) -> tuple[list[float], list[tuple[float, float]]]:
        """By window: % of a core; (bytes/s, ladders/s) of a tab."""
        load: list[float] = []
        traffic: list[tuple[float, float]] = []
        loop = asyncio.get_running_loop()
        for _ in range(self.windows):
            for tab in tabs:
                tab.traffic.clear()
            begin, busy = loop.time(), sum(server.cpu_times()[:2])
            await asyncio.sleep(self.window_s)
            took = loop.time() - begin
            load.append((sum(server.cpu_times()[:2]) - busy) / took * 100)
            share = took * max(1, len(tabs))
            received = sum(tab.traffic.received for tab in tabs)
            traffic.append((received / share, sum(tab.traffic.painted for tab in tabs) / share))
        return load, traffic

    async def _bare(self, text: str) -> list[float]:
        port = free_port()
        with bare_server(port, RATE_HZ, text) as process:
            await self._settle([listen(f"ws://127.0.0.1:{port}") for _ in range(TABS)])
            load, _ = await self._watch(psutil.Process(process.pid), [])
            self._close()
        return load


@contextmanager
def bare_server(port: int, rate_hz: float, text: str) -> "Iterator[subprocess.Popen[bytes]]":
    """The least that sends this text to everyone at this rate."""
    command = [sys.executable, "-m", "benchmarks.bare_socket", str(port), str(rate_hz)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
    try:
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        time.sleep(START_S)
        yield process
    finally:
        process.terminate()
        process.wait()
