"""Named tickets and workspaces: saved, listed, loaded, renamed, deleted with a way back.

A configuration is a kind and a body. What a body may hold is the business of the page that made
it, so the page brings the check; this file keeps the body as it is, as canonical JSON.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.desk_tables import CONFIGURATIONS
from storage.errors import NameTaken, NotStorable, UnknownConfiguration
from storage.json_body import body_of, read_object, text_of

Body = Mapping[str, Any]
Check = Callable[[str, Body], Body]
"""(kind, body) -> the body to keep; raises ValueError with a text that names the field and what
it allows. Keys it does not know are for it to refuse."""
FORMAT = 1
NAME_LIMIT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """One saved ticket or workspace."""

    id: int
    name: str
    kind: str
    body: Body
    created_ns: int
    changed_ns: int


class ConfigurationFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A configuration as a file to carry elsewhere."""

    fathom_configuration: int
    """The format: 1."""
    name: str
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configurations:
    """All of one database, by name. Every method raises StorageError with a text for the user."""

    database: Database
    now_ns: Callable[[], int] = time.time_ns

    async def save(self, name: str, kind: str, body: Body) -> Configuration:
        """Keep a body under a name; one that has the name and the kind already is replaced.

        NameTaken where the name belongs to another kind.
        """
        row = {"name": _checked(name), "kind": kind, "body": text_of(body)}
        now = self.now_ns()
        return await self.database.write(lambda c: _save(c, row, now))

    async def list(self, kind: str | None = None) -> tuple[Configuration, ...]:
        """Those of one kind, or all, the last changed first."""
        column = CONFIGURATIONS.c
        query = select(CONFIGURATIONS).order_by(column.changed_ns.desc(), column.id.desc())
        if kind is not None:
            query = query.where(column.kind == kind)
        return await self.database.read(
            lambda c: tuple(_configuration(row) for row in c.execute(query).mappings())
        )

    async def load(self, name: str) -> Configuration:
        """The one of that name, or UnknownConfiguration."""
        return await self.database.read(lambda c: _one(c, CONFIGURATIONS.c.name == name, name))

    async def rename(self, name: str, new_name: str) -> Configuration:
        """Give it another name; NameTaken when that is in use."""
        target, now = _checked(new_name), self.now_ns()

        def work(connection: Connection) -> Configuration:
            found = _one(connection, CONFIGURATIONS.c.name == name, name)
            _set(connection, found.id, {"name": target, "changed_ns": now}, target)
            return _one(connection, CONFIGURATIONS.c.id == found.id, target)

        return await self.database.write(work)

    async def delete(self, name: str) -> Configuration:
        """Forget it; what comes back lets `restore` undo it."""

        def work(connection: Connection) -> Configuration:
            found = _one(connection, CONFIGURATIONS.c.name == name, name)
            connection.execute(delete(CONFIGURATIONS).where(CONFIGURATIONS.c.id == found.id))
            return found

        return await self.database.write(work)

    async def restore(self, deleted: Configuration) -> None:
        """Put it back as it was; twice is harmless. NameTaken when its name is in use again."""
        row = _row(deleted)

        def work(connection: Connection) -> None:
            query = select(CONFIGURATIONS.c.id).where(CONFIGURATIONS.c.id == deleted.id)
            if connection.execute(query).scalar_one_or_none() is None:
                _put(connection, row)

        await self.database.write(work)

    async def export(self, name: str) -> bytes:
        """One configuration as a JSON file."""
        found = await self.load(name)
        file = ConfigurationFile(
            fathom_configuration=FORMAT, name=found.name, kind=found.kind, body=dict(found.body)
        )
        return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"

    async def import_file(self, content: bytes, check: Check) -> Configuration:
        """Keep what a file holds, once `check` has accepted it. The name must be free."""
        file = read_file(content)
        try:
            body = check(file.kind, file.body)
        except ValueError as error:
            raise NotStorable(f"The file was not imported: {error}") from error
        now = self.now_ns()
        row = {"name": _checked(file.name), "kind": file.kind, "body": text_of(body)}
        return await self.database.write(lambda c: _insert(c, row, now))


def read_file(content: bytes) -> ConfigurationFile:
    """A file as `export` wrote it; NotStorable names what is wrong with another."""
    try:
        file = msgspec.json.decode(content, type=ConfigurationFile)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotStorable(f"The file is not a configuration of Fathom: {error}.") from error
    if file.fathom_configuration != FORMAT:
        raise NotStorable(
            f"The file has format {file.fathom_configuration}; this Fathom reads {FORMAT}."
        )
    return file


def _save(connection: Connection, row: dict[str, Any], now: int) -> Configuration:
    mine = CONFIGURATIONS.c.name == row["name"]
    query = select(CONFIGURATIONS.c.id, CONFIGURATIONS.c.kind).where(mine)
    found = connection.execute(query).one_or_none()
    if found is None:
        return _insert(connection, row, now)
    if found.kind != row["kind"]:
        raise NameTaken(f"There is a {found.kind} of the name “{row['name']}” already.")
    _set(connection, found.id, {"body": row["body"], "changed_ns": now}, row["name"])
    return _one(connection, mine, row["name"])


def _insert(connection: Connection, row: dict[str, Any], now: int) -> Configuration:
    number = _put(connection, {**row, "created_ns": now, "changed_ns": now})
    return _one(connection, CONFIGURATIONS.c.id == number, row["name"])


def _put(connection: Connection, row: dict[str, Any]) -> int:
    try:
        key = connection.execute(insert(CONFIGURATIONS), row).inserted_primary_key
    except IntegrityError as error:
        raise _taken(row["name"]) from error
    assert key is not None
    return int(key[0])


def _set(connection: Connection, number: int, values: dict[str, Any], name: str) -> None:
    try:
        connection.execute(
            update(CONFIGURATIONS).where(CONFIGURATIONS.c.id == number).values(values)
        )
    except IntegrityError as error:
        raise _taken(name) from error


def _taken(name: str) -> NameTaken:
    return NameTaken(f"The name “{name}” is in use; choose another.")


def _one(connection: Connection, which: ColumnElement[bool], name: str) -> Configuration:
    row = connection.execute(select(CONFIGURATIONS).where(which)).mappings().one_or_none()
    if row is None:
        raise UnknownConfiguration(f"There is no configuration “{name}”.")
    return _configuration(row)


def _configuration(row: RowMapping) -> Configuration:
    values = dict(row)
    return Configuration(**{**values, "body": read_object(values["body"])})


def _row(saved: Configuration) -> dict[str, Any]:
    return {name: getattr(saved, name) for name in saved.__slots__} | {"body": body_of(saved)}


def _checked(name: str) -> str:
    if not name.strip() or len(name) > NAME_LIMIT:
        raise NotStorable(f"name: 1 to {NAME_LIMIT} characters, not only blanks.")
    return name
