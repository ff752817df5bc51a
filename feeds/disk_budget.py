"""How much disk recordings may take: one folder, one limit, shared by all who write there.

A finished segment may be deleted to make room only where the user allowed it; a file that no
recorder named is never deleted, though it counts.
"""

import re
from pathlib import Path
from threading import Lock
from typing import Final

RESERVE: Final = 256 << 10
"""Bytes kept back so that an open segment can be finished in good order."""
LEAST: Final = 4 * RESERVE
SUFFIX: Final = ".jsonl.gz"
SEGMENT: Final = re.compile(r"[A-Za-z0-9._-]+_\d{8}T\d{6}Z_\d{3,}\.jsonl\.gz")
"""How a recorder names its files: what, when it began (UTC), number of the segment."""


class DiskFull(OSError):
    """The limit is reached, and nothing may be deleted."""


class DiskBudget:
    """Bytes that may still be written. Several threads take from one."""

    def __init__(self, folder: Path, total: int, *, may_delete_oldest: bool = False) -> None:
        if total < LEAST:
            raise ValueError(f"recordings need at least {LEAST:,} bytes, not {total:,}")
        self.folder = folder
        self.total = total
        self.may_delete_oldest = may_delete_oldest
        self.deleted = 0
        """Segments deleted to make room."""
        self._lock = Lock()
        self._used = 0
        self._open: set[Path] = set()

    def begin(self, path: Path) -> None:
        """A new segment: makes the folder where there is none, and counts it anew."""
        with self._lock:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open.add(path)
            self._used = sum(file.stat().st_size for file in self.folder.glob(f"*{SUFFIX}"))

    def end(self, path: Path) -> None:
        """A segment is finished; from now on it may be deleted."""
        with self._lock:
            self._open.discard(path)

    def take(self, n_bytes: int) -> None:
        """Room for that many, or DiskFull."""
        with self._lock:
            while self._used + n_bytes > self.total - RESERVE:
                self._delete_oldest()
            self._used += n_bytes

    def _delete_oldest(self) -> None:
        finished = [
            (file.stat().st_mtime_ns, file)
            for file in self.folder.glob(f"*{SUFFIX}")
            if SEGMENT.fullmatch(file.name) and file not in self._open
        ]
        if not self.may_delete_oldest or not finished:
            raise DiskFull(
                f"the recordings in {self.folder} have reached their limit of {self.total:,} bytes"
            )
        _, oldest = min(finished)
        self._used -= oldest.stat().st_size
        oldest.unlink()
        self.deleted += 1
