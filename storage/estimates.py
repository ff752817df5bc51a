"""Saved estimates: the history a user keeps, each with its receipt."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select

from models.base import CostEstimate, MarketState
from storage import history_search as search
from storage import receipt as receipts
from storage.database import Database
from storage.errors import ReceiptBroken, StorageError, UnknownEstimate
from storage.export_history import history_table
from storage.export_table import ExportTable
from storage.filters import ALL, NEWEST_FIRST, OLDEST_FIRST, Cursor, HistoryFilter, Sort
from storage.history import (
    UNMARKED,
    DeletedEstimate,
    HistoryPage,
    Line,
    Marks,
    SavedEstimate,
    row_of,
    row_of_saved,
    saved_from,
)
from storage.history_marks import erase_marks, read_marks, write_marks
from storage.history_search import PAGE_LIMIT, Point
from storage.import_history import ImportReport, import_history
from storage.import_rows import ImportFormat
from storage.receipt import Receipt
from storage.tables import ESTIMATES, RECEIPTS


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
        receipt = self.receipt_for(estimate, state)
        return await self.database.write(lambda connection: _insert(connection, receipt))

    def receipt_for(self, estimate: CostEstimate, state: MarketState) -> Receipt:
        """The receipt that `save` would keep, made now."""
        return receipts.make(
            estimate, state, code_version=self.code_version, created_ns=self.now_ns()
        )

    async def get(self, estimate_id: int) -> SavedEstimate:
        """One line of history, or UnknownEstimate."""
        return await self.database.read(lambda c: saved_from(_row(c, estimate_id)))

    async def line(self, estimate_id: int) -> Line:
        """The same with its tags and its note."""
        return await self.database.read(lambda c: _line(c, estimate_id))

    async def page(
        self,
        wanted: HistoryFilter = ALL,
        sort: Sort = NEWEST_FIRST,
        after: Cursor | None = None,
        size: int = 25,
    ) -> HistoryPage:
        """At most `size` lines, those that follow `after` in that order."""
        size = max(1, min(size, PAGE_LIMIT))
        return await self.database.read(lambda c: search.find(c, wanted, sort, after, size))

    async def recent(self, limit: int = 50) -> tuple[SavedEstimate, ...]:
        """Newest first, at most `limit`."""
        page = await self.page(size=limit)
        return tuple(line.saved for line in page.lines)

    async def pages(
        self, wanted: HistoryFilter = ALL, size: int = PAGE_LIMIT
    ) -> AsyncIterator[tuple[SavedEstimate, ...]]:
        """All that was saved until now, oldest first, without holding more than one page.

        Each page is a read of its own: a long export never keeps the database from tidying up.
        """
        after: Cursor | None = None
        end = await self.database.read(search.newest)
        while True:
            find = partial(
                search.find, wanted=wanted, sort=OLDEST_FIRST, after=after, size=size, last_id=end
            )
            page = await self.database.read(find)
            if page.lines:
                yield tuple(line.saved for line in page.lines)
            after = page.next
            if after is None:
                return

    async def count(self, wanted: HistoryFilter = ALL, at_most: int | None = None) -> int:
        """How many there are; with `at_most`, one above it stands for "more"."""
        return await self.database.read(lambda c: search.count(c, wanted, at_most))

    async def points(self, wanted: HistoryFilter = ALL, most: int = 5_000) -> Sequence[Point]:
        """The newest of them for a plot, oldest first."""
        return await self.database.read(lambda c: search.points(c, wanted, most))

    async def tags(self) -> tuple[str, ...]:
        """All tags in use, in the order of the alphabet."""
        return await self.database.read(search.known_tags)

    async def receipt(self, estimate_id: int) -> Receipt:
        """What the estimate was made from; ReceiptBroken when it is not what was saved."""
        return await self.database.read(lambda c: read_receipt(c, estimate_id))

    async def receipt_text(self, estimate_id: int) -> str:
        """The receipt as it is kept: canonical JSON, unchecked."""
        return await self.database.read(lambda c: _kept_body(c, estimate_id))

    def table(self, wanted: HistoryFilter = ALL) -> ExportTable:
        """The history as a table to take away."""
        return history_table(self.database, wanted)

    async def take_in(self, content: bytes, file_format: ImportFormat) -> ImportReport:
        """Keep what a file of the history holds and this one does not; all of it or nothing."""
        return await import_history(self.database, content, file_format)

    async def mark(self, estimate_id: int, marks: Marks) -> None:
        """Put these tags and this note in the place of those that were there."""
        await self.database.write(lambda c: _mark(c, estimate_id, marks))

    async def delete(self, estimate_id: int) -> DeletedEstimate:
        """Forget one estimate; what comes back lets `restore` undo it."""
        return await self.database.write(lambda c: _delete(c, estimate_id))

    async def restore(self, deleted: DeletedEstimate) -> int:
        """Put a deleted estimate back under its old id."""
        return await self.database.write(lambda c: _restore(c, deleted))

    async def delete_all(self, ids: Sequence[int]) -> tuple[DeletedEstimate, ...]:
        """Forget several, all of them or (when one is unknown) none."""
        return await self.database.write(lambda c: tuple(_delete(c, number) for number in ids))

    async def restore_all(self, deleted: Sequence[DeletedEstimate]) -> tuple[int, ...]:
        """Put several back, all or none."""
        return await self.database.write(lambda c: tuple(_restore(c, each) for each in deleted))


def read_receipt(connection: Connection, estimate_id: int) -> Receipt:
    """The receipt of that estimate, checked against the hash in its line."""
    row = _row(connection, estimate_id)
    return receipts.decode(_kept_body(connection, estimate_id), row["receipt_sha256"])


def put(
    connection: Connection, row: dict[str, Any], body: str | None, marks: Marks = UNMARKED
) -> int:
    """Insert a line with all that belongs to it; its id."""
    key = connection.execute(insert(ESTIMATES), row).inserted_primary_key
    if key is None:
        raise StorageError("The database gave the new estimate no number.")
    number = int(key[0])
    if body is not None:
        connection.execute(insert(RECEIPTS), {"estimate_id": number, "body": body})
    if marks != UNMARKED:
        write_marks(connection, number, marks)
    return number


def _insert(connection: Connection, receipt: Receipt) -> int:
    body = receipts.encode(receipt)
    row = row_of(
        receipt.estimate,
        created_ns=receipt.created_ns,
        code_version=receipt.code_version,
        receipt_sha256=receipts.digest(body),
    )
    return put(connection, row, body)


def _row(connection: Connection, estimate_id: int) -> RowMapping:
    query = select(ESTIMATES).where(ESTIMATES.c.id == estimate_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownEstimate(f"There is no saved estimate {estimate_id}.")
    return row


def _line(connection: Connection, estimate_id: int) -> Line:
    saved = saved_from(_row(connection, estimate_id))
    marks = read_marks(connection, [estimate_id]).get(estimate_id, UNMARKED)
    return Line(saved=saved, marks=marks)


def _body(connection: Connection, estimate_id: int) -> str | None:
    query = select(RECEIPTS.c.body).where(RECEIPTS.c.estimate_id == estimate_id)
    body: str | None = connection.execute(query).scalar_one_or_none()
    return body


def _kept_body(connection: Connection, estimate_id: int) -> str:
    body = _body(connection, estimate_id)
    if body is None:
        _row(connection, estimate_id)
        raise ReceiptBroken(
            f"The receipt of estimate {estimate_id} is missing: it was imported without one, or "
            "something other than Fathom removed it."
        )
    return body


def _mark(connection: Connection, estimate_id: int, marks: Marks) -> None:
    _row(connection, estimate_id)
    write_marks(connection, estimate_id, marks)


def _delete(connection: Connection, estimate_id: int) -> DeletedEstimate:
    line, body = _line(connection, estimate_id), _body(connection, estimate_id)
    erase_marks(connection, [estimate_id])
    connection.execute(delete(RECEIPTS).where(RECEIPTS.c.estimate_id == estimate_id))
    connection.execute(delete(ESTIMATES).where(ESTIMATES.c.id == estimate_id))
    return DeletedEstimate(saved=line.saved, marks=line.marks, receipt_body=body)


def _restore(connection: Connection, deleted: DeletedEstimate) -> int:
    query = select(ESTIMATES.c.id).where(ESTIMATES.c.id == deleted.saved.id)
    if connection.execute(query).scalar_one_or_none() is not None:
        return deleted.saved.id
    return put(connection, row_of_saved(deleted.saved), deleted.receipt_body, deleted.marks)
