"""Brings a database to today's tables when it is opened, and refuses those it does not know."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from storage.errors import DatabaseDamaged, SchemaTooNew

HEAD = "0005"
"""The newest revision in migrations/versions; a test keeps the two in step.

Written down so that the usual start, with nothing to migrate, need not load Alembic."""
MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, file: Path | None) -> None:
    """Run what is missing, all or nothing, after a copy of a `file` that already holds rows."""
    with engine.connect() as connection:
        found = revision(connection)
    if found == HEAD:
        return
    if found is not None and file is not None:
        back_up(file, found)
    with engine.begin() as connection:
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


def _migrate(connection: Connection, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaTooNew(
            f"A newer Fathom wrote this database (schema {found}; this one knows up to {HEAD}). "
            "Nothing was changed. Update Fathom, or choose another folder with FATHOM_DATA_DIR."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
