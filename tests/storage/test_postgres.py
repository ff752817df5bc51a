"""What only a server can do, or fail at."""

import asyncio
import re

import pytest
from sqlalchemy import text as sql

from storage.database import Database
from storage.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    ReadOnly,
    StorageError,
    Unreachable,
    UnusableAddress,
)
from storage.store import Store
from tests.storage.kill import kill_often
from tests.storage.postgres import Server, serving
from tests.storage.samples import sample

KILLS = 6


async def test_several_apps_share_one_database(postgres_url: str) -> None:
    async with await Store.open(postgres_url) as one, await Store.open(postgres_url) as other:
        saves = (store.estimates.save(*sample()) for store in (one, other) for _ in range(50))
        numbers = await asyncio.gather(*saves)
        assert len(set(numbers)) == 100
        assert await one.estimates.count() == await other.estimates.count() == 100


async def test_apps_that_start_together_migrate_once(postgres_url: str) -> None:
    opened = await asyncio.gather(*(Database.open(postgres_url) for _ in range(4)))
    kept = await opened[0].read(
        lambda c: c.execute(sql("SELECT count(*) FROM alembic_version")).scalar()
    )
    await asyncio.gather(*(database.close() for database in opened))
    assert kept == 1


async def test_a_reader_sees_one_moment(postgres_url: str) -> None:
    async with await Store.open(postgres_url) as store:
        await store.estimates.save(*sample())
        loop = asyncio.get_running_loop()

        def twice(connection):  # type: ignore[no-untyped-def]
            count = sql("SELECT count(*) FROM estimates")
            first = connection.execute(count).scalar()
            saved = asyncio.run_coroutine_threadsafe(store.estimates.save(*sample()), loop)
            saved.result(10)
            return first, connection.execute(count).scalar()

        assert await store._database.read(twice) == (1, 1)


async def test_a_reader_cannot_write_to_a_server_either(postgres_url: str) -> None:
    async with await Store.open(postgres_url) as store:
        with pytest.raises(ReadOnly):
            await store._database.read(lambda c: c.execute(sql("DELETE FROM estimates")).rowcount)


async def test_a_table_that_is_locked_is_waited_for_and_then_named(postgres_url: str) -> None:
    async with await Store.open(postgres_url) as one, await Store.open(postgres_url) as other:
        await one._database.write(lambda c: c.execute(sql("SET lock_timeout = 20")).rowcount)
        loop = asyncio.get_running_loop()

        def hold(connection):  # type: ignore[no-untyped-def]
            connection.execute(sql("LOCK TABLE estimates"))
            saving = asyncio.run_coroutine_threadsafe(one.estimates.save(*sample()), loop)
            return saving.exception(10)

        refused = await other._database.write(hold)
        assert isinstance(refused, DatabaseLocked) and "Nothing of this change" in str(refused)
        assert one.health.state == "busy"
        await one.estimates.save(*sample())
        assert one.health.is_ok


async def test_what_a_server_cannot_hold_hurts_no_other_write(postgres_url: str) -> None:
    async with await Store.open(postgres_url) as store:
        jobs = [
            store._database.write(lambda c: c.execute(sql("SELECT 1")).scalar()),
            store._database.write(lambda c: c.execute(sql("SELECT 1 / 0")).scalar()),
            store._database.write(lambda c: c.execute(sql("SELECT 2")).scalar()),
        ]
        one, refused, two = await asyncio.gather(*jobs, return_exceptions=True)
        assert (one, two) == (1, 2) and isinstance(refused, StorageError)


async def test_a_database_that_is_not_there_is_named_without_the_password(
    postgres: Server,
) -> None:
    url = postgres.url("absent").replace("postgres@", "postgres:very-secret@")
    with pytest.raises(Unreachable, match="absent") as refusal:
        await Store.open(url)
    assert "very-secret" not in str(refusal.value)


async def test_a_server_that_does_not_answer_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Unreachable, match="does not answer"):
        await Store.open(f"postgresql://postgres@/fathom?host={tmp_path}")


async def test_a_database_of_another_encoding_is_refused(postgres: Server) -> None:
    url = postgres.fresh("TEMPLATE template0 ENCODING 'SQL_ASCII'")
    with pytest.raises(UnusableAddress, match=r"SQL_ASCII.*UTF8"):
        await Store.open(url)


async def test_the_tables_of_another_program_are_left_alone(postgres: Server) -> None:
    url = postgres.fresh()
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE recipes (id INTEGER)")
    with pytest.raises(DatabaseDamaged, match=re.escape("another program (recipes)")):
        await Store.open(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://localhost", "names no database"),
        ("mysql://localhost/x", "mysql is not a database Fathom knows"),
        ("fathom", "cannot be read"),
    ],
)
async def test_an_address_that_cannot_be_meant_is_refused(url: str, said: str) -> None:
    with pytest.raises(UnusableAddress, match=said):
        await Store.open(url)


def test_everything_confirmed_survives_the_kill_of_an_app(postgres_url: str) -> None:
    toll = kill_often(postgres_url, KILLS)
    assert toll.missing == 0 and toll.kept >= toll.confirmed > KILLS


async def test_saving_resumes_by_itself_when_the_server_is_back() -> None:
    with serving() as server:
        database = Database.open_or_keep_trying(server.fresh(), first_pause_s=0.02)
        store = Store(database, "test")
        await store.estimates.save(*sample())
        await asyncio.to_thread(server.stop)
        with pytest.raises(Unreachable, match="Nothing of this change was saved"):
            await store.estimates.save(*sample())
        assert store.health.state == "unreachable"
        await asyncio.to_thread(server.start)
        while not store.health.is_ok:
            await asyncio.sleep(0.01)
        await store.estimates.save(*sample())
        assert await store.estimates.count() == 2
        await store.close()
