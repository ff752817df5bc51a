"""A recording on its way through decoder and hub, in recorded time: the one way there is.

The replay of a page, the headless replay, a quote at a moment and the time machine all take the
lines of a file one after the other through a deck. What has been taken can be kept as a mark, and
playing goes on from a mark exactly as it would have gone on from there.
"""

import copy
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.live_market import LiveMarket
from feeds.playback import Playback, Step
from feeds.recording import Line
from feeds.survey import symbol_of
from market.units import NS_PER_S
from models.base import Source


class RecordedClock:
    """Time as a recording tells it."""

    def __init__(self, ns: int = 0) -> None:
        self.ns = ns

    def now_ns(self) -> int:
        """Recorded time (ns UTC)."""
        return self.ns

    def steady_ns(self) -> int:
        """The same: recorded time never goes back."""
        return self.ns

    async def sleep(self, seconds: float) -> None:
        """Let recorded time pass."""
        self.ns += round(seconds * NS_PER_S)


@dataclass(frozen=True, slots=True)
class Mark:
    """All that playing knows after so many lines; never written again."""

    lines: int
    ns: int
    playback: Playback
    markets: tuple[LiveMarket, ...]
    is_complete: bool


class Deck:
    """Takes lines in order. One writer: whoever holds the deck."""

    def __init__(self, playback: Playback, only: Collection[str] | None = None) -> None:
        """`only` these markets are open, from the start; None opens what is heard, when it is."""
        self.playback = playback
        self.clock = RecordedClock()
        self.hub = MarketHub(self.clock, LatencyMeter())
        self.lines = 0
        """Lines taken so far."""
        self._symbols: set[str] = set()
        self._is_complete = False
        for symbol in only or ():
            self._open(symbol)
        self._is_complete = only is not None

    @classmethod
    def at(cls, mark: Mark) -> "Deck":
        """A deck that goes on where a mark was made."""
        deck = cls(_twin(mark.playback))
        deck.clock.ns, deck.lines = mark.ns, mark.lines
        deck.hub.open_as(market.twin(deck.clock) for market in mark.markets)
        deck._symbols = {market.key.symbol for market in mark.markets}
        deck._is_complete = mark.is_complete
        return deck

    def mark(self) -> Mark:
        """What is known now, to go on from later."""
        still = RecordedClock(self.clock.ns)
        markets = tuple(market.twin(still) for market in self.hub.markets())
        return Mark(self.lines, self.clock.ns, _twin(self.playback), markets, self._is_complete)

    @property
    def keys(self) -> tuple[MarketKey, ...]:
        """The markets heard of so far."""
        return tuple(self.key(symbol) for symbol in self._symbols)

    def key(self, symbol: str) -> MarketKey:
        """What a symbol of the recording is called in the hub."""
        return MarketKey(Source.REPLAY, self.playback.venue.name, symbol)

    def take(self, line: Line) -> Step | None:
        """The next line: through the decoder, into the hub."""
        self.lines += 1
        step = self.playback.take(line)
        if step is not None:
            self.apply(step)
        return step

    def apply(self, step: Step) -> None:
        """Give the hub what one line brought."""
        self.clock.ns = max(self.clock.ns, step.ns)
        if step.ended is not None:
            for key in self.keys:
                self.hub.break_book(key, str(step.ended), step.ended.code)
        for event in step.events:
            symbol = symbol_of(event)
            if symbol is not None:
                self._open(symbol)
                self.hub.apply(self.key(symbol), event)
        error = step.error
        if error is not None and error.symbol is not None:
            self._open(error.symbol)
            if error.resync is not None:
                self.hub.break_book(self.key(error.resync), str(error), error.code)

    def hand_over(self, hub: MarketHub) -> None:
        """From now on another hub has the markets, and takes what comes."""
        for market in self.hub.markets():
            hub.adopt(market)
        self.hub = hub

    def _open(self, symbol: str) -> None:
        venue = self.playback.venue
        instrument = venue.instruments.get(symbol)
        if self._is_complete or symbol in self._symbols or instrument is None:
            return
        self._symbols.add(symbol)
        self.hub.open(self.key(symbol), instrument, venue.quiet_book_s, venue.unverified)


def _twin(playback: Playback) -> Playback:
    """The same playback with a decoder of its own; instruments are frozen and can be shared."""
    instruments = playback.venue.instruments
    shared: Iterable[object] = instruments.values()
    return copy.deepcopy(playback, {id(each): each for each in shared})
