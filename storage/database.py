"""Opens the database: one writer, several readers, all off the event loop.

SQLite runs in WAL mode with synchronous=FULL: every commit waits until the disk has it. NORMAL
would be faster and survive a kill, but may lose the last commits when the power goes, and the
page has said "saved" by then. The wait is shared by all writes that are queued together.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from storage import schema
from storage.errors import DatabaseDamaged, StorageClosed, StorageError, in_our_words
from storage.lock import SingleOwner
from storage.writer import Writer

T = TypeVar("T")
READERS = 4
BUSY_TIMEOUT_MS = 5_000
EVERYWHERE = (f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "trusted_schema=OFF")
WRITER_PRAGMAS = (
    *EVERYWHERE,
    "journal_mode=WAL",
    "synchronous=FULL",
    "fullfsync=ON",  # macOS: without it the disk's own cache may still hold the commit
)
READER_PRAGMAS = (*EVERYWHERE, "query_only=ON")


class Database:
    """A database that is open, migrated and ours alone."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._file = _sqlite_file(self._url)
        self._owner = SingleOwner(self._file) if self._file else None
        self._writing = _engine(self._url, 1, "BEGIN IMMEDIATE", WRITER_PRAGMAS)
        self._reading = _engine(self._url, READERS, "BEGIN", READER_PRAGMAS)
        self._writer = Writer(self._writing)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="storage-reader")
        self._is_open = False

    @classmethod
    async def open(cls, url: str) -> Self:
        """Create or open, lock and migrate; any StorageError says what stands in the way."""
        return await asyncio.to_thread(cls.open_now, url)

    @classmethod
    def open_now(cls, url: str) -> Self:
        """The same, blocking: for the start, before an event loop runs."""
        database = cls(url)
        database._start()
        return database

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
        if self._is_open:
            self._is_open = False
            await asyncio.to_thread(self._stop)

    def _check_open(self) -> None:
        if not self._is_open:
            raise StorageClosed("The history is closed; start Fathom again.")

    def _read(self, work: Callable[[Connection], T]) -> T:
        with in_our_words(), self._reading.connect() as connection:
            return work(connection)

    def _start(self) -> None:
        try:
            with in_our_words(str(self._file or self._url)):
                if self._file and self._owner:
                    _prepare(self._file)
                    self._owner.acquire()
                schema.upgrade(self._writing, self._file)
        except BaseException:
            self._let_go()
            raise
        self._writer.start()
        self._is_open = True

    def _stop(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        self._let_go()

    def _let_go(self) -> None:
        self._reading.dispose()
        self._writing.dispose()
        if self._owner:
            self._owner.release()


def _sqlite_file(url: URL) -> Path | None:
    """Where an SQLite database lies; None for a server."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise StorageError("A database in memory keeps nothing; name a file.")
    return Path(url.database).resolve()


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


def _engine(url: URL, connections: int, begin: str, pragmas: tuple[str, ...]) -> Engine:
    """A pool that opens nothing yet. SQLite's transactions are begun by us, not by the driver."""
    engine = create_engine(url, pool_size=connections, max_overflow=0)
    if url.get_backend_name() == "sqlite":

        @event.listens_for(engine, "connect")
        def set_up(connection: Any, _record: object) -> None:
            connection.isolation_level = None
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}").close()

        @event.listens_for(engine, "begin")
        def start_transaction(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine
