"""How long each stage takes: a ring of timings and its percentiles."""

import asyncio
from array import array
from dataclasses import dataclass

import numpy as np

from engine.clock import Clock
from market.instrument import Floats
from market.units import NS_PER_MS

WINDOW = 2048


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds over the last `count` samples of the window."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float


class LatencyMeter:
    """The last WINDOW timings of one stage. Adding is O(1); memory never grows."""

    __slots__ = ("_next", "_ring", "total")

    def __init__(self) -> None:
        self._ring = array("q")
        self._next = 0
        self.total = 0
        """Samples ever added."""

    def add(self, elapsed_ns: int) -> None:
        """One timing (ns). A negative one, from a clock that was set back, is not a speed."""
        if elapsed_ns < 0:
            return
        self.total += 1
        if len(self._ring) < WINDOW:
            self._ring.append(elapsed_ns)
            return
        self._ring[self._next] = elapsed_ns
        self._next = (self._next + 1) % WINDOW

    def newest(self, most: int = WINDOW) -> Floats:
        """(n,) of the newest timings (ms), oldest first; n <= most and <= WINDOW."""
        times = np.array(self._ring, dtype=np.int64) / NS_PER_MS
        return np.roll(times, -self._next)[max(0, len(times) - most) :]

    def percentiles(self) -> Percentiles | None:
        """Over the window, or None before the first sample."""
        return percentiles(self.newest())


def percentiles(times: Floats) -> Percentiles | None:
    """Of (n,) timings (ms); None of none."""
    if not len(times):
        return None
    p50, p95, p99 = np.percentile(times, (50, 95, 99))
    return Percentiles(len(times), float(p50), float(p95), float(p99), float(times.max()))


def histogram(times: Floats, bins: int = 40) -> list[tuple[float, int]]:
    """(upper edge in ms, how many) on bins of equal ratio; empty without timings above zero."""
    seen = times[times > 0]
    if not len(seen):
        return []
    low, high = float(seen.min()), float(seen.max())
    edges = np.geomspace(low, high if high > low else 2 * low, bins + 1)
    counts, _ = np.histogram(seen, edges)
    return [(float(edge), int(count)) for edge, count in zip(edges[1:], counts, strict=True)]


class Latencies:
    """The four stages of a tick, as S1 had them, and the loop that carries them all."""

    def __init__(self) -> None:
        self.feed = LatencyMeter()
        """frame received -> book updated"""
        self.calculation = LatencyMeter()
        """state and order -> estimate"""
        self.ui = LatencyMeter()
        """values -> message handed to the browser's socket"""
        self.end_to_end = LatencyMeter()
        """frame received -> message handed to the browser's socket"""
        self.loop_lag = LatencyMeter()
        """how late the event loop wakes a sleeper"""

    def meters(self) -> dict[str, LatencyMeter]:
        """Stage -> meter."""
        return {
            "feed": self.feed,
            "calculation": self.calculation,
            "ui": self.ui,
            "end_to_end": self.end_to_end,
            "loop_lag": self.loop_lag,
        }

    def table(self) -> dict[str, Percentiles | None]:
        """Stage -> percentiles."""
        return {stage: meter.percentiles() for stage, meter in self.meters().items()}


LAG_PERIOD_S = 0.05


async def watch_loop_lag(meter: LatencyMeter, clock: Clock) -> None:
    """Sleep a little, again and again, and note how much longer it took."""
    while True:
        start = clock.steady_ns()
        await asyncio.sleep(LAG_PERIOD_S)
        meter.add(clock.steady_ns() - start - round(LAG_PERIOD_S * 1e9))
