"""A store that cannot be opened or written says so, lets the app run, and mends itself."""

import asyncio
import errno
import os
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from storage.database import Database
from storage.errors import (
    DatabaseLocked,
    DiskFailed,
    DiskFull,
    NotStorable,
    ReadOnly,
    StorageClosed,
    StorageUnavailable,
    UnknownEstimate,
    UnusableAddress,
    from_driver,
)
from storage.health import FAULTS, TITLES, Condition
from storage.probe import cause
from storage.store import Store
from tests.storage.processes import CONTEXT, opening_elsewhere
from tests.storage.samples import sample

SOON_S = 0.005


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fathom.db"


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    """One that tries again at once."""
    opened = begin(file)
    yield opened
    await opened.close()


def begin(file: Path) -> Database:
    return Database.open_or_keep_trying(f"sqlite:///{file}", first_pause_s=SOON_S)


JUNK = b"not a database at all"


def spoil(file: Path) -> None:
    file.write_bytes(JUNK)


def mend(file: Path) -> None:
    file.unlink()


def content(file: Path) -> bytes:
    return file.read_bytes()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(SOON_S)


async def save(database: Database) -> int:
    return await Store(database, "test").estimates.save(*sample())


async def pragma(database: Database, text: str) -> object:
    return await database.write(lambda c: c.exec_driver_sql(f"PRAGMA {text}").scalar())


# -- while it runs ------------------------------------------------------------------------------


async def test_all_is_well_from_the_start(database: Database) -> None:
    health = database.health
    assert (health.state, health.is_open, health.faults, health.reason) == ("ok", True, 0, "")


async def test_a_request_that_is_itself_at_fault_says_nothing_about_the_store(
    database: Database,
) -> None:
    store = Store(database, "test")
    with pytest.raises(UnknownEstimate):
        await store.estimates.delete(7)
    with pytest.raises(NotStorable):
        await store.estimates.get(2**70)
    assert database.health.is_ok


async def test_a_full_database_is_told_and_seen_to_have_room_again(database: Database) -> None:
    pages = await pragma(database, "page_count")
    await pragma(database, f"max_page_count = {pages}")
    with pytest.raises(DiskFull):
        for _ in range(50):
            await save(database)
    health = database.health
    assert (health.state, health.title, health.is_open) == ("full", "DISK FULL", True)
    assert "Free some space" in health.reason
    await until(lambda: database.health.faults > 2)  # it was tried again, in vain
    assert database.health.since_ns == health.since_ns
    await pragma(database, "max_page_count = 100000")
    await until(lambda: database.health.is_ok)
    await save(database)


async def test_a_lock_that_goes_away_is_noticed_without_a_save(
    database: Database, file: Path
) -> None:
    await pragma(database, "busy_timeout = 1")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked):
            await save(database)
        assert database.health.state == "busy"
        other.execute("ROLLBACK")
    await until(lambda: database.health.is_ok)


async def test_looking_for_room_leaves_nothing_behind(database: Database) -> None:
    def refuse(_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    event.listen(database._writing, "commit", refuse)
    with pytest.raises(ReadOnly):
        await save(database)
    event.remove(database._writing, "commit", refuse)
    await until(lambda: database.health.is_ok)
    assert await Store(database, "test").errors.recent() == ()


async def test_a_disk_without_room_stays_full_though_a_small_write_would_fit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = [10_000]
    usage = type("usage", (), {"free": property(lambda _: room[0])})
    monkeypatch.setattr("storage.probe.shutil.disk_usage", lambda _: usage())
    database._condition.failed(DiskFull("The disk is full."), is_open=True)
    await until(lambda: database.health.faults > 2)
    assert database.health.state == "full"
    room[0] = 1 << 30
    await until(lambda: database.health.is_ok)


async def test_how_many_writes_wait_is_told(database: Database) -> None:
    from threading import Event

    gate, started = Event(), Event()

    def hold(_: object) -> None:
        started.set()
        gate.wait()

    stuck = asyncio.create_task(database.write(hold))
    await until(started.is_set)
    waiting = [asyncio.create_task(save(database)) for _ in range(3)]
    await until(lambda: database.health.waiting == 3)
    gate.set()
    await asyncio.gather(stuck, *waiting)
    assert database.health.waiting == 0


async def test_a_closed_store_is_closed_and_not_at_fault(file: Path) -> None:
    database = begin(file)
    await database.close()
    assert (database.health.state, database.health.is_open) == ("closed", False)


# -- at the start -------------------------------------------------------------------------------


async def test_a_folder_that_cannot_be_written_is_used_once_it_can(tmp_path: Path) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where the folder should be")
    database = begin(in_the_way / "fathom.db")
    assert not database.health.is_open and str(in_the_way) in database.health.reason
    with pytest.raises(StorageUnavailable, match="quotes go on"):
        await save(database)
    in_the_way.unlink()
    await until(lambda: database.health.is_ok)
    assert await save(database) == 1
    await database.close()


async def test_a_damaged_file_is_left_alone_and_used_once_it_was_replaced(
    tmp_path: Path, file: Path
) -> None:
    whole = tmp_path / "whole.db"
    await begin(whole).close()
    spoil(file)
    database = begin(file)
    assert (database.health.state, database.health.title) == ("damaged", "DATABASE DAMAGED")
    assert content(file) == JUNK
    whole.replace(file)
    await until(lambda: database.health.is_ok)
    await database.close()


async def test_a_newer_database_is_left_alone_and_said(file: Path) -> None:
    await begin(file).close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    database = begin(file)
    assert database.health.state == "newer" and "Update Fathom" in database.health.reason
    await database.close()


async def test_the_second_app_on_a_file_names_the_first_and_follows_when_it_ends(
    database: Database, file: Path
) -> None:
    await save(database)
    second = begin(file)
    assert (second.health.state, second.health.title) == ("held", "HISTORY IN USE")
    assert f"process {os.getpid()}" in second.health.reason
    with pytest.raises(StorageUnavailable, match="process"):
        await save(second)
    await save(database)
    await database.close()
    await until(lambda: second.health.is_ok)
    assert await save(second) == 3
    await second.close()


async def test_an_app_that_waits_for_the_file_does_not_hold_it(file: Path) -> None:
    spoil(file)
    waiting = Database.open_or_keep_trying(f"sqlite:///{file}", first_pause_s=3600)
    mend(file)
    kind, _ = await asyncio.to_thread(opening_elsewhere, f"sqlite:///{file}")
    assert kind == "opened"
    await waiting.close()


async def test_closing_while_it_waits_ends_at_once(file: Path) -> None:
    spoil(file)
    database = Database.open_or_keep_trying(f"sqlite:///{file}", first_pause_s=3600)
    async with asyncio.timeout(5):
        await database.close()
    with pytest.raises(StorageClosed):
        await save(database)


def test_an_address_that_cannot_be_meant_stops_the_start() -> None:
    with pytest.raises(UnusableAddress):
        Store.open_or_keep_trying("sqlite://")


# -- a real limit of the system, in a process of its own ----------------------------------------


async def test_a_file_that_may_not_grow_is_told_and_goes_on_when_it_may(file: Path) -> None:
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_meet_a_limit, args=(str(file), theirs), daemon=True)
    process.start()
    theirs.close()
    saved, state, after = await asyncio.to_thread(ours.recv)
    await asyncio.to_thread(process.join)
    ours.close()
    assert state in ("failed", "full")
    assert after == saved + 1
    async with await Store.open(f"sqlite:///{file}") as store:
        assert await store.estimates.count() == after
        integrity = await store._database.read(
            lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar()
        )
    assert integrity == "ok"


def _meet_a_limit(file: str, answer) -> None:  # type: ignore[no-untyped-def]
    """Save until the system refuses to let any file grow; lift the limit; save again."""

    async def run() -> None:
        store = Store(begin(Path(file)), "test")
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
        saved = 0
        try:
            while True:
                await store.estimates.save(*sample())
                saved += 1
        except (DiskFailed, DiskFull):
            state = store.health.state
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await until(lambda: store.health.is_ok)
        await store.estimates.save(*sample())
        answer.send((saved, state, await store.estimates.count()))
        await store.close()

    asyncio.run(run())


# -- the value itself ---------------------------------------------------------------------------


def test_every_state_has_a_title() -> None:
    assert {state for _, state in FAULTS} | {"ok", "closed"} == TITLES.keys()


def test_a_state_keeps_its_beginning_until_it_changes() -> None:
    now = [1]
    condition = Condition(lambda: now[0])
    seen = []
    for moment, error in ((2, None), (3, DiskFull("a")), (4, DiskFull("b")), (5, ReadOnly("c"))):
        now[0] = moment
        if error is None:
            condition.worked()
        else:
            condition.failed(error, is_open=True)
        seen.append((condition.health.state, condition.health.since_ns, condition.health.reason))
    assert seen == [("ok", 2, ""), ("full", 3, "a"), ("full", 3, "b"), ("read-only", 5, "c")]


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [
        ("53100", DiskFull),
        ("25006", ReadOnly),
        ("55P03", DatabaseLocked),
        ("40001", DatabaseLocked),
        ("22021", NotStorable),
        ("58030", DiskFailed),
    ],
)
def test_a_servers_complaint_is_told_apart_by_its_code(sqlstate: str, kind: type) -> None:
    error = type("Complaint", (Exception,), {"sqlstate": sqlstate})("said so")
    assert type(from_driver(error)) is kind


def test_a_failing_disk_without_room_is_called_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.probe.ROOM_BYTES", 1 << 62)
    found = cause(DiskFailed("disk I/O error"), tmp_path / "fathom.db")
    assert isinstance(found, DiskFull) and str(tmp_path) in str(found)


def test_a_failing_disk_with_room_is_called_failing(tmp_path: Path) -> None:
    error = DiskFailed("disk I/O error")
    assert cause(error, tmp_path / "fathom.db") is error
