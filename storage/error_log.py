"""What went wrong, kept beyond the process: equal errors in a row are one line with a count."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from models.base import Source
from storage.database import Database
from storage.desk_tables import ERRORS

PAGE_LIMIT = 1_000
SAME_NS = 60 * 1_000_000_000
"""An error that comes again within a minute counts up the line it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedError:
    """One line of the error log."""

    id: int
    ns: int
    """When it was last seen (UTC)."""
    source: Source | None
    """Where the market came from; None when the error is not of a market."""
    venue: str | None
    symbol: str | None
    kind: str
    text: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLog:
    """The log of one database."""

    database: Database
    now_ns: Callable[[], int] = time.time_ns

    async def add(
        self,
        kind: str,
        text: str,
        *,
        source: Source | None = None,
        venue: str | None = None,
        symbol: str | None = None,
        count: int = 1,
    ) -> LoggedError:
        """Keep that something went wrong, now."""
        row = {"source": source and source.value, "venue": venue, "symbol": symbol}
        row |= {"kind": kind, "text": text}
        now = self.now_ns()
        return await self.database.write(lambda c: _add(c, row, now, count))

    async def recent(
        self, limit: int = 100, before: int | None = None, kind: str | None = None
    ) -> tuple[LoggedError, ...]:
        """Newest first, at most `limit`; the next page lies `before` the last id of this one."""
        query = select(ERRORS).order_by(ERRORS.c.id.desc())
        if before is not None:
            query = query.where(ERRORS.c.id < before)
        if kind is not None:
            query = query.where(ERRORS.c.kind == kind)
        query = query.limit(max(1, min(limit, PAGE_LIMIT)))
        return await self.database.read(
            lambda c: tuple(_logged(**row) for row in c.execute(query).mappings())
        )

    async def total(self) -> int:
        """How many errors the lines stand for."""
        query = select(func.coalesce(func.sum(ERRORS.c.count), 0))
        return await self.database.read(lambda c: int(c.execute(query).scalar_one()))


def _add(connection: Connection, row: dict[str, Any], now: int, count: int) -> LoggedError:
    latest = select(ERRORS).order_by(ERRORS.c.id.desc()).limit(1)
    last = connection.execute(latest).mappings().one_or_none()
    if last and 0 <= now - last["ns"] <= SAME_NS and all(last[n] == v for n, v in row.items()):
        values = {"ns": now, "count": last["count"] + count}
        connection.execute(update(ERRORS).where(ERRORS.c.id == last["id"]).values(values))
        return _logged(**{**last, **values})
    line = {**row, "ns": now, "count": count}
    key = connection.execute(insert(ERRORS), line).inserted_primary_key
    assert key is not None
    return _logged(id=int(key[0]), **line)


def _logged(**row: Any) -> LoggedError:
    source = row.pop("source")
    return LoggedError(source=None if source is None else Source(source), **row)
