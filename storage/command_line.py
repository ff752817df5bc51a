"""The commands `backup` and `restore`. Arguments in, text out, an exit code.

The database's own modules are imported when one of the two runs: other commands start without.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.backup import Backup

DONE, FAILED = 0, 1


def add_commands(url: str, folder: Path) -> Callable[[Any], None]:
    """What adds both to a parser's commands, for the database at `url` kept in `folder`."""

    def add(commands: Any) -> None:
        one = commands.add_parser("backup", help="copy the database, also while Fathom runs")
        one.add_argument("file", type=Path, help="the copy; must not exist yet")
        one.set_defaults(command=lambda options: _told(lambda: _back_up(url, options.file)))
        two = commands.add_parser("restore", help="put a backup in the place of the database")
        two.add_argument("file", type=Path, help="a file that `backup` made")
        two.set_defaults(command=lambda options: _told(lambda: _restore(url, options, folder)))

    return add


def _back_up(url: str, file: Path) -> str:
    from storage.address import Address
    from storage.backup import back_up

    made = back_up(Address(url), file)
    return f"{made.file}: {_size(made)}, read back and whole"


def _restore(url: str, options: argparse.Namespace, folder: Path) -> str:
    from storage.address import Address
    from storage.restore import restore

    done = restore(Address(url), options.file, folder)
    kept = f"; what was there before is kept as {done.kept}" if done.kept else ""
    return f"restored {_size(done.backup)} from {done.backup.file}{kept}"


def _size(backup: "Backup") -> str:
    return f"{backup.rows:,} rows, {backup.bytes:,} bytes"


def _told(work: Callable[[], str]) -> int:
    from storage.errors import StorageError

    try:
        sys.stdout.write(f"{work()}\n")
    except StorageError as error:
        sys.stderr.write(f"fathom: {error}\n")
        return FAILED
    return DONE
