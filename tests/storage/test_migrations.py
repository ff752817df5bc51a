import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import schema
from storage.database import Database
from storage.errors import DatabaseDamaged, SchemaTooNew
from storage.store import Store
from storage.tables import METADATA
from tests.storage.samples import sample

TODAY = schema.HEAD
ADD_NOTE = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "TODAY"

def upgrade() -> None:
    op.add_column("estimates", sa.Column("note", sa.String(), nullable=True))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fathom.db"


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tomorrow's migrations: today's and one more, which adds a column."""
    folder = tmp_path / "migrations of 100% tomorrow"
    shutil.copytree(schema.MIGRATIONS, folder)
    added = folder / "versions" / "r9999_note.py"
    added.write_text(ADD_NOTE.replace("TODAY", TODAY))
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    monkeypatch.setattr(schema, "HEAD", "9999")
    return added


async def keep_one(file: Path) -> None:
    async with await Store.open(f"sqlite:///{file}") as store:
        await store.estimates.save(*sample())


async def reopen(file: Path) -> None:
    await (await Database.open(f"sqlite:///{file}")).close()


def ask(file: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(question).fetchall()


def content(file: Path) -> bytes:
    return file.read_bytes()


def make_it_fail(migration: Path) -> None:
    migration.write_text(f"{migration.read_text()}    raise RuntimeError('half way')\n")


def copies(file: Path) -> list[Path]:
    return sorted(file.parent.glob("fathom.before-*"))


async def test_a_new_database_has_todays_tables(file: Path) -> None:
    database = await Database.open(f"sqlite:///{file}")
    differences = await database.read(
        lambda c: compare_metadata(MigrationContext.configure(c), METADATA)
    )
    await database.close()
    assert differences == []


def test_the_head_written_down_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


async def test_it_works_from_any_folder(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await reopen(file)
    assert ask(file, "SELECT version_num FROM alembic_version") == [(schema.HEAD,)]


async def test_a_new_database_needs_no_copy(file: Path) -> None:
    await reopen(file)
    await reopen(file)
    assert copies(file) == []


async def test_an_older_database_is_brought_up_to_date(
    file: Path, request: pytest.FixtureRequest
) -> None:
    await keep_one(file)
    request.getfixturevalue("next_revision")
    await reopen(file)
    assert ask(file, "SELECT id, note FROM estimates") == [(1, None)]


async def test_an_older_database_is_copied_first(
    file: Path, request: pytest.FixtureRequest
) -> None:
    await keep_one(file)
    request.getfixturevalue("next_revision")
    await reopen(file)
    [copy] = copies(file)
    assert ask(copy, "SELECT version_num FROM alembic_version") == [(TODAY,)]
    assert ask(copy, "SELECT id FROM estimates") == [(1,)]


async def test_a_migration_that_fails_changes_nothing(
    file: Path, request: pytest.FixtureRequest
) -> None:
    await keep_one(file)
    before = ask(file, "SELECT sql FROM sqlite_master")
    added: Path = request.getfixturevalue("next_revision")
    make_it_fail(added)
    with pytest.raises(RuntimeError, match="half way"):
        await reopen(file)
    assert ask(file, "SELECT sql FROM sqlite_master") == before
    assert ask(file, "SELECT version_num FROM alembic_version") == [(TODAY,)]


async def test_a_newer_database_is_refused_and_left_alone(file: Path) -> None:
    await keep_one(file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = content(file)
    with pytest.raises(SchemaTooNew, match=r"schema 9999.*Nothing was changed"):
        await reopen(file)
    assert content(file) == before


async def test_the_database_of_another_program_is_refused_and_left_alone(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE recipes (id INTEGER)")
    with pytest.raises(DatabaseDamaged, match=r"another program \(recipes\)"):
        await reopen(file)
    assert ask(file, "SELECT name FROM sqlite_master") == [("recipes",)]


async def test_an_interrupted_copy_does_not_look_like_a_copy(
    file: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep_one(file)
    request.getfixturevalue("next_revision")

    def fails(_self: Path, _target: Path) -> Path:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(Exception, match="No space left"):
        await reopen(file)
    assert copies(file) == []
