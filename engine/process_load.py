"""What this process uses: processor time and memory."""

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

STATM = Path("/proc/self/statm")
"""Linux: sizes in pages; the second is what is resident now."""


@dataclass(frozen=True, slots=True)
class Load:
    """Since the reading before."""

    cpu: float
    """Share of one core; more than 1 when threads work."""
    memory: int
    """Resident now (bytes); the peak where the system does not tell more."""


class ProcessLoad:
    """Reads the load; each reading starts the next interval."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Load:
        """Load since the last reading."""
        wall, cpu = time.perf_counter(), time.process_time()
        share = (cpu - self._cpu) / max(wall - self._wall, 1e-9)
        self._wall, self._cpu = wall, cpu
        return Load(cpu=share, memory=_resident())


def _resident() -> int:
    try:
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
