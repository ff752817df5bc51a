"""One process per database file, told by an advisory lock beside it.

The kernel drops the lock when its holder ends, however it ends, so a kill leaves nothing stale.
The lock file itself stays: removing it would let two processes lock two files of one name.
"""

import fcntl
import os
from pathlib import Path

from storage.errors import HeldElsewhere


class SingleOwner:
    """Holds `<database>.lock` from `acquire` to `release`."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}.lock")
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock now, or raise HeldElsewhere; OSError where the folder refuses."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace") or "unknown"
            os.close(descriptor)
            raise HeldElsewhere(
                f"Another Fathom (process {holder}) is using {self._database}. Stop it first, "
                "or give this one its own folder with FATHOM_DATA_DIR."
            ) from None
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next process in; twice is harmless."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
