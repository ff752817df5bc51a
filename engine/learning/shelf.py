"""Where learning keeps what should outlive the program. Storage does it; main.py joins them."""

from collections.abc import Sequence
from typing import Protocol

from models.learning.snapshot import MetricRow, ModelSnapshot


class Shelf(Protocol):
    """Snapshots and metrics of models. A method raises what its maker raises when it cannot."""

    async def keep(self, snapshot: ModelSnapshot) -> int:
        """Keep one; its number once it is committed."""
        ...

    async def take(self, snapshot_id: int) -> ModelSnapshot:
        """One of that number, checked and opened."""
        ...

    async def latest(self, source: str, venue: str, symbol: str) -> int | None:
        """Number of the newest snapshot of that market; None where there is none."""
        ...

    async def keep_metrics(self, rows: Sequence[MetricRow]) -> None:
        """Keep marks as they stand now."""
        ...
