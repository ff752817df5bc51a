"""Every kind of database a store may be put on."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.storage.postgres import Server, serving


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL server for all tests that ask for it."""
    with serving() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Server) -> str:
    """A new PostgreSQL database, without tables."""
    return postgres.fresh()


@pytest.fixture(scope="session")
def migrated_server(postgres: Server) -> str:
    """The name of a PostgreSQL database with today's tables, to copy from."""
    url = postgres.fresh()
    open_once(url)
    return url.partition("@/")[2].partition("?")[0]


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
    server: Server = request.getfixturevalue("postgres")
    return server.fresh(f"TEMPLATE {request.getfixturevalue('migrated_server')}")


def open_once(url: str) -> None:
    """Give a database its tables."""

    async def run() -> None:
        await (await Database.open(url)).close()

    asyncio.run(run())
