"""A write that leaves nothing: whether there is room, and leave to write, again."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete, insert

from storage.desk_tables import ERRORS
from storage.errors import DiskFailed, DiskFull

ROOM_BYTES: Final = 1 << 20
"""Less than this on the disk is still full: it would be again after one save."""
PAGES: Final = "0" * (1 << 16)


def probe(file: Path | None) -> Callable[[Connection], None]:
    """Work for the writer. It grows the database by some pages, so that a quota is met too."""

    def work(connection: Connection) -> None:
        if file and shutil.disk_usage(file.parent).free < ROOM_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file.parent))
        row = {"ns": 0, "kind": "probe", "text": PAGES, "count": 0}
        key = connection.execute(insert(ERRORS), row).inserted_primary_key
        assert key is not None
        connection.execute(delete(ERRORS).where(ERRORS.c.id == key[0]))

    return work


def cause(error: Exception, file: Path | None) -> Exception:
    """What is behind an error: SQLite calls it a failing disk when its index file finds no room."""
    if isinstance(error, DiskFailed) and file and file.parent.exists():
        free = shutil.disk_usage(file.parent).free
        if free < ROOM_BYTES:
            return DiskFull(
                f"The disk of {file.parent} is full: {free:,} bytes are free. Free some space."
            )
    return error
