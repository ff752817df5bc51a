"""The live page: what twenty open tabs cost the server, and what reaches them.

The app runs in its own process on its demo exchange (ten books a second). Nineteen tabs are light
clients here, the twentieth is a real Chromium where there is one. Processor time is the server's
own: feed, exchange, costs and pages together. Beside it, in the same run, stand two others with as
many tabs. The bare server says again to every tab, message by message, what one tab was sent: it
is held against what the nineteen tabs after the first add. The naive page shows as much by bound
labels, a label per cell and a figure that is redrawn whole.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import httpx
import psutil
from playwright.async_api import Page

from benchmarks.app_process import app, free_port, server
from benchmarks.crowd import Crowd, Window, loads
from benchmarks.frames import Frames
from benchmarks.light_tab import LADDER, listen
from benchmarks.report import Section
from benchmarks.row import Row, at_least, at_most
from benchmarks.screen import NoChromium, chromium, late_ms, open_listening
from benchmarks.stopwatch import Spread

TABS = 20
RATE_HZ = 10
WINDOWS, WINDOW_S, SETTLE_S = 5, 4.0, 8.0
FIRST_SETTLE_S = 20.0
"""What is imported and compiled late is there by then."""
NAIVE_WINDOWS = 3
NAIVE_PAINT = '"update"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Of one run."""

    alone: list[Window]
    full: list[Window]
    bare: list[Window]
    naive: list[Window]
    lag_p99_ms: float
    sent_p95_ms: float
    """From the receipt of a book's message to the message that carries it to a tab."""
    late_ms: list[float]
    """From the arrival in a real browser to the painted frame; empty without one."""
    shown_hz: float
    """Ladders painted there."""
    why_not: str


def run(frames: Frames, *, quick: bool = False) -> Section:
    """The frames are not needed."""
    windows, window_s, settle_s = (1, 1.0, 3.0) if quick else (WINDOWS, WINDOW_S, SETTLE_S)
    first_s = settle_s if quick else FIRST_SETTLE_S
    seen = asyncio.run(_measure(windows, window_s, settle_s, first_s))
    method = f"{TABS} tabs at {RATE_HZ} Hz, {windows} windows of {window_s:g} s."
    return "A live page", method, [*_of_server(seen), *_of_tab(seen)]


async def _measure(windows: int, window_s: float, settle_s: float, first_s: float) -> Seen:
    with TemporaryDirectory() as folder, app(Path(folder)) as (port, process):
        watched, crowd = psutil.Process(process.pid), Crowd(port, paint=LADDER)
        await crowd.grow(1, first_s)
        alone = await crowd.watch(watched, windows, window_s)
        async with _screen(port) as (page, why_not):
            await crowd.grow(TABS if page is None else TABS - 1, settle_s)
            crowd.tabs[0].trace = trace = []
            full = await crowd.watch(watched, windows, window_s)
            crowd.tabs[0].trace = None
            late = await late_ms(page, windows * window_s) if page else []
            async with httpx.AsyncClient() as http:
                told = await http.get(f"http://127.0.0.1:{port}/performance/export.json")
        table = told.json()["latency_ms"]
        await crowd.leave()
    bare = await _bare(trace, windows, window_s, settle_s)
    naive = await _naive(min(windows, NAIVE_WINDOWS), window_s, settle_s)
    return Seen(
        alone=alone,
        full=full,
        bare=bare,
        naive=naive,
        lag_p99_ms=table["loop_lag"]["p99"],
        sent_p95_ms=table["end_to_end"]["p95"],
        late_ms=late,
        shown_hz=len(late) / (windows * window_s),
        why_not=why_not,
    )


@asynccontextmanager
async def _screen(port: int) -> AsyncIterator[tuple[Page | None, str]]:
    """A real tab, or None and why."""
    try:
        async with chromium() as browser:
            yield await open_listening(browser, f"http://127.0.0.1:{port}/"), ""
    except NoChromium as error:
        yield None, str(error)


async def _bare(
    trace: list[tuple[float, str]], windows: int, window_s: float, settle_s: float
) -> list[Window]:
    port, begin = free_port(), trace[0][0]
    moments = [(at - begin, text) for at, text in trace]
    told = json.dumps({"trace": moments, "period_s": windows * window_s}).encode()
    with server(["-m", "benchmarks.bare_socket", str(port)], port, told=told) as process:
        tasks = [asyncio.create_task(listen(f"ws://127.0.0.1:{port}")) for _ in range(TABS)]
        await asyncio.sleep(settle_s)
        found = await Crowd(port, paint="").watch(psutil.Process(process.pid), windows, window_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return found


async def _naive(windows: int, window_s: float, settle_s: float) -> list[Window]:
    """It loses sockets when it falls behind; a tab that is cut off stays away."""
    port = free_port()
    with server(["-m", "benchmarks.contenders.naive_page", str(port)], port) as process:
        crowd = Crowd(port, paint=NAIVE_PAINT, may_be_cut=True)
        await crowd.grow(TABS, settle_s)
        found = await crowd.watch(psutil.Process(process.pid), windows, window_s)
        await crowd.leave()
    return found


def _of_server(seen: Seen) -> list[Row]:
    alone, full, bare = loads(seen.alone), loads(seen.full), loads(seen.bare)
    naive = Spread.of(loads(seen.naive)).median
    added = [(a - b) * TABS / (TABS - 1) for a, b in zip(full, alone, strict=True)]
    note = f"one tab {Spread.of(alone).median:.1f} %, bare {Spread.of(bare).median:.2f} %"
    return [
        Row(
            work=f"server with {TABS} tabs, feed and exchange included",
            reference="one core",
            ratio=Spread.of(full),
            unit="%",
            target=at_most(20),
            note=note,
        ),
        Row(
            work=f"what {TABS} tabs add: pricing, comparing, encoding, sending",
            reference="bare WebSocket in the same server, the same messages",
            ratio=Spread.of([a / b for a, b in zip(added, bare, strict=True)]),
            target=at_most(2.5),
            note=note,
        ),
        Row(
            work=f"naive page with {TABS} tabs, no feed, how many times the load",
            reference=f"ours with {TABS} tabs",
            ratio=Spread.of([naive / load for load in full]),
            note=f"naive {naive:.0f} % of a core, its tabs are painted "
            f"{Spread.of([w.painted for w in seen.naive]).median:.1f} times a second",
        ),
        Row(
            work=f"event loop late with {TABS} tabs, p99",
            reference="",
            ratio=Spread.of([seen.lag_p99_ms]),
            unit="ms",
            target=at_most(20),
        ),
    ]


def _of_tab(seen: Seen) -> list[Row]:
    return [
        Row(
            work="traffic of a tab, uncompressed",
            reference="",
            ratio=Spread.of([window.received / 1e3 for window in seen.full]),
            unit="kB/s",
            target=at_most(8),
        ),
        Row(
            work="ladders a tab is sent",
            reference="",
            ratio=Spread.of([window.painted for window in seen.full]),
            unit="Hz",
            target=at_least(9.5),
        ),
        Row(
            work="ladders the slowest tab is sent",
            reference="",
            ratio=Spread.of([window.slowest for window in seen.full]),
            unit="Hz",
            target=at_least(4),
        ),
        Row(
            work="ladders a real browser paints",
            reference="",
            ratio=Spread.of([seen.shown_hz]) if seen.late_ms else None,
            unit="Hz",
            target=at_least(9.5),
            note=seen.why_not,
        ),
        _delay(seen),
    ]


def _delay(seen: Seen) -> Row:
    """The sum of two 95th percentiles, which is not below the 95th of the sum of such parts."""
    late = quantiles(seen.late_ms, n=20)[-1] if len(seen.late_ms) > 1 else None
    return Row(
        work=f"from a book's message to the painted frame with {TABS} tabs, p95",
        reference="",
        ratio=None if late is None else Spread.of([seen.sent_p95_ms + late]),
        unit="ms",
        target=at_most(60),
        note=seen.why_not
        if late is None
        else f"receipt to sent {seen.sent_p95_ms:.0f} ms, arrival to painted {late:.0f} ms",
    )
