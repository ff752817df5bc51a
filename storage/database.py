"""Opens the database: one writer, several readers, all off the event loop.

SQLite runs in WAL mode with synchronous=FULL: every commit waits until the disk has it. NORMAL
would be faster and survive a kill, but may lose the last commits when the power goes, and the
page has said "saved" by then. The wait is shared by all writes that are queued together.

An SQLite file has one owner; a PostgreSQL database may serve several apps at once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection

from storage import schema
from storage.address import READERS, Address
from storage.errors import (
    DatabaseDamaged,
    StorageBusy,
    StorageClosed,
    StorageError,
    StorageUnavailable,
    in_our_words,
)
from storage.health import Condition, StorageHealth
from storage.keeper import FIRST_PAUSE_S, Keeper
from storage.lock import SingleOwner
from storage.probe import cause, probe
from storage.writer import Writer

T = TypeVar("T")


class Database:
    """A database that is open and migrated, or says why not and keeps trying."""

    def __init__(self, url: str, *, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self.address = Address(url)
        file = self.address.file
        self._owner = SingleOwner(file) if file else None
        self._writing = self.address.writing()
        self._reading = self.address.reading()
        self._condition = Condition()
        self._writer = Writer(self._writing, tell=self._told)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="storage-reader")
        self._keeper = Keeper(self._condition, self._try_again, first_pause_s)
        self._is_open = False
        self._is_closed = False

    @classmethod
    async def open(cls, url: str) -> Self:
        """Create or open, lock and migrate; any StorageError says what stands in the way."""
        return await asyncio.to_thread(cls.open_now, url)

    @classmethod
    def open_now(cls, url: str) -> Self:
        """The same, blocking: for the start, before an event loop runs."""
        database = cls(url)
        database._start()
        database._keeper.start()
        return database

    @classmethod
    def open_or_keep_trying(cls, url: str, *, first_pause_s: float = FIRST_PAUSE_S) -> Self:
        """Open it now (blocking), or in the background as soon as that becomes possible.

        `health` says which. Only an address that cannot be meant is raised.
        """
        database = cls(url, first_pause_s=first_pause_s)
        database._try_again()
        database._keeper.start()
        return database

    @property
    def health(self) -> StorageHealth:
        """Whether saving works, since when, and what is wrong if it does not."""
        return replace(self._condition.health, waiting=self._writer.waiting)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the writer's thread; its result arrives after the commit.

        `work` may run twice (see writer.py), so it does nothing but database work.
        """
        self._check_open()
        return await asyncio.wrap_future(self._writer.submit(work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a reader's thread on one consistent view; it cannot write."""
        self._check_open()
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def close(self) -> None:
        """Commit what is queued, then let go of the file; twice is harmless."""
        if not self._is_closed:
            self._is_closed = True
            await asyncio.to_thread(self._stop)

    def _check_open(self) -> None:
        if self._is_closed:
            raise StorageClosed("The history is closed; start Fathom again.")
        if not self._is_open:
            raise StorageUnavailable(
                f"There is no history at the moment. {self._condition.health.reason} "
                "Fathom keeps trying; quotes go on."
            )

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with in_our_words(), self._reading.connect() as connection:
                return work(connection)
        except StorageError as error:
            self._failed(error, is_open=True)
            raise

    def _told(self, error: Exception | None) -> None:
        """How a commit went; the writer calls it."""
        if error is None:
            self._condition.worked()
        else:
            self._failed(error, is_open=True)

    def _failed(self, error: Exception, *, is_open: bool) -> None:
        self._condition.failed(cause(error, self.address.file), is_open=is_open)

    def _start(self) -> None:
        file = self.address.file
        try:
            with in_our_words(str(self.address)):
                if file and self._owner:
                    _prepare(file)
                    self._owner.acquire()
                schema.upgrade(self._writing, file)
        except BaseException:
            self._let_go()
            raise
        self._writer.start()
        self._is_open = True
        self._condition.worked()

    def _try_again(self) -> None:
        """Open what is not open, write what could not be written; report either way.

        The keeper's thread has nobody above it to catch, so every failure ends up in the health.
        """
        try:
            if self._is_open:
                self._writer.submit(probe(self.address.file)).exception()
            else:
                self._start()
        except StorageBusy:
            return
        except Exception as error:
            self._failed(error, is_open=False)

    def _stop(self) -> None:
        self._keeper.close()
        if self._is_open:
            self._is_open = False
            self._writer.close()
        self._readers.shutdown()
        self._let_go()
        self._condition.closed()

    def _let_go(self) -> None:
        self._reading.dispose()
        self._writing.dispose()
        if self._owner:
            self._owner.release()


def _prepare(file: Path) -> None:
    """Make the folder and the file, readable by their owner only."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    journal = file.with_name(f"{file.name}-wal")
    if file.stat().st_size == 0 and journal.exists() and journal.stat().st_size > 0:
        raise DatabaseDamaged(
            f"{file} is empty but its journal {journal.name} is not: the file was cut off. "
            "Both were left as they are; restore a copy, or move both away to start afresh."
        )
