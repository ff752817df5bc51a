"""Learns from every market that is open: one learner set per source, venue and instrument.

Probing happens where books are applied (engine/learning/probing.py). About once a second the labels
that settled meanwhile go to a worker thread, which marks, learns and refits; what comes back is
published to the market's state. One thread at a time works for one market, so nothing is locked.
"""

import asyncio
import logging
from typing import Final

from engine.clock import Clock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.learning.probing import Probing
from engine.learning.shelf import Shelf
from engine.learning.state_of import learning_state
from market.errors import OrderError
from market.units import NS_PER_S
from models.learning.market_learning import MarketLearning
from models.learning.snapshot import CLOSED, SCHEDULE, SHUTDOWN, USER, metric_rows, snapshot_of
from models.learning.spec import LearningSpec
from models.learning.state import DelayState, LearningState
from models.learning.stretches import Stretches

log = logging.getLogger(__name__)

TURN_S: Final = 1.0
SAVE_EVERY_S: Final = 600.0
METRICS_EVERY_S: Final = 60.0


class Trainer:
    """Owner of all learning. Single writer: its own task."""

    def __init__(
        self,
        hub: MarketHub,
        clock: Clock,
        spec: LearningSpec | None = None,
        shelf: Shelf | None = None,
        *,
        save_every_s: float = SAVE_EVERY_S,
    ) -> None:
        self.spec = spec or LearningSpec()
        self.on_loop = LatencyMeter()
        """Time that learning takes of the event loop at a turn (ns)."""
        self._hub = hub
        self._clock = clock
        self._shelf = shelf
        self._save_every_ns = round(save_every_s * NS_PER_S)
        self._probing = Probing(hub, self.spec)
        self._learning: dict[MarketKey, MarketLearning] = {}
        self._states: dict[MarketKey, LearningState] = {}
        self._delays: dict[MarketKey, tuple[DelayState, ...]] = {}
        """The dear part of a state, made anew when labels settled."""
        self._warm_from: dict[MarketKey, str] = {}
        self._taught: dict[MarketKey, Stretches] = {}
        """By the snapshot that a market starts from."""
        self._saved_ns: dict[MarketKey, int] = {}
        self._noted_ns: dict[MarketKey, int] = {}
        self._turn = asyncio.Lock()
        hub.follow_tape(self._probing)

    # -- read --------------------------------------------------------------------------------

    def state(self, key: MarketKey) -> LearningState | None:
        """Of one market, a second old at most; None where nothing is learned."""
        return self._states.get(key)

    def states(self) -> tuple[LearningState, ...]:
        """Of all markets that are learned from now."""
        return tuple(self._states.values())

    # -- asked by others ---------------------------------------------------------------------

    def asked(self, key: MarketKey, notional: float) -> None:
        """A user prices an order of that size (quote) there: ask the books about such sizes."""
        collector = self._probing.collectors.get(key)
        if collector is not None:
            collector.around(notional)

    async def save(self, key: MarketKey, note: str = "") -> int:
        """Keep a market's models now; the number of the snapshot. OrderError where none can be."""
        async with self._turn:
            number = await self._save(key, USER, note)
        if number is None:
            raise OrderError("model", "nothing is fitted yet", "wait until it has learned")
        return number

    async def load(self, key: MarketKey, snapshot_id: int) -> None:
        """Put a snapshot in the place of what is being learned; also the way back to an older one.

        OrderError where it is of another market or of other features; the shelf's own errors.
        """
        if self._shelf is None or key not in self._learning:
            raise OrderError("market", "is not followed", "open it on the Trade page first")
        async with self._turn:
            await self._restore(key, snapshot_id)

    # -- the task ----------------------------------------------------------------------------

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.turn()
            await self._clock.sleep(TURN_S)

    async def turn(self) -> None:
        """Take what settled, teach it, publish; keep what is due."""
        async with self._turn:
            await self._follow_the_hub()
            for key in list(self._learning):
                await self._teach(key)
                await self._keep_when_due(key)

    async def close(self) -> None:
        """Keep everything once more."""
        async with self._turn:
            for key in list(self._learning):
                await self._save(key, SHUTDOWN)

    # -- within ------------------------------------------------------------------------------

    async def _follow_the_hub(self) -> None:
        open_now = set(self._hub.keys())
        for key in open_now - self._learning.keys():
            await self._begin(key)
        for key in self._learning.keys() - open_now:
            await self._save(key, CLOSED)
            self._probing.stop(key)
            self._learning.pop(key)
            self._states.pop(key, None)
            self._delays.pop(key, None)
            self._warm_from.pop(key, None)

    async def _begin(self, key: MarketKey) -> None:
        self._learning[key] = MarketLearning(self.spec)
        self._saved_ns[key] = self._noted_ns[key] = self._clock.now_ns()
        if self._shelf is not None:
            try:
                latest = await self._shelf.latest(key.source.value, key.venue, key.symbol)
                if latest is not None:
                    await self._restore(key, latest)
            except Exception as error:
                # Whatever is wrong with a snapshot, learning starts cold and says why.
                self._warm_from[key] = ""
                log.warning("%s at %s starts cold: %s", key.symbol, key.venue, error)
        published = await asyncio.to_thread(self._learning[key].publication)
        collector = self._probing.start(key, published)
        collector.taught = self._taught.pop(key, collector.taught)

    async def _restore(self, key: MarketKey, snapshot_id: int) -> None:
        assert self._shelf is not None
        snapshot = await self._shelf.take(snapshot_id)
        market = key.source.value, key.venue, key.symbol
        if (snapshot.source, snapshot.venue, snapshot.symbol) != market:
            raise OrderError(
                "snapshot",
                f"is of {snapshot.source} {snapshot.venue} {snapshot.symbol}",
                "one of " + " ".join(market),
            )
        learning = MarketLearning(self.spec)
        try:
            await asyncio.to_thread(learning.restore, snapshot.body)
        except (KeyError, TypeError, ValueError) as error:
            raise OrderError("snapshot", f"cannot be used: {error}") from None
        self._learning[key] = learning
        self._delays.pop(key, None)
        self._warm_from[key] = f"snapshot {snapshot_id}"
        collector, taught = self._probing.collectors.get(key), Stretches(snapshot.taught)
        if collector is None:
            self._taught[key] = taught
        else:
            collector.fetch()
            collector.broke()
            collector.taught = taught
            collector.shown = await asyncio.to_thread(learning.publication)

    async def _teach(self, key: MarketKey) -> None:
        collector, learning = self._probing.collectors.get(key), self._learning[key]
        if collector is None:
            if key in self._probing.troubles:
                self._states[key] = self._state(key)
            return
        began = self._clock.steady_ns()
        # A replay lives in its recording's time: by ours, weeks would seem to fall due at once.
        self._probing.advance(key, self._hub.now_ns(key) or self._clock.now_ns())
        settled = collector.fetch()
        self.on_loop.add(self._clock.steady_ns() - began)
        if settled:
            collector.shown = await asyncio.to_thread(learning.process, settled)
        if settled or key not in self._delays:
            self._delays[key] = await asyncio.to_thread(learning.states)
        self._states[key] = self._state(key)

    def _state(self, key: MarketKey) -> LearningState:
        return learning_state(
            key,
            self._delays.get(key, ()),
            self._probing,
            self.spec,
            self._clock.now_ns(),
            self._warm_from.get(key, ""),
        )

    async def _keep_when_due(self, key: MarketKey) -> None:
        now_ns, state = self._clock.now_ns(), self._states.get(key)
        if self._shelf is None or state is None:
            return
        try:
            if now_ns - self._noted_ns[key] >= METRICS_EVERY_S * NS_PER_S:
                self._noted_ns[key] = now_ns
                rows = metric_rows(state)
                kept = [row for row in rows if row.is_champion or row.marks.bucket is None]
                await self._shelf.keep_metrics(kept)
            if now_ns - self._saved_ns[key] >= self._save_every_ns:
                await self._save(key, SCHEDULE)
        except Exception as error:
            # A full disk must not end the learning; the next turn of this clock tries again.
            log.warning("models of %s were not kept: %s", key.symbol, error)

    async def _save(self, key: MarketKey, reason: str, note: str = "") -> int | None:
        learning, state = self._learning.get(key), self._states.get(key)
        if self._shelf is None or learning is None or state is None:
            return None
        self._saved_ns[key] = self._clock.now_ns()
        body = await asyncio.to_thread(learning.snapshot)
        if body is None or (reason != USER and state.settled == 0):
            return None  # nothing new came: the snapshot it started from says it all
        collector = self._probing.collectors.get(key)
        if collector is not None:
            body["taught"] = [list(stretch) for stretch in collector.taught.known()]
        return await self._shelf.keep(snapshot_of(state, body, reason=reason, note=note))
