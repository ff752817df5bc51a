"""What the trainer keeps, in one hand: snapshots and marks."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.learning.snapshot import MetricRow, ModelSnapshot
from storage.metrics import Metrics
from storage.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class ModelShelf:
    """Satisfies the engine's Shelf."""

    snapshots: Snapshots
    metrics: Metrics

    async def keep(self, snapshot: ModelSnapshot) -> int:
        """Keep a snapshot; its number."""
        return await self.snapshots.keep(snapshot)

    async def take(self, snapshot_id: int) -> ModelSnapshot:
        """A snapshot, checked and opened."""
        return await self.snapshots.take(snapshot_id)

    async def latest(self, source: str, venue: str, symbol: str) -> int | None:
        """Number of the newest snapshot of a market."""
        return await self.snapshots.latest(source, venue, symbol)

    async def keep_metrics(self, rows: Sequence[MetricRow]) -> None:
        """Keep marks."""
        await self.metrics.keep(rows)
