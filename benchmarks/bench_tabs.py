"""Growth in tabs: what 1, 5, 20 and 50 open Trade pages cost, and what is left when they close.

One app on its demo exchange; the tabs are light clients here. Closed tabs are forgotten by the
server some 15 s after their socket went (until then they may come back), so the memory afterwards
is read later than that. Twenty tabs come and go twice: what the second time adds, beyond what the
app with one tab adds in the same time (histories and learning fill up), is what leaks.
"""

import asyncio
from collections.abc import Mapping
from math import log
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

from benchmarks.app_process import app
from benchmarks.crowd import Crowd, loads, memory_mb
from benchmarks.frames import Frames
from benchmarks.light_tab import LADDER
from benchmarks.report import Section
from benchmarks.row import Row, at_least, at_most
from benchmarks.stopwatch import Spread

SIZES = (1, 5, 20, 50)
CROWD = 20
WINDOWS, WINDOW_S, SETTLE_S = 4, 3.0, 6.0
FIRST_SETTLE_S = 20.0
"""What is imported and compiled late is there by then."""
FORGOTTEN_S = 22.0
TURNS = 2


def run(frames: Frames, *, quick: bool = False) -> Section:
    """The frames are not needed."""
    measured = _measure(1, 1.0, 1.0, 1.0) if quick else _measure()
    return "Growth in tabs", f"{WINDOWS} windows of {WINDOW_S:g} s.", asyncio.run(measured)


async def _measure(
    windows: int = WINDOWS,
    window_s: float = WINDOW_S,
    settle_s: float = SETTLE_S,
    first_s: float = FIRST_SETTLE_S,
) -> list[Row]:
    load: dict[int, float] = {}
    slowest: dict[int, float] = {}
    with TemporaryDirectory() as folder, app(Path(folder)) as (port, process):
        server, crowd, stays = (
            psutil.Process(process.pid),
            Crowd(port, paint=LADDER),
            Crowd(port, paint=LADDER),
        )
        await stays.grow(1, first_s)
        at_rest = memory_mb(server)
        memory = [at_rest]
        for _ in range(TURNS):
            await crowd.grow(CROWD, settle_s)
            memory.append(memory_mb(server))
            await crowd.leave()
            await asyncio.sleep(FORGOTTEN_S)
            memory.append(memory_mb(server))
        await asyncio.sleep(settle_s + FORGOTTEN_S)
        memory.append(memory_mb(server))
        await stays.leave()
        for size in SIZES:
            await crowd.grow(size, settle_s)
            seen = await crowd.watch(server, windows, window_s)
            load[size], slowest[size] = median(loads(seen)), min(each.slowest for each in seen)
        await crowd.leave()
    return [*_growth(load, slowest), *_memory(memory)]


def _growth(load: Mapping[int, float], slowest: Mapping[int, float]) -> list[Row]:
    """The exponent is of what is added to one tab's load, between the last two sizes."""
    few, many = SIZES[-2:]
    added = {size: max(load[size] - load[1], 1e-3) for size in (few, many)}
    exponent = log(added[many] / added[few]) / log((many - 1) / (few - 1))
    return [
        Row(
            work="server load against tabs, exponent",
            reference="linear: 1",
            ratio=Spread.of([exponent]),
            unit="",
            target=at_most(1.1),
            note="% of a core: " + _told(load, ".1f"),
        ),
        Row(
            work=f"ladders the slowest of {many} tabs is sent",
            reference="",
            ratio=Spread.of([slowest[many]]),
            unit="Hz",
            target=at_least(4),
            note="Hz: " + _told(slowest, ".1f"),
        ),
    ]


def _memory(memory: list[float]) -> list[Row]:
    """memory: at rest with one tab, with the crowd and without it turn by turn, then one tab on."""
    at_rest, first_full, first_left, _, second_left, later = memory
    alone = later - second_left
    told = ", ".join(f"{each:.0f}" for each in memory)
    return [
        Row(
            work=f"memory a tab takes, {CROWD} tabs",
            reference="",
            ratio=Spread.of([(first_full - at_rest) / CROWD]),
            unit="MB",
            note=f"MB with one tab, with {CROWD} more and without, twice, later: {told}",
        ),
        Row(
            work=f"memory left after {CROWD} tabs came and went a second time",
            reference="after the first time",
            ratio=Spread.of([second_left - first_left - alone]),
            unit="MB",
            target=at_most(10),
            note=f"less the {alone:.0f} MB that one tab and learning add in as much time",
        ),
    ]


def _told(values: Mapping[int, float], form: str) -> str:
    return ", ".join(f"{size} tabs {value:{form}}" for size, value in values.items())
