"""Learning over a recording, without a page: the same probes, models and marks as live.

The same adapter and hub, in recorded time and as fast as the file can be read. Labels are learned
from once a second of recorded time, as live; fits take no recorded time.
"""

from pathlib import Path
from typing import Final

from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.learning.probing import Probing
from engine.learning.state_of import learning_state
from feeds.playback import Playback, Step
from feeds.recorded import open_recording
from feeds.survey import symbol_of
from market.units import NS_PER_S
from models.base import Source
from models.learning.market_learning import MarketLearning
from models.learning.spec import LearningSpec
from models.learning.state import LearningState

BATCH_NS: Final = NS_PER_S


def learn(
    path: Path,
    venue: str = "",
    spec: LearningSpec | None = None,
    symbols: tuple[str, ...] = (),
) -> tuple[LearningState, ...]:
    """Learn from a whole recording, or from some of its instruments. Blocks while it works.

    Raises FeedError for a file that is no recording or of no known venue, OSError for no file.
    """
    decoder = open_recording(path, venue)
    playback = Playback(path, decoder)
    run = _Run(decoder.name, spec or LearningSpec(), symbols)
    for step in playback:
        run.take(step, playback)
    return run.end()


class _RecordedTime:
    """The clock of a replay: what the recording says it is."""

    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        return self.ns

    def steady_ns(self) -> int:
        return self.ns

    async def sleep(self, seconds: float) -> None:
        self.ns += round(seconds * NS_PER_S)


class _Run:
    """A hub fed by a playback, with one learner set a market."""

    def __init__(self, venue: str, spec: LearningSpec, symbols: tuple[str, ...]) -> None:
        self._clock = _RecordedTime()
        self._hub = MarketHub(self._clock, LatencyMeter())
        self._probing = Probing(self._hub, spec)
        self._hub.follow_tape(self._probing)
        self._venue, self._spec, self._symbols = venue, spec, symbols
        self._learning: dict[MarketKey, MarketLearning] = {}
        self._next_ns = 0

    def take(self, step: Step, playback: Playback) -> None:
        """Give the hub what one line brought; learn when a second is over."""
        if step.ns >= self._next_ns:
            self._learn()
            self._next_ns = step.ns + BATCH_NS
        self._clock.ns = step.ns
        if step.ended is not None:
            for known in self._learning:
                self._hub.break_book(known, str(step.ended), "unavailable")
        for event in step.events:
            symbol = symbol_of(event)
            if symbol is not None and (key := self._key(symbol, playback)) is not None:
                self._hub.apply(key, event)
        error = step.error
        if error is not None and error.resync is not None:
            broken = MarketKey(Source.REPLAY, self._venue, error.resync)
            self._hub.break_book(broken, str(error), error.code)

    def end(self) -> tuple[LearningState, ...]:
        """Learn from the rest, and say what came of it."""
        self._learn()
        return tuple(
            learning_state(key, learning.states(), self._probing, self._spec, self._clock.ns)
            for key, learning in sorted(self._learning.items())
        )

    def _learn(self) -> None:
        for key, learning in self._learning.items():
            collector = self._probing.collectors.get(key)
            if collector is not None and (settled := collector.fetch()):
                collector.shown = learning.process(settled)

    def _key(self, symbol: str, playback: Playback) -> MarketKey | None:
        key = MarketKey(Source.REPLAY, self._venue, symbol)
        if key in self._learning:
            return key
        instrument = playback.venue.instruments.get(symbol)
        if instrument is None or (self._symbols and symbol not in self._symbols):
            return None
        self._hub.open(key, instrument, playback.venue.quiet_book_s)
        self._learning[key] = MarketLearning(self._spec)
        self._probing.start(key)
        return key
