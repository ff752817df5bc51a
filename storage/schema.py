"""Brings a database to today's tables when it is opened, and refuses those it does not know."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, inspect, select, text

from storage.errors import DatabaseDamaged, SchemaTooNew

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0005"
"""The newest revision in migrations/versions; a test keeps the two in step.

Written down so that the usual start, with nothing to migrate, need not load Alembic."""
MIGRATION_LOCK = 0x_FA_7403
"""Ours among PostgreSQL's advisory locks."""
MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, file: Path | None) -> None:
    """Run what is missing, all or nothing, after a copy of a `file` that already holds rows.

    On a server several apps may start at once: the first migrates and the others wait for it.
    """
    with engine.connect() as connection:
        found = revision(connection)
    if found == HEAD:
        return
    if found is not None and file is not None:
        back_up(file, found)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            found = revision(connection)
        if found != HEAD:
            _migrate(connection, found)


def revision(connection: Connection) -> str | None:
    """The database's revision; None when it is empty, DatabaseDamaged when it is not ours."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise DatabaseDamaged(
            f"The database holds tables of another program ({', '.join(sorted(tables)[:3])}) "
            "and was left as it is. Choose another with FATHOM_DATABASE_URL."
        )
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def back_up(file: Path, found: str) -> Path:
    """Copy an SQLite file, whole or not at all, and say where the copy is."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    copy = file.with_name(f"{file.stem}.before-{found}.{stamp}{file.suffix}")
    unfinished = copy.with_name(f"{copy.name}.part")
    unfinished.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(file)) as rows, closing(sqlite3.connect(unfinished)) as target:
            rows.backup(target)
        return unfinished.replace(copy)
    finally:
        unfinished.unlink(missing_ok=True)


def revisions() -> frozenset[str]:
    """Every revision this Fathom knows."""
    from alembic.script import ScriptDirectory

    return frozenset(
        script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()
    )


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _migrate(connection: Connection, found: str | None) -> None:
    from alembic import command

    if found is not None and found not in revisions():
        raise SchemaTooNew(
            f"A newer Fathom wrote this database (schema {found}; this one knows up to {HEAD}). "
            "Nothing was changed. Update Fathom, or choose another folder with FATHOM_DATA_DIR."
        )
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
