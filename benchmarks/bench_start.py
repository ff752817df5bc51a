"""From `python main.py` to the first page served and to the first price on a screen.

The start to the first page and the imports of what the app declares are fresh processes in turn,
caches warm (one of each is not counted): bytecode, numba's and the file system's. The price is seen
by a Chromium that was running before, with an empty cache of its own; so is the first load of the
page on an app that runs already. The very first run has an empty data folder: kernels are compiled,
the database is made. The app runs on its demo exchange. Wall clock, because a start is waited for.
"""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.async_api import Browser

from benchmarks.app_process import ROOT, app
from benchmarks.frames import Frames
from benchmarks.report import Section
from benchmarks.row import Bound, Row, at_most
from benchmarks.screen import FirstLoad, NoChromium, chromium, first_load
from benchmarks.stopwatch import WALL, Spread, in_turn, ratio

ROUNDS, SCREEN_ROUNDS = 5, 3
DECLARED = (
    "nicegui, plotly, websockets, httpx, msgspec, numpy, numba, sklearn, pandas, sqlmodel, "
    "alembic, pydantic_settings"
)
"""What requirements.in lists, by import name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start with a browser waiting."""

    served_s: float
    priced_s: float
    load: FirstLoad
    again: FirstLoad
    """The page once more, on the app that runs, in a browser with an empty cache."""


def run(frames: Frames, *, quick: bool = False) -> Section:
    """The frames are not needed."""
    with TemporaryDirectory() as folder:
        measures: dict[str, Callable[[], float]] = {
            "app": partial(first_page, Path(folder)),
            "imports": imports,
        }
        times = in_turn(measures, rounds=1 if quick else ROUNDS)
        seconds = {name: f"{median(taken) / 1e9:.2f} s" for name, taken in times.items()}
        row = Row(
            work="start to the first HTTP 200, caches warm",
            reference="importing the declared packages",
            ratio=ratio(times, "app", "imports"),
            target=at_most(1.3),
            note=f"median {seconds['app']} against {seconds['imports']}",
        )
        screen = asyncio.run(_on_screen(Path(folder), rounds=1 if quick else SCREEN_ROUNDS))
    method = f"Fresh processes in turn, wall clock. Imports: {DECLARED}."
    return "A start", method, [row, *screen]


def imports() -> float:
    """Nanoseconds of a process that imports and ends."""
    begin = WALL()
    subprocess.run([sys.executable, "-c", f"import {DECLARED}"], check=True, cwd=ROOT)
    return WALL() - begin


def first_page(data: Path) -> float:
    """Nanoseconds until the app has served its first page."""
    begin = WALL()
    with app(data):
        return WALL() - begin


async def _on_screen(warm: Path, rounds: int) -> list[Row]:
    try:
        async with chromium() as browser:
            starts = [await _start(browser, warm) for _ in range(rounds)]
            with TemporaryDirectory() as empty:
                first = await _start(browser, Path(empty))
    except NoChromium as error:
        return [Row(work="start to the first price", reference="", note=str(error))]
    return _rows(starts, first)


async def _start(browser: Browser, data: Path) -> Start:
    begin = WALL()
    with app(data) as (port, _):
        served_s = (WALL() - begin) / 1e9
        load = await first_load(browser, f"http://127.0.0.1:{port}/")
        again = await first_load(browser, f"http://127.0.0.1:{port}/")
    priced_s = served_s + load.priced_ms / 1e3
    return Start(served_s=served_s, priced_s=priced_s, load=load, again=again)


def _rows(starts: list[Start], first: Start) -> list[Row]:
    loads = [each.again for each in starts]
    return [
        _row("start to the first price, caches warm", "s", [each.priced_s for each in starts]),
        _row(
            "from the first HTTP 200 to the first price, caches warm",
            "s",
            [each.priced_s - each.served_s for each in starts],
            at_most(2),
        ),
        _row(
            "very first run, to the first price",
            "s",
            [first.priced_s],
            note=f"first HTTP 200 after {first.served_s:.1f} s; then kernels are compiled",
        ),
        _row(
            "first paint of the page, empty cache", "s", [each.painted_ms / 1e3 for each in loads]
        ),
        _row("first price on it", "s", [each.priced_ms / 1e3 for each in loads], at_most(2.5)),
        _row(
            "first load over the wire",
            "MB",
            [each.mb for each in loads],
            at_most(0.9),
            note=f"{loads[0].files} files",
        ),
    ]


def _row(
    work: str, unit: str, values: list[float], target: Bound | None = None, note: str = ""
) -> Row:
    return Row(
        work=work, reference="", ratio=Spread.of(values), unit=unit, target=target, note=note
    )
