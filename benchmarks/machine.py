"""Where and with what the numbers were taken: a ratio means little without it."""

import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "numpy", "numba", "msgspec", "orjson", "scikit-learn", "websockets", "nicegui",
    "ccxt", "nautilus_trader",
)  # fmt: skip


def describe() -> list[tuple[str, str]]:
    """Pairs of what and value, in the order they are shown."""
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    return [
        ("date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ("commit", commit()),
        ("processor", processor()),
        ("cores", str(os.cpu_count())),
        ("load of the last 1, 5, 15 minutes", load),
        ("system", f"{platform.system()} {platform.release()}, {platform.machine()}"),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("packages", ", ".join(versions(PACKAGES))),
    ]


def commit() -> str:
    """Short hash of the code, marked when files differ from it."""
    head = _git("rev-parse", "--short", "HEAD")
    if not head:
        return "none yet"
    return f"{head} with changes" if _git("status", "--porcelain") else head


def processor() -> str:
    """The model's name; Python's own answer is empty on Linux."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def versions(packages: Iterable[str]) -> Iterable[str]:
    """Name and version, or "not installed"."""
    for package in packages:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package} not installed"


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
