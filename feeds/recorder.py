"""Records a subscription into files that each can be replayed alone.

A recorder has a connection of its own. When a file has reached its size or age, or frames had to be
dropped, a second connection is opened with the next file, and the first is closed once every book
of the second is there. So each file begins as a session does, with nothing made up: connect,
instrument facts, what was asked, and the venue's own snapshot of every book; no book on a page is
disturbed; and files overlap by the second or so that takes, instead of having a hole between them.
(Asking the running connection for new snapshots would break its books at every rotation, and the
rest of the old subscription would stand before the snapshots.)
"""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from feeds.base import FeedHealth, FeedState
from feeds.connection import Connection
from feeds.disk_budget import SUFFIX, DiskBudget
from feeds.recording import Line
from feeds.segment import Room, Segment
from feeds.tap import Tap

LOOK_S: Final = 0.1
UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """When a new file begins."""

    bytes: int = 64 << 20
    """Compressed size of a file."""
    seconds: float = 3600.0
    after_a_gap_s: float = 10.0
    """Youngest file that is given up because frames had to be dropped from it."""


class RecorderState(StrEnum):
    """Life of a recorder, as shown to the user."""

    WAITING = "waiting"
    """nothing came yet"""
    RECORDING = "recording"
    FAILED = "failed"
    """nothing more is written; `problem` says why"""
    STOPPED = "stopped"


class RecorderStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a recording goes, as a value."""

    state: RecorderState
    problem: str
    files: tuple[Path, ...]
    """In order; a file that was deleted to make room is still named."""
    frames: int
    bytes: int
    """Compressed bytes written."""
    missed: int
    """Frames that are not in the files: the disk did not keep up, or a change of lines failed."""
    deleted: int
    """Older segments deleted to make room."""


class Recorder:
    """One recording of one venue. `run` as a task; cancel it, or call `stop`, to end."""

    def __init__(
        self,
        name: str,
        conn: str,
        open_connection: Callable[[Tap], AbstractAsyncContextManager[Connection]],
        budget: DiskBudget,
        *,
        facts: Sequence[Line] = (),
        rotation: Rotation | None = None,
        room: Room | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Parts of a recording.

        name             what the files are called after; made safe for a file name
        conn             how the connection is named in the lines: the venue
        open_connection  a connection that follows what is to be recorded and tells the tap
        facts            `http` lines that every file repeats: the venue's instrument lists
        """
        self._name = UNSAFE.sub("-", name)
        self._conn = conn
        self._open = open_connection
        self._budget = budget
        self._facts = tuple(facts)
        self._rotation = rotation or Rotation()
        self._room = room
        self._now = now
        self._stretches: list[_Stretch] = []
        self._finished: list[_Written] = []
        self._ordered = 0
        self._stop = asyncio.Event()
        self._problem = ""

    @property
    def status(self) -> RecorderStatus:
        """How it goes, as a value."""
        segments = [*self._finished, *(_written(stretch.segment) for stretch in self._stretches)]
        if self._problem:
            state = RecorderState.FAILED
        elif self._stop.is_set():
            state = RecorderState.STOPPED
        else:
            has_frames = any(segment.frames for segment in segments)
            state = RecorderState.RECORDING if has_frames else RecorderState.WAITING
        return RecorderStatus(
            state=state,
            problem=self._problem,
            files=tuple(segment.path for segment in segments if segment.bytes),
            frames=sum(segment.frames for segment in segments),
            bytes=sum(segment.bytes for segment in segments),
            missed=sum(segment.missed for segment in segments),
            deleted=self._budget.deleted,
        )

    @property
    def health(self) -> FeedHealth | None:
        """How the connection behind the newest file is doing; None before there is one."""
        connection = self._stretches[-1].connection if self._stretches else None
        return connection.health if connection is not None else None

    def stop(self) -> None:
        """End in good order; `run` returns when the files are closed."""
        self._stop.set()

    async def run(self) -> None:
        """Record until stopped, cancelled, or unable to go on (`status.problem`)."""
        try:
            self._begin()
            while not self._stop.is_set() and not self._is_over():
                await self._rotate()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._stop.wait()
        finally:
            while self._stretches:
                await self._end(self._stretches[0])
            self._stop.set()

    def _begin(self) -> None:
        self._ordered += 1
        stamp = f"{self._now():%Y%m%dT%H%M%SZ}"
        path = self._budget.folder / f"{self._name}_{stamp}_{self._ordered:03d}{SUFFIX}"
        segment = Segment(path, self._conn, self._budget, facts=self._facts, room=self._room)
        self._stretches.append(_Stretch(segment, self._open))

    def _is_over(self) -> bool:
        """Whether any part cannot go on; says why."""
        for stretch in self._stretches:
            task = stretch.task
            if stretch.segment.problem:
                self._problem = stretch.segment.problem
            elif task.done() and not task.cancelled() and task.exception() is not None:
                self._problem = str(task.exception())
            elif not task.done():
                continue
            return True
        return False

    async def _rotate(self) -> None:
        current = self._stretches[0]
        if len(self._stretches) == 1:
            if current.is_due(self._rotation):
                self._begin()
        elif self._stretches[1].is_live:
            await self._end(current)

    async def _end(self, stretch: "_Stretch") -> None:
        stretch.task.cancel()
        await asyncio.wait((stretch.task,))
        await asyncio.to_thread(stretch.segment.finish)
        if stretch.segment.problem and not self._problem:
            self._problem = stretch.segment.problem
        self._stretches.remove(stretch)
        self._finished.append(_written(stretch.segment))


class _Written(NamedTuple):
    """What became of one file."""

    path: Path
    frames: int
    bytes: int
    missed: int


def _written(segment: Segment) -> _Written:
    return _Written(segment.path, segment.frames, segment.bytes, segment.missed)


class _Stretch:
    """One file and the connection that feeds it."""

    def __init__(
        self,
        segment: Segment,
        open_connection: Callable[[Tap], AbstractAsyncContextManager[Connection]],
    ) -> None:
        self.segment = segment
        self.connection: Connection | None = None
        self.task = asyncio.create_task(self._feed(open_connection), name=f"record {segment.path}")
        self._began = time.monotonic()

    @property
    def is_live(self) -> bool:
        """Whether every book is there."""
        return self.connection is not None and self.connection.health.state is FeedState.LIVE

    def is_due(self, rotation: Rotation) -> bool:
        """Whether the next file should begin."""
        age_s = time.monotonic() - self._began
        return self.is_live and (
            self.segment.bytes >= rotation.bytes
            or age_s >= rotation.seconds
            or (self.segment.missed > 0 and age_s >= rotation.after_a_gap_s)
        )

    async def _feed(
        self, open_connection: Callable[[Tap], AbstractAsyncContextManager[Connection]]
    ) -> None:
        async with open_connection(self.segment) as connection:
            self.connection = connection
            await connection.run()
