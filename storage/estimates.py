"""Saved estimates: the history a user keeps, each with its receipt."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select

from models.base import CostEstimate, MarketState
from storage import receipt as receipts
from storage.database import Database
from storage.errors import ReceiptBroken, StorageError, UnknownEstimate
from storage.history import (
    DeletedEstimate,
    HistoryFilter,
    SavedEstimate,
    row_of,
    row_of_saved,
    saved_from,
)
from storage.receipt import Receipt
from storage.tables import ESTIMATES, RECEIPTS

ALL = HistoryFilter()
PAGE_LIMIT = 1_000
"""Longest page `recent` gives; whole histories go through `pages`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """History of one database. Every method raises StorageError with a text for the user."""

    database: Database
    code_version: str
    """Kept with each estimate, so that a changed number can be traced to a changed program."""
    now_ns: Callable[[], int] = time.time_ns

    async def save(self, estimate: CostEstimate, state: MarketState) -> int:
        """Keep an estimate and the state it was made from; returns its id once committed.

        NotStorable where the two do not belong together or a number is not finite.
        """
        receipts.check(estimate, state)
        receipt = Receipt(
            format=receipts.FORMAT,
            code_version=self.code_version,
            created_ns=self.now_ns(),
            estimate=receipts.with_fees(estimate),
            state=state,
        )
        return await self.database.write(lambda connection: _insert(connection, receipt))

    async def get(self, estimate_id: int) -> SavedEstimate:
        """One line of history, or UnknownEstimate."""
        return await self.database.read(lambda c: saved_from(_row(c, estimate_id)))

    async def recent(
        self, limit: int = 50, before: int | None = None, wanted: HistoryFilter = ALL
    ) -> tuple[SavedEstimate, ...]:
        """Newest first, at most `limit`; the next page lies `before` the last id of this one."""
        query = select(ESTIMATES).where(*wanted.clauses()).order_by(ESTIMATES.c.id.desc())
        if before is not None:
            query = query.where(ESTIMATES.c.id < before)
        query = query.limit(max(1, min(limit, PAGE_LIMIT)))
        return await self.database.read(partial(_lines, query))

    async def pages(
        self, wanted: HistoryFilter = ALL, size: int = PAGE_LIMIT
    ) -> AsyncIterator[tuple[SavedEstimate, ...]]:
        """All that was saved until now, oldest first, without holding more than one page.

        Each page is a read of its own: a long export never keeps the database from tidying up.
        """
        last, end = 0, await self.database.read(_newest)
        while last < end:
            query = (
                select(ESTIMATES)
                .where(*wanted.clauses(), ESTIMATES.c.id > last, ESTIMATES.c.id <= end)
                .order_by(ESTIMATES.c.id)
                .limit(size)
            )
            page = await self.database.read(partial(_lines, query))
            if not page:
                return
            yield page
            last = page[-1].id

    async def count(self, wanted: HistoryFilter = ALL) -> int:
        """How many there are."""
        query = select(func.count()).select_from(ESTIMATES).where(*wanted.clauses())
        return await self.database.read(lambda c: int(c.execute(query).scalar_one()))

    async def receipt(self, estimate_id: int) -> Receipt:
        """What the estimate was made from; ReceiptBroken when it is not what was saved."""
        return await self.database.read(lambda c: _receipt(c, estimate_id))

    async def delete(self, estimate_id: int) -> DeletedEstimate:
        """Forget one estimate; what comes back lets `restore` undo it."""
        return await self.database.write(lambda c: _delete(c, estimate_id))

    async def restore(self, deleted: DeletedEstimate) -> int:
        """Put a deleted estimate back under its old id."""
        return await self.database.write(lambda c: _restore(c, deleted))


def _insert(connection: Connection, receipt: Receipt) -> int:
    body = receipts.encode(receipt)
    row = row_of(
        receipt.estimate,
        created_ns=receipt.created_ns,
        code_version=receipt.code_version,
        receipt_sha256=receipts.digest(body),
    )
    return _put(connection, row, body)


def _put(connection: Connection, row: dict[str, Any], body: str) -> int:
    key = connection.execute(insert(ESTIMATES), row).inserted_primary_key
    if key is None:
        raise StorageError("The database gave the new estimate no number.")
    connection.execute(insert(RECEIPTS), {"estimate_id": key[0], "body": body})
    return int(key[0])


def _lines(query: Select[Any], connection: Connection) -> tuple[SavedEstimate, ...]:
    return tuple(saved_from(row) for row in connection.execute(query).mappings())


def _row(connection: Connection, estimate_id: int) -> RowMapping:
    query = select(ESTIMATES).where(ESTIMATES.c.id == estimate_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownEstimate(f"There is no saved estimate {estimate_id}.")
    return row


def _body(connection: Connection, estimate_id: int) -> str:
    query = select(RECEIPTS.c.body).where(RECEIPTS.c.estimate_id == estimate_id)
    body = connection.execute(query).scalar_one_or_none()
    if body is None:
        raise ReceiptBroken(f"The receipt of estimate {estimate_id} is missing.")
    return str(body)


def _receipt(connection: Connection, estimate_id: int) -> Receipt:
    row = _row(connection, estimate_id)
    return receipts.decode(_body(connection, estimate_id), row["receipt_sha256"])


def _delete(connection: Connection, estimate_id: int) -> DeletedEstimate:
    saved = saved_from(_row(connection, estimate_id))
    body = _body(connection, estimate_id)
    connection.execute(delete(RECEIPTS).where(RECEIPTS.c.estimate_id == estimate_id))
    connection.execute(delete(ESTIMATES).where(ESTIMATES.c.id == estimate_id))
    return DeletedEstimate(saved=saved, receipt_body=body)


def _restore(connection: Connection, deleted: DeletedEstimate) -> int:
    query = select(ESTIMATES.c.id).where(ESTIMATES.c.id == deleted.saved.id)
    if connection.execute(query).scalar_one_or_none() is not None:
        return deleted.saved.id
    return _put(connection, row_of_saved(deleted.saved), deleted.receipt_body)


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(func.max(ESTIMATES.c.id))).scalar_one() or 0)
