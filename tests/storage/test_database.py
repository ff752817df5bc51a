import asyncio
import errno
import os
import random
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, current_thread

import pytest
from sqlalchemy import Connection, event
from sqlalchemy import text as sql

from storage.database import Database
from storage.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    DiskFull,
    HeldElsewhere,
    ReadOnly,
    StorageBusy,
    StorageClosed,
    StorageError,
)
from storage.store import Store
from storage.writer import Writer
from tests.storage.kill import kill_often
from tests.storage.processes import opening_elsewhere
from tests.storage.samples import sample

KILLS = 20
NOBODY = 65534


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "fathom.db"


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    opened = await Database.open(url_of(file))
    yield opened
    await opened.close()


@pytest.fixture
async def store(file: Path) -> AsyncIterator[Store]:
    async with await Store.open(url_of(file)) as opened:
        yield opened


@pytest.fixture
def foreign_folder() -> Iterator[Path]:
    """A folder that may be read but not written. Permission bits do not stop root, so root
    steps down to another user for as long as the test runs."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    try:
        if is_root:
            os.seteuid(NOBODY)
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def pragma(name: str) -> Callable[[Connection], object]:
    """Work that sets or reads a pragma."""

    def work(connection: Connection) -> object:
        result = connection.exec_driver_sql(f"PRAGMA {name}")
        return result.scalar() if result.returns_rows else None

    return work


async def test_the_folder_is_closed_to_others(database: Database, file: Path) -> None:
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_the_files_are_closed_to_others(store: Store, file: Path) -> None:
    await store.estimates.save(*sample())
    assert {stat.S_IMODE(f.stat().st_mode) for f in file.parent.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
async def test_the_writer_is_set_up_for_safety(
    database: Database, name: str, value: object
) -> None:
    assert await database.write(pragma(name)) == value


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(ReadOnly):
        await database.read(lambda c: c.execute(sql("DELETE FROM estimates")).rowcount)


async def test_no_work_runs_on_the_event_loop(database: Database) -> None:
    threads = [
        await database.write(lambda _: current_thread().name),
        await database.read(lambda _: current_thread().name),
    ]
    assert threads == ["storage-writer", "storage-reader_0"]


async def test_what_was_saved_is_there_after_reopening(file: Path) -> None:
    async with await Store.open(url_of(file)) as store:
        number = await store.estimates.save(*sample())
        saved = await store.estimates.get(number)
    async with await Store.open(url_of(file)) as store:
        assert await store.estimates.get(number) == saved


def test_a_store_opened_before_the_loop_runs_works_inside_it(file: Path) -> None:
    store = Store.open_now(url_of(file))

    async def use() -> int:
        async with store:
            return await store.estimates.save(*sample())

    assert asyncio.run(use()) == 1


async def test_closing_finishes_what_is_queued(file: Path) -> None:
    store = await Store.open(url_of(file))
    saving = [asyncio.create_task(store.estimates.save(*sample())) for _ in range(50)]
    await asyncio.sleep(0)  # each task has queued its work
    await store.close()
    numbers = await asyncio.gather(*saving)
    async with await Store.open(url_of(file)) as again:
        assert await again.estimates.count() == len(numbers) == 50


async def test_closing_twice_is_harmless(file: Path) -> None:
    store = await Store.open(url_of(file))
    await store.close()
    await store.close()


async def test_a_closed_store_says_so(file: Path) -> None:
    store = await Store.open(url_of(file))
    await store.close()
    with pytest.raises(StorageClosed):
        await store.estimates.recent()


async def test_more_writes_than_the_queue_holds_are_refused_at_once(database: Database) -> None:
    gate = Event()
    writer = Writer(database._writing, limit=2)
    writer.start()
    stuck = writer.submit(lambda _: gate.wait())
    while not stuck.running():
        await asyncio.sleep(0)
    waiting = [writer.submit(lambda _: 1) for _ in range(2)]
    with pytest.raises(StorageBusy, match="not saved"):
        writer.submit(lambda _: 1)
    gate.set()
    writer.close()
    assert [answer.result() for answer in waiting] == [1, 1]


async def test_a_write_that_was_given_up_before_its_turn_is_not_done(store: Store) -> None:
    started, gate = Event(), Event()

    def wait(_: Connection) -> None:
        started.set()
        gate.wait()

    stuck = asyncio.create_task(store._database.write(wait))
    while not started.is_set():
        await asyncio.sleep(0)
    given_up = asyncio.create_task(store.estimates.save(*sample()))
    await asyncio.sleep(0)  # it has queued its work
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    gate.set()
    await stuck
    kept = await store.estimates.save(*sample())
    assert [line.id for line in await store.estimates.recent()] == [kept]


async def test_no_answer_comes_before_the_commit(database: Database) -> None:
    writer = Writer(database._writing)
    answers = [writer.submit(lambda _: 1) for _ in range(3)]
    early: list[bool] = []
    event.listen(database._writing, "commit", lambda _: early.extend(a.done() for a in answers))
    writer.start()
    writer.close()
    assert early == [False, False, False]


async def test_a_commit_that_fails_is_answered_as_not_saved(database: Database) -> None:
    writer = Writer(database._writing)
    answers = [writer.submit(lambda _: 1) for _ in range(3)]

    def refuse(_: Connection) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    event.listen(database._writing, "commit", refuse)
    writer.start()
    writer.close()
    assert [type(answer.exception()) for answer in answers] == [DiskFull] * 3


async def test_a_work_that_fails_leaves_nothing_behind(store: Store) -> None:
    await store.estimates.save(*sample())

    def half_done(connection: Connection) -> None:
        connection.execute(sql("DELETE FROM receipts"))
        raise KeyError("on purpose")

    with pytest.raises(KeyError):
        await store._database.write(half_done)
    assert (await store.estimates.receipt(1)).book.seq == 7


async def test_a_second_process_is_told_who_holds_the_file(store: Store, file: Path) -> None:
    kind, text = await asyncio.to_thread(opening_elsewhere, url_of(file))
    assert kind == HeldElsewhere.__name__
    assert f"process {os.getpid()}" in text and str(file) in text and "FATHOM_DATA_DIR" in text


async def test_a_second_process_does_not_disturb_the_first(store: Store, file: Path) -> None:
    await asyncio.to_thread(opening_elsewhere, url_of(file))
    await store.estimates.save(*sample())
    assert await store.estimates.count() == 1


async def test_another_process_may_open_once_the_first_has_closed(file: Path) -> None:
    async with await Store.open(url_of(file)):
        pass
    kind, _ = await asyncio.to_thread(opening_elsewhere, url_of(file))
    assert kind == "opened"


async def test_a_link_to_the_file_is_the_same_file(store: Store, file: Path) -> None:
    link = file.parent.parent / "link.db"
    link.symlink_to(file)
    with pytest.raises(DatabaseLocked):
        await Store.open(url_of(link))


async def test_a_program_that_locks_the_tables_is_named_as_the_cause(
    store: Store, file: Path
) -> None:
    await store._database.write(pragma("busy_timeout = 1"))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked, match="another program"):
            await store.estimates.save(*sample())


async def test_a_locked_database_is_waited_for_once_and_not_once_per_job(
    database: Database, file: Path
) -> None:
    await database.write(pragma("busy_timeout = 1"))
    attempts: list[object] = []
    event.listen(database._writing, "before_cursor_execute", lambda *said: attempts.append(said[2]))
    writer = Writer(database._writing)
    answers = [writer.submit(lambda _: 1) for _ in range(20)]
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.start()
        writer.close()
    assert {type(answer.exception()) for answer in answers} == {DatabaseLocked}
    assert attempts == ["BEGIN IMMEDIATE"]


async def test_saving_resumes_when_the_lock_is_gone(store: Store, file: Path) -> None:
    await store._database.write(pragma("busy_timeout = 1"))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        saves = (store.estimates.save(*sample()) for _ in range(20))
        refused = await asyncio.gather(*saves, return_exceptions=True)
        other.execute("ROLLBACK")
    assert {type(answer) for answer in refused} == {DatabaseLocked}
    await store.estimates.save(*sample())
    assert await store.estimates.count() == 1


def test_everything_confirmed_survives_kill_9(file: Path) -> None:
    toll = kill_often(url_of(file), KILLS)
    assert (toll.missing, toll.integrity) == (0, "ok")
    assert toll.confirmed > KILLS and toll.kept >= toll.confirmed


async def test_a_full_disk_is_said_and_nothing_is_half_saved(store: Store) -> None:
    before = await fill_up(store)
    with pytest.raises(DiskFull, match="disk is full"):
        await store.estimates.save(*sample())
    assert await store.estimates.count() == before


async def test_reading_goes_on_while_the_disk_is_full(store: Store) -> None:
    before = await fill_up(store)
    assert len(await store.estimates.recent(1000)) == before


async def test_saving_resumes_when_there_is_room_again(store: Store) -> None:
    before = await fill_up(store)
    await store._database.write(pragma("max_page_count = 100000"))
    await store.estimates.save(*sample())
    assert await store.estimates.count() == before + 1


async def test_a_batch_meets_a_full_disk_without_losing_what_was_confirmed(store: Store) -> None:
    before = await fill_up(store, leaving=8)
    saves = (store.estimates.save(*sample()) for _ in range(100))
    answers = await asyncio.gather(*saves, return_exceptions=True)
    confirmed = [answer for answer in answers if isinstance(answer, int)]
    assert {type(answer) for answer in answers} == {int, DiskFull}
    assert await store.estimates.count() == before + len(confirmed)


async def fill_up(store: Store, leaving: int = 0) -> int:
    """Let the database grow no further than `leaving` pages; returns how many lines it holds."""
    await store.estimates.save(*sample())
    pages = await store._database.write(pragma("page_count"))
    assert isinstance(pages, int)
    await store._database.write(pragma(f"max_page_count = {pages + leaving}"))
    if leaving == 0:
        with pytest.raises(DiskFull):
            for _ in range(50):
                await store.estimates.save(*sample())
    return await store.estimates.count()


def allow_writing(store: Store, allowed: bool) -> None:
    """What a file system that is remounted read-only does to the writer's connection."""
    with closing(store._database._writing.raw_connection()) as connection:
        connection.cursor().execute(f"PRAGMA query_only = {'OFF' if allowed else 'ON'}").close()


async def test_a_database_that_turns_read_only_is_named_so(store: Store) -> None:
    allow_writing(store, False)
    with pytest.raises(ReadOnly, match="read-only"):
        await store.estimates.save(*sample())


async def test_saving_resumes_when_writing_is_allowed_again(store: Store) -> None:
    allow_writing(store, False)
    with pytest.raises(ReadOnly):
        await store.estimates.save(*sample())
    allow_writing(store, True)
    assert await store.estimates.save(*sample()) == 1


async def test_a_folder_that_may_not_be_written_is_named(foreign_folder: Path) -> None:
    with pytest.raises(ReadOnly, match=str(foreign_folder)):
        await Store.open(url_of(foreign_folder / "fathom.db"))


async def test_a_folder_that_may_not_be_made_is_named(foreign_folder: Path) -> None:
    with pytest.raises(ReadOnly, match=str(foreign_folder / "data")):
        await Store.open(url_of(foreign_folder / "data" / "fathom.db"))


@pytest.mark.parametrize("content", [b"hello", random.Random(1).randbytes(20_000)])
async def test_a_file_that_is_no_database_is_named_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "fathom.db"
    file.write_bytes(content)
    with pytest.raises(DatabaseDamaged, match="left as it is"):
        await Store.open(url_of(file))
    assert file.read_bytes() == content


async def test_a_truncated_database_is_named_and_left_alone(file: Path) -> None:
    async with await Store.open(url_of(file)) as store:
        await store.estimates.save(*sample())
    rest = cut_in_half(file)
    with pytest.raises(DatabaseDamaged, match=str(file)):
        await Store.open(url_of(file))
    assert content(file) == rest


def content(file: Path) -> bytes:
    return file.read_bytes()


def cut_in_half(file: Path) -> bytes:
    """Drop the second half of a file; returns what is left."""
    rest = file.read_bytes()[: file.stat().st_size // 2]
    file.write_bytes(rest)
    return rest


def empty(file: Path) -> Path:
    """A file of no bytes, in a folder of its own."""
    file.parent.mkdir()
    file.touch()
    return file


async def test_an_emptied_database_with_a_journal_is_not_taken_for_a_new_one(file: Path) -> None:
    journal = empty(file).with_name("fathom.db-wal")
    journal.write_bytes(b"commits that were not moved yet")
    with pytest.raises(DatabaseDamaged, match="cut off"):
        await Store.open(url_of(file))
    assert journal.read_bytes() == b"commits that were not moved yet"


async def test_an_empty_file_becomes_a_database(file: Path) -> None:
    empty(file)
    async with await Store.open(url_of(file)) as store:
        assert await store.estimates.count() == 0


async def test_a_failed_opening_lets_the_next_one_try(tmp_path: Path) -> None:
    file = tmp_path / "fathom.db"
    file.write_bytes(b"junk")
    with pytest.raises(DatabaseDamaged):
        await Store.open(url_of(file))
    file.unlink()
    async with await Store.open(url_of(file)) as store:
        assert await store.estimates.count() == 0


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
async def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match="keeps nothing"):
        await Store.open(url)
