"""Alerts and when they spoke. What an alert watches is the business of who evaluates it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from storage.database import Database
from storage.desk_tables import ALERT_EVENTS, ALERTS
from storage.errors import NotStorable, UnknownAlert
from storage.json_body import read_object, text_of

PAGE_LIMIT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A condition someone wants to hear about."""

    id: int
    name: str
    body: Mapping[str, Any]
    """What it watches, and its limits."""
    is_on: bool
    created_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """One time an alert spoke."""

    id: int
    alert_id: int
    ns: int
    state: str
    """`on` when its condition came true, `off` when it ceased."""
    value: float | None
    """What was measured; None when nothing could be."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedAlert:
    """All that `restore` needs to undo a delete."""

    alert: Alert
    events: tuple[AlertEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """All of one database. Every method raises StorageError with a text for the user."""

    database: Database
    now_ns: Callable[[], int] = time.time_ns

    async def add(self, name: str, body: Mapping[str, Any]) -> Alert:
        """Keep a new alert, switched on."""
        row = {"name": name, "body": text_of(body), "is_on": True, "created_ns": self.now_ns()}
        return await self.database.write(lambda c: _alert(c, _put(c, row)))

    async def change(
        self,
        alert_id: int,
        *,
        name: str | None = None,
        body: Mapping[str, Any] | None = None,
        is_on: bool | None = None,
    ) -> Alert:
        """Set what is given."""
        wanted = {"name": name, "body": None if body is None else text_of(body), "is_on": is_on}
        values = {column: value for column, value in wanted.items() if value is not None}

        def work(connection: Connection) -> Alert:
            if values:
                connection.execute(update(ALERTS).where(ALERTS.c.id == alert_id).values(values))
            return _alert(connection, alert_id)

        return await self.database.write(work)

    async def list(self) -> tuple[Alert, ...]:
        """All, the oldest first."""
        query = select(ALERTS).order_by(ALERTS.c.id)
        return await self.database.read(
            lambda c: tuple(_alert_of(row) for row in c.execute(query).mappings())
        )

    async def spoke(self, alert_id: int, state: str, value: float | None, text: str) -> AlertEvent:
        """Keep that an alert spoke, now."""
        if value is not None and not abs(value) < float("inf"):
            raise NotStorable(f"value: {value} is not allowed; allowed: finite numbers.")
        number = None if value is None else value + 0.0  # SQLite keeps no negative zero
        row: dict[str, Any] = {"alert_id": alert_id, "ns": self.now_ns(), "state": state}
        row |= {"value": number, "text": text}

        def work(connection: Connection) -> AlertEvent:
            _alert(connection, alert_id)
            key = connection.execute(insert(ALERT_EVENTS), row).inserted_primary_key
            assert key is not None
            return AlertEvent(id=int(key[0]), **row)

        return await self.database.write(work)

    async def events(
        self, alert_id: int | None = None, limit: int = 100, before: int | None = None
    ) -> tuple[AlertEvent, ...]:
        """Newest first, at most `limit`; the next page lies `before` the last id of this one."""
        column = ALERT_EVENTS.c
        query = select(ALERT_EVENTS).order_by(column.id.desc())
        if alert_id is not None:
            query = query.where(column.alert_id == alert_id)
        if before is not None:
            query = query.where(column.id < before)
        query = query.limit(max(1, min(limit, PAGE_LIMIT)))
        return await self.database.read(
            lambda c: tuple(AlertEvent(**row) for row in c.execute(query).mappings())
        )

    async def delete(self, alert_id: int) -> DeletedAlert:
        """Forget an alert and its events; what comes back lets `restore` undo it."""
        return await self.database.write(lambda c: _delete(c, alert_id))

    async def restore(self, deleted: DeletedAlert) -> None:
        """Put an alert and its events back; twice is harmless."""
        await self.database.write(lambda c: _restore(c, deleted))


def _put(connection: Connection, row: dict[str, Any]) -> int:
    key = connection.execute(insert(ALERTS), row).inserted_primary_key
    assert key is not None
    return int(key[0])


def _alert(connection: Connection, alert_id: int) -> Alert:
    query = select(ALERTS).where(ALERTS.c.id == alert_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownAlert(f"There is no alert {alert_id}.")
    return _alert_of(row)


def _alert_of(row: RowMapping) -> Alert:
    return Alert(**{**row, "body": read_object(row["body"])})


def _delete(connection: Connection, alert_id: int) -> DeletedAlert:
    alert = _alert(connection, alert_id)
    mine = ALERT_EVENTS.c.alert_id == alert_id
    query = select(ALERT_EVENTS).where(mine).order_by(ALERT_EVENTS.c.id)
    events = tuple(AlertEvent(**row) for row in connection.execute(query).mappings())
    connection.execute(delete(ALERT_EVENTS).where(mine))
    connection.execute(delete(ALERTS).where(ALERTS.c.id == alert_id))
    return DeletedAlert(alert=alert, events=events)


def _restore(connection: Connection, deleted: DeletedAlert) -> None:
    alert = deleted.alert
    query = select(ALERTS.c.id).where(ALERTS.c.id == alert.id)
    if connection.execute(query).scalar_one_or_none() is not None:
        return
    row = {name: getattr(alert, name) for name in Alert.__slots__}
    _put(connection, row | {"body": text_of(alert.body)})
    if deleted.events:
        rows = [{n: getattr(e, n) for n in AlertEvent.__slots__} for e in deleted.events]
        connection.execute(insert(ALERT_EVENTS), rows)
