"""A backup of any database can be restored into any database, and nothing is lost on the way."""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from storage import schema
from storage.address import Address
from storage.backup import back_up, examine
from storage.errors import BackupRefused, DatabaseDamaged, HeldElsewhere, StorageError
from storage.restore import restore
from storage.store import Store
from tests.storage.processes import CONTEXT
from tests.storage.samples import named, sample
from tests.storage.test_desk_tables import TAPE

STRANGE = "=1+1 \x00 \x1a0 🦀"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with await Store.open(url) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database to restore into."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/other/fathom.db"
    empty: str = request.getfixturevalue("postgres_url")
    return empty


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "monday.db"


async def fill(store: Store) -> list[object]:
    """Some of everything; returns what `everything` should find."""
    await store.estimates.save(*sample())
    await store.estimates.save(*named(sample(), STRANGE))
    await store.configurations.save(STRANGE, "ticket", {"size": 0.1})
    await store.recordings.save(TAPE)
    alert = await store.alerts.add("wide", {"bps": 5})
    await store.alerts.spoke(alert.id, "on", 5.5, STRANGE)
    await store.errors.add("gap", STRANGE)
    return await everything(store)


async def everything(store: Store) -> list[object]:
    lines = [line async for page in store.estimates.pages() for line in page]
    receipts = [await store.estimates.receipt(line.id) for line in lines]
    return [
        lines,
        [receipt.estimate for receipt in receipts],
        await store.configurations.list(),
        await store.recordings.list(),
        await store.alerts.list(),
        await store.alerts.events(),
        await store.errors.recent(),
    ]


async def test_a_backup_restored_elsewhere_holds_everything(
    store: Store, target: Path, other_url: str, tmp_path: Path
) -> None:
    before = await fill(store)
    made = await store.back_up(target)
    await asyncio.to_thread(restore, Address(other_url), target, tmp_path)
    async with await Store.open(other_url) as other:
        assert await everything(other) == before
        assert made.revision == schema.HEAD and made.rows >= 9


async def test_new_rows_after_a_restore_get_numbers_of_their_own(
    store: Store, target: Path, other_url: str, tmp_path: Path
) -> None:
    await fill(store)
    await store.back_up(target)
    await asyncio.to_thread(restore, Address(other_url), target, tmp_path)
    async with await Store.open(other_url) as other:
        assert await other.estimates.save(*sample()) == 3
        assert (await other.recordings.save(replace(TAPE, file="b"))).id == 2


async def test_a_backup_is_a_moment_that_was(store: Store, target: Path) -> None:
    saving = asyncio.create_task(save_for_a_while(store))
    await asyncio.sleep(0)
    await store.back_up(target)
    await saving
    async with await Store.open(f"sqlite:///{target}") as copy:
        kept = [line.id async for page in copy.estimates.pages() for line in page]
        for number in kept:
            await copy.estimates.receipt(number)
    assert kept == list(range(1, len(kept) + 1))


async def save_for_a_while(store: Store) -> None:
    for _ in range(60):
        await store.estimates.save(*sample())


def test_a_backup_is_for_its_owner_and_leaves_no_scraps(migrated_file: Path, target: Path) -> None:
    back_up(Address(f"sqlite:///{migrated_file}"), target)
    assert [file.name for file in target.parent.iterdir()] == [target.name]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


async def test_a_file_that_is_there_is_not_overwritten(store: Store, target: Path) -> None:
    first = await store.back_up(target)
    with pytest.raises(BackupRefused, match="exists already"):
        await store.back_up(target)
    assert examine(target) == first


async def test_a_place_that_cannot_be_written_is_named(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=str(tmp_path / "file")):
        await store.back_up(tmp_path / "file" / "monday.db")


async def test_restoring_keeps_what_was_there(
    store: Store, target: Path, url: str, tmp_path: Path
) -> None:
    await fill(store)
    await store.back_up(target)
    await store.estimates.save(*sample())
    after = await everything(store)
    await store.close()
    done = await asyncio.to_thread(restore, Address(url), target, tmp_path)
    assert done.kept is not None
    async with await Store.open(f"sqlite:///{done.kept}") as kept:
        assert await everything(kept) == after
    async with await Store.open(url) as restored:
        assert await restored.estimates.count() == 2


# -- files --------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fathom.db"


async def kept_in(file: Path, count: int) -> None:
    async with await Store.open(f"sqlite:///{file}") as store:
        for _ in range(count):
            await store.estimates.save(*sample())


async def test_a_file_in_use_is_not_replaced(file: Path, target: Path, tmp_path: Path) -> None:
    await kept_in(file, 2)
    await asyncio.to_thread(back_up, Address(f"sqlite:///{file}"), target)
    async with await Store.open(f"sqlite:///{file}") as store:
        with pytest.raises(HeldElsewhere, match="Stop it first"):
            restore(Address(f"sqlite:///{file}"), target, tmp_path)
        assert await store.estimates.count() == 2


async def test_a_damaged_database_can_be_replaced_and_is_kept(
    file: Path, target: Path, tmp_path: Path
) -> None:
    await kept_in(file, 2)
    back_up(Address(f"sqlite:///{file}"), target)
    spoil(file, journal=b"junk too")
    done = restore(Address(f"sqlite:///{file}"), target, tmp_path)
    assert done.kept is not None and content(done.kept) == b"junk"
    assert content(done.kept.with_name(f"{done.kept.name}-wal")) == b"junk too"
    async with await Store.open(f"sqlite:///{file}") as store:
        assert await store.estimates.count() == 2


async def test_commits_still_in_the_journal_of_a_killed_app_are_kept(
    file: Path, target: Path, tmp_path: Path
) -> None:
    await kept_in(file, 1)
    back_up(Address(f"sqlite:///{file}"), target)
    process = CONTEXT.Process(target=_save_and_die, args=(str(file),))
    process.start()
    await asyncio.to_thread(process.join)
    assert file.with_name("fathom.db-wal").stat().st_size > 0
    done = restore(Address(f"sqlite:///{file}"), target, tmp_path)
    assert done.kept is not None
    async with await Store.open(f"sqlite:///{done.kept}") as kept:
        assert await kept.estimates.count() == 3


def _save_and_die(file: str) -> None:
    import os

    async def run() -> None:
        store = await Store.open(f"sqlite:///{file}")
        await store.estimates.save(*sample())
        await store.estimates.save(*sample())
        os._exit(0)

    asyncio.run(run())


def spoil(file: Path, journal: bytes) -> None:
    file.write_bytes(b"junk")
    file.with_name(f"{file.name}-wal").write_bytes(journal)


def content(file: Path) -> bytes:
    return file.read_bytes()


def test_a_damaged_backup_is_refused_and_the_database_left_alone(
    file: Path, target: Path, tmp_path: Path
) -> None:
    asyncio.run(kept_in(file, 20))
    back_up(Address(f"sqlite:///{file}"), target)
    pages = bytearray(content(target))
    pages[4096 * 3 : 4096 * 6] = bytes(4096 * 3)
    target.write_bytes(pages)
    before = content(file)
    with pytest.raises(DatabaseDamaged, match=str(target)):
        restore(Address(f"sqlite:///{file}"), target, tmp_path)
    assert content(file) == before


def foreign(path: Path, revision: str | None) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE recipes (id INTEGER)")
        if revision:
            connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
            connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    return path


@pytest.mark.parametrize(
    ("revision", "said"), [(None, "not a backup of Fathom"), ("9999", "newer Fathom")]
)
def test_a_file_that_is_no_backup_of_ours_is_refused(
    tmp_path: Path, revision: str | None, said: str
) -> None:
    with pytest.raises(BackupRefused, match=said):
        examine(foreign(tmp_path / "x.db", revision))


def test_a_backup_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="no file"):
        examine(tmp_path / "absent.db")


def test_a_database_that_is_not_there_is_not_made_by_a_backup(file: Path, target: Path) -> None:
    with pytest.raises(BackupRefused, match="no database"):
        back_up(Address(f"sqlite:///{file}"), target)
    assert not file.exists() and not target.exists()
