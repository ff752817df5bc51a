"""Fault drills over a real socket, timed: the demo exchange, a runner, followed books.

A drill is over when every book is trusted again, the feed is live, and each book equals the
exchange's own, level by level.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.clock import SystemClock
from engine.drill import CATALOG
from engine.hub import MarketHub, MarketKey
from engine.incidents import Incident
from engine.latency import LatencyMeter
from engine.runner import Runner
from engine.sources import DEMO_VENUE, SourceOptions, Sources
from engine.supervisor import Supervisor
from feeds.backoff import Pace, Pauses
from feeds.base import FeedHealth, FeedState
from feeds.breaker import Circuit, Trip
from feeds.okx import Okx
from feeds.synthetic.messages import fields
from feeds.synthetic.session import Topic
from market.trust import Grade
from models.base import MarketState, Source

SWAP, OTHER = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
SOON = Pauses(first=0.01, least=0.02, most=0.05)
QUICK = Pace(
    open_s=2.0,
    close_s=0.2,
    reconnect=SOON,
    resync=SOON,
    refetch_s=0.02,
    steady_s=0.3,
    look_s=0.01,
    trip=Trip(failures=1000),
    rest=SOON,
)
QUICK_FACTS = {"ping_after_s": 0.3, "first_book_s": 1.0, "quiet_book_s": 1.5}
"""Of the venue: patience of a drill that is not to take minutes."""
COUNTS = (
    *("gaps", "checksum_failures", "decode_errors", "resyncs", "reconnects", "handovers"),
    *("refused", "trips", "rest_failures"),
)
"""Of a feed's health: what goes up only when something went wrong."""
STEADY_UPDATES = 3
"""A drill is over when that many updates of every book have been sound."""
POLL_S = 0.002
PATIENCE_S = 30.0


@dataclass(kw_only=True)
class Outcome:
    """What one drill did. Seconds since the fault was ordered; None = did not happen."""

    fault: str
    detected_s: float | None = None
    told_s: float | None = None
    recovered_s: float
    unpriced_s: float
    """Longest time that a followed market had no price."""
    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    refused: bool = False
    """Whether any book was refused."""
    last_error: str = ""


class Bench:
    """A running demo and the markets held."""

    def __init__(self, runner: Runner, supervisor: Supervisor, keys: Sequence[MarketKey]) -> None:
        self.runner = runner
        self.hub = runner.hub
        self.supervisor = supervisor
        self.keys = tuple(keys)

    @property
    def health(self) -> FeedHealth:
        found = self.runner.health(Source.DEMO, DEMO_VENUE)
        assert found is not None
        return found

    @property
    def exchange(self) -> Any:
        assert self.runner.sources.exchange is not None
        return self.runner.sources.exchange

    def counts(self) -> Counter[str]:
        health = self.health
        return Counter({name: getattr(health, name) for name in COUNTS})

    def state(self, key: MarketKey) -> MarketState:
        state = self.hub.state(key)
        assert state is not None
        return state

    def incidents_since(self, ns: int) -> list[Incident]:
        return [each for each in self.runner.incidents.all() if each.told_ns >= ns]

    def is_sound(self) -> bool:
        """Live, trusted, and the fault itself is over."""
        wire, health = self.exchange.wire, self.health
        return (
            health.state is FeedState.LIVE
            and health.circuit is Circuit.CLOSED
            and not health.rest_error
            and not (wire.is_mute or wire.silent or wire.skew_ms or self.exchange.http_errors)
            and not any(wire.altered.values())
            and not any(self.supervisor.is_running(f"drill {fault}") for fault in CATALOG)
            and all(self.state(key).trust.grade is Grade.GOOD for key in self.keys)
        )

    def equals_the_exchange(self, key: MarketKey) -> bool | None:
        """Whether our book is theirs, level by level; None while the two are of two moments."""
        book, channel = self.state(key).book, self.exchange.channels[Topic("books", key.symbol)]
        if book is None or book.seq != channel.last_seq:
            return None
        scale = self.state(key).instrument.contract_size
        ours = ((book.bid_prices, book.bid_sizes), (book.ask_prices, book.ask_sizes))
        for (prices, sizes), levels in zip(ours, channel.view.rows(), strict=True):
            rows = [(float(p), float(s)) for p, s, _ in fields(channel.listing.instrument, levels)]
            theirs = np.array(rows)
            if len(prices) != len(theirs) or (prices != theirs[:, 0]).any():
                return False
            if not np.allclose(sizes, theirs[:, 1] * scale, rtol=1e-12, atol=0):
                return False
        return True

    async def until(self, is_so: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
        async with asyncio.timeout(patience_s):
            while not is_so():
                await asyncio.sleep(POLL_S)

    async def no_ghosts(self) -> None:
        """Every book equals the exchange's; fails at once where one does not."""
        for key in self.keys:
            equal = None
            async with asyncio.timeout(PATIENCE_S):
                while equal is None:
                    equal = self.equals_the_exchange(key)
                    await asyncio.sleep(0 if equal is None else POLL_S)
            assert equal, f"{key.symbol}: levels that the exchange does not have"

    async def drill(
        self,
        fault: str,
        symbol: str | None = SWAP,
        *,
        patience_s: float = PATIENCE_S,
        **options: Any,
    ) -> Outcome:
        """Order one fault and wait until it is over, timing what is seen of it."""
        before, started, start_ns = self.counts(), time.monotonic(), time.time_ns()
        detected_s = told_s = None
        unpriced: dict[MarketKey, float] = {}
        longest, sound_s = 0.0, 0.0
        sound_from: dict[MarketKey, int] | None = None
        self.runner.drill(fault, symbol, **options)
        is_quiet = CATALOG[fault].name in QUIET
        settle_s = QUIET.get(fault, 0.0)
        async with asyncio.timeout(patience_s):
            while True:
                await asyncio.sleep(POLL_S)
                now_s = time.monotonic() - started
                for key in self.keys:
                    if self.state(key).trust.refuses:
                        longest = max(longest, now_s - unpriced.setdefault(key, now_s))
                    else:
                        unpriced.pop(key, None)
                incidents = self.incidents_since(start_ns)
                if detected_s is None and (incidents or self.counts() != before):
                    detected_s = now_s
                if told_s is None and (incidents or self.health.last_error):
                    told_s = now_s if detected_s is not None else None
                is_due = now_s >= settle_s if is_quiet else detected_s is not None
                if fault in FLEETING and not any(self.exchange.wire.altered.values()):
                    is_due = True
                if not is_due or not self.is_sound():
                    sound_from = None
                    continue
                updates = {key: self.hub.updates(key) for key in self.keys}
                if sound_from is None:
                    sound_from, sound_s = updates, now_s
                if all(updates[key] >= sound_from[key] + STEADY_UPDATES for key in self.keys):
                    break
        outcome = Outcome(
            fault=fault,
            detected_s=detected_s,
            told_s=told_s,
            recovered_s=sound_s,
            unpriced_s=longest,
            counts=+(self.counts() - before),
            codes=Counter(incident.code for incident in incidents),
            refused=any(incident.grade is Grade.REFUSE for incident in incidents),
            last_error=self.health.last_error,
        )
        await self.no_ghosts()
        return outcome


QUIET = {"sequence_reset": 0.5, "keep_alive": 0.5, "burst": 2.2}
"""Faults that are legal: nothing may be seen of them for that long (s)."""

FLEETING = {"crossed", "locked"}
"""Faults that the market may put right by moving over the false level, before anybody looks."""


@contextmanager
def venue_facts(**facts: float) -> Iterator[None]:
    """OKX with other patience for a while."""
    kept = {name: getattr(Okx, name) for name in facts}
    for name, value in facts.items():
        setattr(Okx, name, value)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(Okx, name, value)


@asynccontextmanager
async def bench(
    *symbols: str,
    rate_hz: float = 50.0,
    pace: Pace | None = QUICK,
    facts: dict[str, float] | None = None,
) -> AsyncIterator[Bench]:
    """Books that are live and trusted; `pace` None = as in production."""
    clock = SystemClock()
    supervisor = Supervisor(clock)
    hub = MarketHub(clock, LatencyMeter())
    runner = Runner(hub, Sources(SourceOptions(demo_rate_hz=rate_hz)), supervisor, clock, pace)
    keys = [MarketKey(Source.DEMO, DEMO_VENUE, symbol) for symbol in symbols or (SWAP, OTHER)]
    with venue_facts(**(QUICK_FACTS if facts is None else facts)):
        try:
            for key in keys:
                await runner.hold(key)
            running = Bench(runner, supervisor, keys)
            # Candles have come too: no request is under way when the first fault is ordered.
            await running.until(
                lambda: running.is_sound() and all(running.state(k).sigma_day for k in keys)
            )
            yield running
        finally:
            await runner.close()
