"""Markets of a recording at regular moments: adapter and hub as live, in recorded time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from engine.clock import RecordedClock
from engine.hub import MarketHub
from engine.latency import LatencyMeter
from engine.market_key import MarketKey
from feeds.playback import Playback, Step
from feeds.recorded import open_recording
from feeds.survey import symbol_of
from market.units import NS_PER_MS
from models.base import Source

LOOK_NS: Final = 50 * NS_PER_MS
"""Between two looks at the books, as live."""


class Look(NamedTuple):
    """A moment of a recording at which the markets are looked at."""

    ns: int
    clock: RecordedClock
    hub: MarketHub
    keys: tuple[MarketKey, ...]


def looks(path: Path, venue: str = "") -> Iterator[Look]:
    """The markets of a recording, looked at twenty times a second of recorded time.

    Raises FeedError for a file that is no recording, OSError for no file. Blocks while it reads.
    """
    decoder = open_recording(path, venue)
    playback, clock = Playback(path, decoder), RecordedClock()
    hub = MarketHub(clock, LatencyMeter())
    keys: dict[str, MarketKey] = {}
    next_ns = 0
    for step in playback:
        while keys and next_ns < step.ns:
            clock.ns = next_ns
            yield Look(clock.ns, clock, hub, tuple(keys.values()))
            next_ns += LOOK_NS
        clock.ns, next_ns = step.ns, max(next_ns, step.ns)
        _take(step, hub, keys, playback)
    yield Look(clock.ns, clock, hub, tuple(keys.values()))


def _take(step: Step, hub: MarketHub, keys: dict[str, MarketKey], playback: Playback) -> None:
    if step.ended is not None:
        for key in keys.values():
            hub.break_book(key, str(step.ended), "unavailable")
    for event in step.events:
        symbol = symbol_of(event)
        if symbol is None:
            continue
        if symbol not in keys:
            instrument = playback.venue.instruments.get(symbol)
            if instrument is None:
                continue
            keys[symbol] = MarketKey(Source.REPLAY, playback.venue.name, symbol)
            hub.open(keys[symbol], instrument, playback.venue.quiet_book_s)
        hub.apply(keys[symbol], event)
    error = step.error
    if error is not None and error.resync in keys:
        hub.break_book(keys[str(error.resync)], str(error), error.code)
