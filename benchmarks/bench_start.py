"""From `python main.py` to the first page served, beside importing what the app declares.

Both are fresh processes in turn, caches warm (one start of each is not counted): bytecode, numba's
and the file system's. The app runs on its demo exchange, on a port and a data folder of its own.
Wall clock, because a start is waited for. The time to the first priced page needs a browser and is
not measured here.
"""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.frames import Frames
from benchmarks.report import Section
from benchmarks.row import Row, at_most
from benchmarks.stopwatch import WALL, in_turn, ratio

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 7
DECLARED = (
    "nicegui, plotly, websockets, httpx, msgspec, numpy, numba, sklearn, pandas, sqlmodel, "
    "alembic, pydantic_settings"
)
"""What requirements.in lists, by import name."""
PATIENCE_S = 60.0
POLL_S = 0.005


def run(frames: Frames, *, quick: bool = False) -> Section:
    """The frames are not needed."""
    with TemporaryDirectory() as folder:
        measures: dict[str, Callable[[], float]] = {
            "app": lambda: first_page(Path(folder)),
            "imports": lambda: imports(),
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
    port = free_port()
    settings = {
        "FATHOM_SOURCE": "demo",
        "FATHOM_PORT": str(port),
        "FATHOM_DATA_DIR": str(data),
        "FATHOM_OPEN_BROWSER": "false",
        "FATHOM_LOG_LEVEL": "error",
    }
    others = {k: v for k, v in os.environ.items() if not k.startswith("FATHOM_")}
    begin = WALL()
    app = subprocess.Popen(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env=others | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not serves(port):
            if app.poll() is not None:
                raise RuntimeError(f"the app ended with code {app.returncode} before it served")
            if WALL() - begin > PATIENCE_S * 1e9:
                raise TimeoutError(f"no page within {PATIENCE_S:g} s")
            time.sleep(POLL_S)
        return WALL() - begin
    finally:
        app.terminate()
        app.wait(timeout=PATIENCE_S)


def serves(port: int) -> bool:
    """Whether the first page is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (ConnectionError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
