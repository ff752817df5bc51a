"""Imports into the folder of recordings: one at a time, with progress, and given up when told.

What may be imported is an archive of others (feeds/imports) or a recording of Fathom's own; both
lie in the import folder, where a user put them or an upload did. No name becomes a path: it is
looked up among the files that are there.
"""

import asyncio
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.recordings import Shelved, look_into
from feeds.base import FeedError
from feeds.disk_budget import SUFFIX
from feeds.imports.archive import Imported, import_archive, read_instruments
from market.errors import OrderError
from market.instrument import Instrument

FACTS: Final = ".facts.json"
UPLOAD_LIMIT: Final = 2 << 30
"""Bytes of one upload; larger archives are put into the folder by hand."""
WORK_S, REST_S = 0.002, 0.0005
"""How long the thread works before the event loop gets its turn."""
UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
PART: Final = ".upload"
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportState:
    """How the newest import stands."""

    file: str = ""
    messages: int = 0
    is_running: bool = False
    done: str = ""
    """What became of it, for the user."""
    problem: str = ""
    """What is wrong, with the line of the archive."""


class _GivenUp(Exception):
    """The user does not want it any more."""


class ImportDesk:
    """Reads what lies in one folder into another."""

    def __init__(self, inbox: Path, recordings: Path) -> None:
        self.inbox = inbox
        self._recordings = recordings
        self.state = ImportState()
        self._task: asyncio.Task[None] | None = None
        self._is_wanted = True

    @property
    def is_running(self) -> bool:
        """Whether one is under way."""
        return self._task is not None and not self._task.done()

    def waiting(self) -> tuple[str, ...]:
        """Names of the files in the import folder. Off the event loop."""
        files = sorted(path for path in self.inbox.glob("*") if path.is_file())
        names = (path.name for path in files)
        return tuple(n for n in names if not n.endswith((FACTS, PART)) and not n.startswith("."))

    def place_for(self, name: str) -> tuple[Path, Path]:
        """Where an upload of that name is written, and what it is called once it is whole."""
        safe = UNSAFE.sub("-", Path(name.replace("\\", "/")).name).lstrip(".-")[:100] or "upload"
        self.inbox.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.inbox / f"{safe}{PART}", self.inbox / safe

    def start(self, file: str, listed: Mapping[str, Instrument]) -> None:
        """Import one of `waiting`. OrderError where one is under way.

        listed  facts of instruments, by the venue's id; a file FILE.facts.json beside goes first
        """
        if self.is_running:
            raise OrderError("import", "one is under way", "cancel it first")
        self._is_wanted = True
        self.state = ImportState(file=file, is_running=True)
        self._task = asyncio.create_task(self._run(file, listed), name="import")

    def cancel(self) -> None:
        """Give it up; nothing of it is left behind."""
        self._is_wanted = False

    async def close(self) -> None:
        """Give it up and wait until that is done."""
        self.cancel()
        if self._task is not None:
            await asyncio.wait((self._task,))

    async def _run(self, file: str, listed: Mapping[str, Instrument]) -> None:
        messages = 0
        rested = time.monotonic()

        def told(count: int) -> None:
            nonlocal messages, rested
            messages = count
            self.state = ImportState(file=file, messages=count, is_running=True)
            if not self._is_wanted:
                raise _GivenUp
            if time.monotonic() - rested > WORK_S:
                time.sleep(REST_S)
                rested = time.monotonic()

        try:
            done = await asyncio.to_thread(self._work, file, listed, told)
        except _GivenUp:
            self.state = ImportState(file=file, messages=messages, problem="given up")
        except (FeedError, OrderError, OSError) as error:
            self.state = ImportState(file=file, messages=messages, problem=str(error))
        else:
            self.state = ImportState(file=file, messages=messages, done=done)

    def _work(
        self, file: str, listed: Mapping[str, Instrument], told: Callable[[int], None]
    ) -> str:
        if file not in self.waiting():
            raise OrderError("import", f"there is no {file[:80]!r}", "a file of the import folder")
        source = self.inbox / file
        self._recordings.mkdir(parents=True, exist_ok=True, mode=0o700)
        if file.endswith(SUFFIX) and _is_recording(source):
            return self._take_in(source)
        facts = source.with_name(file + FACTS)
        instruments = read_instruments(facts) if facts.is_file() else dict(listed)
        stem = UNSAFE.sub("-", file.partition(".")[0]) or "import"
        return _sentence(import_archive(source, self._free(stem), instruments, told))

    def _take_in(self, source: Path) -> str:
        """A recording of Fathom's own is copied as it is."""
        target = self._free(source.name.removesuffix(SUFFIX))
        part = target.with_name(f"{target.name}.part")
        try:
            shutil.copyfile(source, part)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
        return f"{target.name} was taken in as it is"

    def _free(self, stem: str) -> Path:
        names = (f"{stem}{f'-{n}' if n else ''}{SUFFIX}" for n in range(MOST_OF_A_NAME))
        found = next((n for n in names if not (self._recordings / n).exists()), None)
        if found is None:
            raise OrderError("import", f"{stem} is there {MOST_OF_A_NAME} times", "another name")
        return self._recordings / found


MOST_OF_A_NAME: Final = 100


def _is_recording(source: Path) -> bool:
    """Whether it can be played; an archive of others may end in the same letters."""
    stat = source.stat()
    shelved = Shelved(
        file=source.name, paths=(source,), bytes=stat.st_size, changed_ns=stat.st_mtime_ns
    )
    return not look_into(shelved).problem


def _sentence(imported: Imported) -> str:
    return (
        f"{imported.messages:,} messages of {', '.join(imported.symbols)} "
        f"({imported.format}) are in {imported.path.name}"
    )
