"""How this process has been doing, second by second, for as long as a chart shows."""

from collections import deque
from dataclasses import dataclass

from engine.clock import Clock
from engine.hub import MarketHub, MarketKey
from engine.latency import Latencies, Percentiles, percentiles
from engine.process_load import ProcessLoad

KEPT = 900
"""Seconds remembered."""
PERIOD_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vital:
    """One second of this process."""

    ns: int
    cpu: float
    """Share of one core; more than 1 when threads work."""
    memory: int
    """Resident (bytes)."""
    updates_per_s: float
    """Book updates applied, all markets together."""
    markets: int
    trusted: int
    """Markets whose book gives a number."""
    stages: dict[str, Percentiles | None]
    """Stage -> percentiles of this second's timings; None where nothing was timed."""


class Vitals:
    """Samples once a second; memory is bounded by KEPT."""

    def __init__(self, hub: MarketHub, latencies: Latencies, clock: Clock) -> None:
        self._hub, self._latencies, self._clock = hub, latencies, clock
        self._load = ProcessLoad()
        self._timed = {stage: meter.total for stage, meter in latencies.meters().items()}
        self._updates: dict[MarketKey, int] = {}
        self._history: deque[Vital] = deque(maxlen=KEPT)
        self.began_ns = clock.now_ns()

    def history(self) -> tuple[Vital, ...]:
        """Oldest first."""
        return tuple(self._history)

    async def run(self) -> None:
        """Sample for ever."""
        while True:
            await self._clock.sleep(PERIOD_S)
            self.sample()

    def sample(self) -> None:
        """Note the time since the sample before."""
        load, keys = self._load.read(), tuple(self._hub.keys())
        updates = {key: self._hub.updates(key) for key in keys}
        states = [self._hub.health(key) for key in keys]
        self._history.append(
            Vital(
                ns=self._clock.now_ns(),
                cpu=load.cpu,
                memory=load.memory,
                updates_per_s=self._risen(updates) / PERIOD_S,
                markets=len(keys),
                trusted=sum(1 for health in states if health and not health.trust.refuses),
                stages=self._stages(),
            )
        )
        self._updates = updates

    def _risen(self, updates: dict[MarketKey, int]) -> int:
        """Updates since the sample before; a market that was opened anew starts from zero."""
        before = self._updates
        return sum(max(0, count - before.get(key, count)) for key, count in updates.items())

    def _stages(self) -> dict[str, Percentiles | None]:
        found: dict[str, Percentiles | None] = {}
        for stage, meter in self._latencies.meters().items():
            fresh, self._timed[stage] = meter.total - self._timed[stage], meter.total
            found[stage] = percentiles(meter.newest(fresh)) if fresh else None
        return found
