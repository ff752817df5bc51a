"""From `python main.py` to the first page served, beside importing what the app declares.

Both are fresh processes in turn, caches warm (one start of each is not counted): bytecode, numba's
and the file system's. The app runs on its demo exchange, on a port and a data folder of its own.
Wall clock, because a start is waited for. The time to the first priced page needs a browser and is
not measured here.
"""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.app_process import ROOT, app
from benchmarks.frames import Frames
from benchmarks.report import Section
from benchmarks.row import Row, at_most
from benchmarks.stopwatch import WALL, in_turn, ratio

ROUNDS = 7
DECLARED = (
    "nicegui, plotly, websockets, httpx, msgspec, numpy, numba, sklearn, pandas, sqlmodel, "
    "alembic, pydantic_settings"
)
"""What requirements.in lists, by import name."""


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
    return "A start", f"Fresh processes in turn, wall clock. Imports: {DECLARED}.", [row]


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
