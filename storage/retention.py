"""How long things are kept. By default for ever; what a setting lets go is announced first.

Nothing goes in the first hour after the start, so that a page can show what will go, and when.
Saved estimates that carry a tag or a note are never pruned. Deletes run in small batches, so that
a save never waits long behind them.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, delete, func, select

from storage.database import Database
from storage.desk_tables import ALERT_EVENTS, ERRORS
from storage.errors import StorageError
from storage.learning_tables import LABELS, MODEL_METRICS
from storage.tables import COST_SAMPLES, ESTIMATES, NOTES, TAGS

log = logging.getLogger(__name__)
FIRST_S, EVERY_S = 3_600, 86_400
BATCH = 2_000
NS_PER_S = 1_000_000_000
NS_PER_DAY = 86_400 * NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Days to keep; None = for ever."""

    recorded_days: int | None = None
    """What Fathom records by itself: cost series, alert events, errors."""
    saved_days: int | None = None
    """Estimates that a user saved."""


KEEP_ALL = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of rows that may grow old."""

    what: str
    table: Table
    ns: Column[Any]
    spared: tuple[ColumnElement[bool], ...] = ()
    """Conditions that a row must meet to be pruned, beside its age."""
    is_saved: bool = False


UNMARKED = (
    ESTIMATES.c.id.not_in(select(NOTES.c.estimate_id)),
    ESTIMATES.c.id.not_in(select(TAGS.c.estimate_id)),
)
RULES = (
    Rule(
        what="saved estimates without a tag or a note",
        table=ESTIMATES,
        ns=ESTIMATES.c.created_ns,
        spared=UNMARKED,
        is_saved=True,
    ),
    Rule(what="samples of cost series", table=COST_SAMPLES, ns=COST_SAMPLES.c.ns),
    Rule(what="marks of models over time", table=MODEL_METRICS, ns=MODEL_METRICS.c.created_ns),
    Rule(what="labels of probe orders", table=LABELS, ns=LABELS.c.ns),
    Rule(what="alert events", table=ALERT_EVENTS, ns=ALERT_EVENTS.c.ns),
    Rule(what="logged errors", table=ERRORS, ns=ERRORS.c.ns),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What one rule would let go if it were applied now."""

    what: str
    keep_days: int | None
    rows: int
    oldest_ns: int | None
    """The oldest row there is, due or not; None when there is none."""

    @property
    def words(self) -> str:
        """For a page."""
        if self.keep_days is None:
            return f"{self.what}: kept for ever"
        return f"{self.what}: kept {self.keep_days:,} days; {self.rows:,} are older"


class Retention:
    """Applies a policy to one database, once a day."""

    def __init__(
        self, database: Database, policy: Policy, now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._database = database
        self.policy = policy
        self._now_ns = now_ns
        self.next_ns: int | None = None
        """When rows are pruned next (UTC); None when all is kept, or before `run`."""
        self.pruned = 0
        """Rows pruned since the start."""

    async def plan(self) -> tuple[Due, ...]:
        """What is due under each rule now. Reads only."""
        now = self._now_ns()
        return tuple([await self._database.read(partial(self._due, rule, now)) for rule in RULES])

    async def prune(self) -> int:
        """Delete what is due; how many rows."""
        now = self._now_ns()
        pruned = 0
        for rule in RULES:
            days = self._days(rule)
            if days is not None:
                done = await self._prune(rule, now - days * NS_PER_DAY)
                if done:
                    log.info("pruned %d %s older than %d days", done, rule.what, days)
                pruned += done
        self.pruned += pruned
        return pruned

    async def run(self) -> None:
        """Prune once a day until cancelled; returns at once when all is kept."""
        if self.policy == KEEP_ALL:
            return
        pause_s = FIRST_S
        while True:
            self.next_ns = self._now_ns() + pause_s * NS_PER_S
            await asyncio.sleep(pause_s)
            pause_s = EVERY_S
            try:
                await self.prune()
            except StorageError as error:
                log.warning("nothing pruned, next try tomorrow: %s", error)

    def announcement(self) -> str:
        """When rows go next, in words for a page."""
        if self.policy == KEEP_ALL:
            return "Everything is kept: FATHOM_KEEP_DAYS and FATHOM_KEEP_SAVED_DAYS are not set."
        if self.next_ns is None:
            return "Nothing is pruned in the first hour after the start."
        when = datetime.fromtimestamp(self.next_ns / NS_PER_S, UTC)
        return f"What is older goes at {when:%Y-%m-%d %H:%M} UTC, then once a day."

    def _days(self, rule: Rule) -> int | None:
        return self.policy.saved_days if rule.is_saved else self.policy.recorded_days

    def _due(self, rule: Rule, now: int, connection: Connection) -> Due:
        days = self._days(rule)
        oldest = connection.execute(select(func.min(rule.ns))).scalar()
        rows = 0
        if days is not None:
            old = _old(rule, now - days * NS_PER_DAY)
            query = select(func.count()).select_from(rule.table).where(*old)
            rows = int(connection.execute(query).scalar_one())
        return Due(what=rule.what, keep_days=days, rows=rows, oldest_ns=oldest)

    async def _prune(self, rule: Rule, before_ns: int) -> int:
        ids = select(rule.table.c.id).where(*_old(rule, before_ns)).limit(BATCH)
        order = delete(rule.table).where(rule.table.c.id.in_(ids))
        total = 0
        while done := await self._database.write(lambda c: c.execute(order).rowcount):
            total += done
        return total


def _old(rule: Rule, before_ns: int) -> tuple[ColumnElement[bool], ...]:
    return (rule.ns < before_ns, *rule.spared)
