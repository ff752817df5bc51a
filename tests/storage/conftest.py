"""Every kind of database a store may be put on."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from storage.database import Database
from storage.tables import METADATA
from tests.storage.postgres import Server, serving

EMPTY = f"TRUNCATE {', '.join(METADATA.tables)} RESTART IDENTITY CASCADE"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL server for all tests that ask for it."""
    with serving() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """A new PostgreSQL database, without tables, gone afterwards."""
    url = postgres.fresh()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def migrated_url(postgres: Server) -> str:
    """A PostgreSQL database with today's tables, which tests share one after another."""
    url = postgres.fresh()
    open_once(url)
    return url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with today's tables, to copy from."""
    file = tmp_path_factory.mktemp("migrated") / "fathom.db"
    open_once(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: a test that asks for it runs once on each kind."""
    if request.param == "sqlite":
        shutil.copy2(request.getfixturevalue("migrated_file"), tmp_path / "fathom.db")
        return f"sqlite:///{tmp_path}/fathom.db"
    shared: str = request.getfixturevalue("migrated_url")
    with psycopg.connect(shared) as connection:
        connection.execute("SET lock_timeout = 10000")
        connection.execute(EMPTY.encode())
    return shared


def open_once(url: str) -> None:
    """Give a database its tables."""

    async def run() -> None:
        await (await Database.open(url)).close()

    asyncio.run(run())
