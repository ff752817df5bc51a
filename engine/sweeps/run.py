"""A sweep as it runs: its frozen record, its budget, and what it needs of whoever keeps it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from models.sweep.table import Parquet


class RunState(StrEnum):
    """Where a run stands."""

    PREPARING = "preparing"
    """its books are being frozen or sampled"""
    RUNNING = "running"
    """priced, or waiting for its turn among others"""
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Nothing more will be priced, unless it is resumed."""
        return self in (RunState.DONE, RunState.CANCELLED, RunState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRun:
    """One run of a declaration. Frozen: a newer one replaces it."""

    id: int
    name: str
    declaration: bytes
    """canonical JSON (models/sweep/declaration.py)"""
    sha256: str
    """of the declaration"""
    state: RunState
    points: int
    """exactly; 0 while the books are being sampled"""
    chunks: int
    points_done: int = 0
    chunks_done: int = 0
    refused: int = 0
    """points without a price"""
    size_bytes: int = 0
    """of the finished chunks at rest"""
    states: int = 0
    """books it is priced on"""
    created_ns: int = 0
    finished_ns: int | None = None
    seconds: float = 0.0
    """spent while running, over all starts"""
    problem: str = ""
    """why it failed or was stopped, for the user"""
    rate: float | None = None
    """points per second lately; None while nothing has been measured"""
    eta_s: float | None = None
    """until it is done at that rate"""

    @property
    def share(self) -> float:
        """0..1 of the points."""
        return self.points_done / self.points if self.points else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How large a sweep may be."""

    points: int = 100_000_000
    size_bytes: int = 8 << 30
    """of results at rest"""
    queued: int = 100
    """runs that are not over"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a declaration would take, before anything is priced."""

    points: int
    """exactly"""
    states: int
    chunks: int
    seconds: float
    """estimated"""
    size_bytes: int
    """estimated, at rest"""
    is_factored: bool
    """whether all is computed on arrays; False: some order types are priced one by one"""


class Finished(Protocol):
    """A finished chunk without its data."""

    @property
    def points(self) -> int: ...
    @property
    def sha256(self) -> str: ...


class ChunkStore(Protocol):
    """Whoever keeps runs. Every method is atomic; what it has returned from is on the disk."""

    async def create(self, run: SweepRun) -> int:
        """Keep a new run; its id."""
        ...

    async def update(self, run: SweepRun) -> None:
        """Keep what changed in a run."""
        ...

    async def runs(self) -> tuple[SweepRun, ...]:
        """All that are kept, oldest first."""
        ...

    async def put_states(self, run_id: int, number: int, data: bytes) -> None:
        """Keep one group of market states."""
        ...

    async def states(self, run_id: int, number: int) -> bytes:
        """One group of market states."""
        ...

    async def drop_states(self, run_id: int) -> None:
        """Forget the groups of a run whose sampling did not end."""
        ...

    async def put_chunk(self, run_id: int, number: int, chunk: Parquet) -> None:
        """Keep a finished chunk; keeping it twice is harmless."""
        ...

    async def finished(self, run_id: int) -> Mapping[int, "Finished"]:
        """Finished chunks by number."""
        ...

    async def chunk(self, run_id: int, number: int) -> bytes:
        """The data of a finished chunk; an error where it is not what was kept."""
        ...

    def chunks(self, run_id: int) -> AsyncIterator[tuple[int, bytes]]:
        """(number, data) of every finished chunk, in order, one at a time."""
        ...

    async def delete(self, run_id: int) -> None:
        """Forget a run with all that belongs to it."""
        ...
