"""Time is asked here, so a test can set it."""

import asyncio
import time
from typing import Protocol

from market.units import NS_PER_S


class Clock(Protocol):
    """Wall time in ns UTC, a steady counter for durations, and sleep."""

    def now_ns(self) -> int:
        """Wall clock (ns since 1970, UTC)."""
        ...

    def steady_ns(self) -> int:
        """A counter that never goes back (ns); only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Give way for that long."""
        ...


class SystemClock:
    """The machine's own time."""

    def now_ns(self) -> int:
        """Wall clock (ns since 1970, UTC)."""
        return time.time_ns()

    def steady_ns(self) -> int:
        """Monotonic counter (ns)."""
        return time.perf_counter_ns()

    async def sleep(self, seconds: float) -> None:
        """Give way for that long."""
        await asyncio.sleep(seconds)


class ManualClock:
    """Stands still until told; sleeping moves it."""

    def __init__(self, start_ns: int = 1_700_000_000 * NS_PER_S) -> None:
        self._ns = start_ns

    def now_ns(self) -> int:
        """The time that was set."""
        return self._ns

    def steady_ns(self) -> int:
        """The same counter."""
        return self._ns

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self._ns += round(seconds * NS_PER_S)

    async def sleep(self, seconds: float) -> None:
        """Move forward and let other tasks run."""
        self.advance(seconds)
        await asyncio.sleep(0)


class RecordedClock:
    """Time as a recording tells it: whoever plays the recording sets it."""

    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        """Of the last line."""
        return self.ns

    def steady_ns(self) -> int:
        """The same."""
        return self.ns

    async def sleep(self, seconds: float) -> None:
        """Nobody waits here."""
        self.ns += round(seconds * NS_PER_S)
