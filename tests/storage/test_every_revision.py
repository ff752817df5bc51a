"""A database of any earlier revision, with rows in every table, becomes today's with those rows."""

import asyncio
from datetime import date
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    insert,
    select,
)

from storage import receipt as receipts
from storage import schema
from storage.address import Address
from storage.history import row_of
from storage.store import Store
from storage.tables import METADATA
from tests import builders
from tests.storage.samples import sample

EARLIER = sorted(schema.revisions())
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path) -> str:  # type: ignore[no-untyped-def]
    """A database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/fathom.db"
    empty: str = request.getfixturevalue("postgres_url")
    return empty


def made_at(url: str, revision: str) -> Rows:
    """Give a database the tables of then and a row in each; returns those rows."""
    engine = Address(url).writing()
    config = schema._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        then = MetaData()
        then.reflect(connection)
        for table in then.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(insert(table), row_for(table))
        rows = {name: found(connection, table) for name, table in then.tables.items()}
    engine.dispose()
    return {name: kept for name, kept in rows.items() if name != "alembic_version"}


def row_for(table: Table) -> dict[str, Any]:
    """A real estimate where estimates go; something of each column's type elsewhere."""
    made, state = sample()
    receipt = receipts.Receipt(
        format=receipts.FORMAT,
        code_version="then",
        created_ns=builders.NOW_NS,
        estimate=receipts.with_fees(made),
        state=state,
    )
    body = receipts.encode(receipt)
    if table.name == "estimates":
        row = row_of(
            receipt.estimate,
            created_ns=builders.NOW_NS,
            code_version="then",
            receipt_sha256=receipts.digest(body),
        )
        return {name: value for name, value in row.items() if name in table.columns}
    values = {column.name: value_of(column) for column in table.columns if column.name != "id"}
    return values | ({"body": body} if table.name == "receipts" else {})


def value_of(column: Any) -> Any:
    for kind, value in VALUES:
        if isinstance(column.type, kind):
            return value
    return "text"


VALUES: tuple[tuple[type, Any], ...] = (
    (Boolean, True),
    (Integer, 1),
    (Float, 1.5),
    (Date, date(2026, 1, 2)),
    (LargeBinary, b"\x00\xff"),
)


def found(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table)).mappings()]


@pytest.mark.parametrize("revision", EARLIER)
async def test_rows_of_then_are_there_today(bare_url: str, revision: str) -> None:
    before = await asyncio.to_thread(made_at, bare_url, revision)
    async with await Store.open(bare_url) as store:

        def look(connection: Connection) -> tuple[Rows, list[Any]]:
            today = MetaData()
            today.reflect(connection)
            rows = {name: found(connection, today.tables[name]) for name in before}
            return rows, compare_metadata(MigrationContext.configure(connection), METADATA)

        after, differences = await store._database.read(look)
        receipt = await store.estimates.receipt(1)
        saved = await store.estimates.save(*sample())
    assert differences == []
    assert after.keys() == before.keys()
    for name, rows in before.items():
        kept = [{column: row[column] for column in rows[0]} for row in after[name]]
        assert kept == rows, name
    assert receipt.code_version == "then" and saved > 0
