"""The state of a market at a moment of a recording, as the app would have had it then."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.clock import RecordedClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from feeds.playback import Playback, Step
from feeds.recorded import open_recording
from feeds.recording import Direction
from feeds.survey import symbol_of
from market.errors import OrderError
from market.units import NS_PER_S, utc_ns
from models.base import MarketState, Source


def moment_ns(text: str, first_ns: int) -> int:
    """`+12.5` seconds after the first message, ISO-8601 (UTC where it names no zone), or ns."""
    try:
        if text.startswith("+"):
            ns = first_ns + round(float(text[1:]) * NS_PER_S)
        elif text.isdecimal():
            ns = int(text)
        else:
            ns = utc_ns(datetime.fromisoformat(text))
        utc_ns(_utc(ns))
    except (ValueError, OverflowError):
        raise OrderError("at", f"{text!r} is no time", "+SECONDS, ISO-8601, or ns") from None
    return ns


def _utc(ns: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=ns // NS_PER_S)


class RecordedMarkets:
    """A recording played once through the hub; `state` is what the app would have had then."""

    def __init__(self, path: Path, venue: str = "") -> None:
        self.path = path
        self._decoder = open_recording(path, venue)
        self._clock = RecordedClock()
        self._hub = MarketHub(self._clock, LatencyMeter())
        self._opened: dict[str, MarketKey] = {}
        self.first_ns: int | None = None
        """Recorded time of the first message; None before it is given."""

    def steps(self) -> Iterator[int]:
        """Recorded time (ns) of every message, each given before it is applied."""
        for step in Playback(self.path, self._decoder):
            if self.first_ns is None and step.kind == Direction.RECV:
                self.first_ns = step.ns
            yield step.ns
            self._clock.ns = max(self._clock.ns, step.ns)
            self._apply(step)

    def state(self, symbol: str, at_ns: int | None = None) -> MarketState:
        """At that time, or now; `symbol` may be empty where there is one market. OrderError."""
        if at_ns is not None:
            self._clock.ns = max(self._clock.ns, at_ns)
        known = ", ".join(sorted(self._opened)) or "none until then"
        if symbol not in self._opened and (symbol or len(self._opened) != 1):
            wanted = f"no {symbol!r}" if symbol else "which market is not said"
            raise OrderError("instrument", f"{wanted} in {self.path.name}", known)
        key = self._opened[symbol] if symbol else next(iter(self._opened.values()))
        state = self._hub.state(key)
        assert state is not None, "every market opened has a state"
        return state

    def _apply(self, step: Step) -> None:
        if step.ended is not None:
            for key in self._opened.values():
                self._hub.break_book(key, str(step.ended))
        for event in step.events:
            concerned = symbol_of(event)
            if concerned is None:
                continue
            if concerned not in self._opened:
                instrument = self._decoder.instruments.get(concerned)
                if instrument is None:
                    continue
                key = MarketKey(Source.REPLAY, self._decoder.name, concerned)
                self._opened[concerned] = key
                self._hub.open(key, instrument)
            self._hub.apply(self._opened[concerned], event)
        error = step.error
        if error is not None and error.resync in self._opened:
            self._hub.break_book(self._opened[str(error.resync)], str(error))


def recorded_state(path: Path, symbol: str, at: str = "", venue: str = "") -> MarketState:
    """The state at `at`, or after the last message; OrderError where the market is not in it.

    `symbol` may be left empty where the recording holds one market. Blocks while it reads.
    """
    markets = RecordedMarkets(path, venue)
    until: int | None = None
    for ns in markets.steps():
        if at and until is None and markets.first_ns is not None:
            until = moment_ns(at, markets.first_ns)
            if until < markets.first_ns:
                first = f"{_utc(markets.first_ns):%Y-%m-%dT%H:%M:%SZ} or later"
                raise OrderError("at", "nothing was recorded yet", first)
        if until is not None and ns > until:
            break
    return markets.state(symbol, until)
