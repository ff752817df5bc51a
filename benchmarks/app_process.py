"""Servers in processes of their own; the app on its demo exchange, with its own data folder."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 60.0
POLL_S = 0.005
OURS = ("FATHOM_", "NICEGUI_", "PYTEST_")


@contextmanager
def app(data: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """(port, process) once it has served its first page; ended on leaving."""
    port = free_port()
    settings = {
        "FATHOM_SOURCE": "demo",
        "FATHOM_PORT": str(port),
        "FATHOM_DATA_DIR": str(data),
        "FATHOM_OPEN_BROWSER": "false",
        "FATHOM_TOUR": "false",
        "FATHOM_LOG_LEVEL": "error",
    }
    with server(["main.py"], port, settings) as process:
        yield port, process


@contextmanager
def server(
    words: Sequence[str],
    port: int,
    settings: Mapping[str, str] = MappingProxyType({}),
    told: bytes = b"",
) -> Iterator[subprocess.Popen[bytes]]:
    """Python with these words, once it answers at a port; `told` is what it reads first."""
    others = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=others | dict(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(told)
        process.stdin.close()
        _wait(process, port)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not serves(port):
        if process.poll() is not None:
            raise RuntimeError(f"the app ended with code {process.returncode} before it served")
        if time.monotonic() > deadline:
            raise TimeoutError(f"no page within {PATIENCE_S:g} s")
        time.sleep(POLL_S)


def serves(port: int) -> bool:
    """Whether the first page is there; a server without pages has at least refused."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status in (http.HTTPStatus.OK, http.HTTPStatus.NOT_FOUND)
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
