"""Recordings that run in this process, several at once, whether or not a page is open on them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from engine.hub import MarketKey
from engine.record import GIB, RecordOrder, record
from engine.sources import Sources
from feeds.base import FeedError
from feeds.disk_budget import DiskBudget
from feeds.recorder import RecorderStatus
from market.errors import OrderError
from models.base import Source

MOST: Final = 8
"""At a time."""
KEPT: Final = 20
"""Of those that are over, so that their end can be read."""
LEAST_GIB, MOST_GIB = 0.01, 10_000.0
LONGEST_MINUTES: Final = 7 * 24 * 60.0
STOP_S: Final = 20.0
"""Allowed for the files to be ended in good order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recording as pages show it."""

    number: int
    market: MarketKey
    minutes: float | None
    """None: until it is stopped."""
    since_s: float
    status: RecorderStatus | None
    """None while the venue is being asked."""
    is_running: bool
    problem: str
    bytes_per_s: float | None
    """Over its whole life; None before the first byte."""


class RecordDesk:
    """Starts and stops recordings. All share one folder and one limit."""

    def __init__(self, sources: Sources, folder: Path, limit_gib: float = 10.0) -> None:
        self.folder = folder
        self._sources = sources
        self._budget = DiskBudget(folder, round(limit_gib * GIB))
        self._runs: dict[int, _Run] = {}
        self._ordered = 0

    @property
    def limit_gib(self) -> float:
        """What all recordings in the folder may take together."""
        return self._budget.total / GIB

    def set_limit(self, gib: float) -> None:
        """OrderError outside LEAST_GIB to MOST_GIB. Nothing is deleted to keep a smaller limit."""
        if not LEAST_GIB <= gib <= MOST_GIB:
            raise OrderError("limit", f"{gib:g} GiB", f"{LEAST_GIB:g} to {MOST_GIB:g} GiB")
        self._budget.total = round(gib * GIB)

    def all(self) -> tuple[Recorded, ...]:
        """What runs, and what is over, the newest first."""
        return tuple(run.told() for run in reversed(self._runs.values()))

    def writes(self) -> frozenset[str]:
        """Names of the files that are being written."""
        running = (run for run in self._runs.values() if run.is_running and run.status)
        return frozenset(path.name for run in running for path in run.files)

    def start(self, market: MarketKey, minutes: float | None = None) -> None:
        """Record one market from now on; why it failed, if it did, stands in `all`.

        OrderError for a replay, for the same market twice, and where too many run.
        """
        if market.source is Source.REPLAY:
            raise OrderError("market", "a recording is played there", "a live or demo market")
        if minutes is not None and not 0 < minutes <= LONGEST_MINUTES:
            allowed = f"more than 0, at most {LONGEST_MINUTES:,.0f}; empty: until stopped"
            raise OrderError("minutes", f"{minutes:g}", allowed)
        running = [run for run in self._runs.values() if run.is_running]
        if any(run.market == market for run in running):
            raise OrderError("market", f"{market.symbol} is being recorded", "another market")
        if len(running) >= MOST:
            raise OrderError("market", f"{MOST} recordings run", "stop one first")
        self._ordered += 1
        self._runs[self._ordered] = _Run(self._ordered, market, minutes, self._work)
        self._forget_oldest()

    def stop(self, number: int) -> None:
        """End one in good order; no effect where it is over."""
        if number in self._runs:
            self._runs[number].stop.set()

    async def close(self) -> None:
        """End all in good order."""
        running = [run.task for run in self._runs.values() if run.is_running]
        for number in self._runs:
            self.stop(number)
        if running:
            _, late = await asyncio.wait(running, timeout=STOP_S)
            for task in late:
                task.cancel()

    async def _work(self, run: "_Run") -> None:
        source, venue, symbol = run.market
        endpoint, name = "", f"{venue}_{symbol}"
        if source is Source.DEMO:
            found = await self._sources.endpoint(source, venue)
            endpoint, name = urlsplit(found.rest_url).netloc, f"demo-{name}"
        elif self._sources.options.region in self._sources.listing(venue).endpoints:
            endpoint = self._sources.options.region
        order = RecordOrder(
            venue=venue,
            symbols=(symbol,),
            folder=self.folder,
            endpoint=endpoint,
            minutes=run.minutes,
            name=name,
        )
        run.status = await record(order, run.stop, run.take, self._budget)

    def _forget_oldest(self) -> None:
        over = [number for number, run in self._runs.items() if not run.is_running]
        for number in over[: max(0, len(over) - KEPT)]:
            del self._runs[number]


Work = Callable[["_Run"], Awaitable[None]]


class _Run:
    """One recording from its order to its end."""

    def __init__(self, number: int, market: MarketKey, minutes: float | None, work: Work) -> None:
        self.number, self.market, self.minutes = number, market, minutes
        self.stop = asyncio.Event()
        self.status: RecorderStatus | None = None
        self._problem = ""
        self._began = time.monotonic()
        self._ended: float | None = None
        self.task = asyncio.create_task(self._live(work), name=f"record {market}")

    @property
    def is_running(self) -> bool:
        return not self.task.done()

    @property
    def files(self) -> tuple[Path, ...]:
        return self.status.files if self.status is not None else ()

    def take(self, status: RecorderStatus) -> None:
        self.status = status

    async def _live(self, work: Work) -> None:
        try:
            await work(self)
        except (FeedError, OrderError, OSError) as error:
            self._problem = str(error)
        finally:
            self._ended = time.monotonic()

    def told(self) -> Recorded:
        since_s = (self._ended or time.monotonic()) - self._began
        size = self.status.bytes if self.status is not None else 0
        return Recorded(
            number=self.number,
            market=self.market,
            minutes=self.minutes,
            since_s=since_s,
            status=self.status,
            is_running=self.is_running,
            problem=self._problem or (self.status.problem if self.status is not None else ""),
            bytes_per_s=size / since_s if size and since_s > 0 else None,
        )
