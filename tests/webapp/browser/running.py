"""The real app as a process of its own, and a real Chromium in front of it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parents[3]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
]
OURS = ("FATHOM_", "NICEGUI_", "PYTEST_")
HUNG_UP = re.compile(
    r"^ERROR: +Exception in ASGI application\n(?:(?!ERROR|CRITICAL).*\n)*?"
    r"RuntimeError: No response returned\.\n",
    re.MULTILINE,
)
"""What NiceGUI's middleware writes when a browser goes away in the middle of a request."""
START_S, END_S = 60.0, 20.0


class App:
    """main.py, listening on loopback."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.folder = folder
        self.log = folder / "app.log"
        clean = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
        self._environment = clean | {
            "FATHOM_PORT": str(self.port),
            "FATHOM_DATA_DIR": str(folder / "data"),
            "FATHOM_SOURCE": "demo",
            "FATHOM_OPEN_BROWSER": "false",
            "FATHOM_TOUR": "false",
            **settings,
        }

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator["App"]:
        """Start, wait until it is ready, and end it in order."""
        with self.log.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "main.py"],
                cwd=PROJECT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait(process)
            yield self
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(END_S)

    def trouble(self) -> list[str]:
        """Lines of the log that should not be there."""
        words = ("ERROR", "CRITICAL", "Traceback")
        text = HUNG_UP.sub("", self.log.read_text())
        return [line for line in text.splitlines() if any(word in line for word in words)]

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end and process.poll() is None:
            try:
                if httpx.get(f"{self.url}/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"the app did not start:\n{self.log.read_text()}")


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own browser, or the one Playwright installed."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
