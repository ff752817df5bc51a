"""Marks of models over time: one row a model, delay and size, about once a minute."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import RowMapping, insert, select

from models.learning.marks import Marks
from models.learning.snapshot import MetricRow
from storage.database import Database
from storage.export_learning import metrics_table
from storage.export_table import ExportTable
from storage.learning_tables import MODEL_METRICS

T = MODEL_METRICS.c
MARKS: Final = tuple(Marks.__dataclass_fields__)
LONGEST: Final = 20_000
"""Rows that one question gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Of one database. Every method raises StorageError with a text for the user."""

    database: Database

    async def keep(self, rows: Sequence[MetricRow]) -> None:
        """Add marks as they stand now."""
        if rows:
            values = [_row(row) for row in rows]
            await self.database.write(lambda c: c.execute(insert(MODEL_METRICS), values).rowcount)

    def table(self) -> ExportTable:
        """All marks as a table to take away."""
        return metrics_table(self.database)

    async def series(
        self,
        source: str,
        venue: str,
        symbol: str,
        *,
        delay_ns: int | None = None,
        bucket: int | None = None,
        since_ns: int = 0,
        limit: int = LONGEST,
    ) -> tuple[MetricRow, ...]:
        """Of one market, oldest first, the newest `limit` of them.

        delay_ns  None: all delays        bucket  None: the rows of all sizes together
        """
        query = (
            select(MODEL_METRICS)
            .where(
                T.source == source,
                T.venue == venue,
                T.venue_symbol == symbol,
                T.created_ns >= since_ns,
                T.bucket.is_(None) if bucket is None else T.bucket == bucket,
            )
            .order_by(T.id.desc())
            .limit(max(1, min(limit, LONGEST)))
        )
        if delay_ns is not None:
            query = query.where(T.delay_ns == delay_ns)
        rows = await self.database.read(lambda c: c.execute(query).mappings().all())
        return tuple(_metric(row) for row in reversed(rows))


def _row(row: MetricRow) -> dict[str, object]:
    return {
        "created_ns": row.ns,
        "source": row.source,
        "venue": row.venue,
        "venue_symbol": row.symbol,
        "delay_ns": row.delay_ns,
        "model": row.model,
        "is_champion": row.is_champion,
        **asdict(row.marks),
    }


def _metric(row: RowMapping) -> MetricRow:
    return MetricRow(
        ns=row["created_ns"],
        source=row["source"],
        venue=row["venue"],
        symbol=row["venue_symbol"],
        delay_ns=row["delay_ns"],
        model=row["model"],
        is_champion=row["is_champion"],
        marks=Marks(**{name: row[name] for name in MARKS}),
    )
