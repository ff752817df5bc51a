"""The state of a market at a moment of a recording, as the app would have had it then."""

from datetime import UTC, datetime
from pathlib import Path

from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from feeds.playback import Playback
from feeds.recorded import open_recording
from feeds.survey import symbol_of
from market.errors import OrderError
from market.units import NS_PER_S
from models.base import MarketState, Source


class _RecordedClock:
    """Time as the recording tells it."""

    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        return self.ns

    def steady_ns(self) -> int:
        return self.ns

    async def sleep(self, seconds: float) -> None:
        self.ns += round(seconds * NS_PER_S)


def moment_ns(text: str, first_ns: int) -> int:
    """`+12.5` seconds after the first message, ISO-8601 (UTC where it names no zone), or ns."""
    try:
        if text.startswith("+"):
            return first_ns + round(float(text[1:]) * NS_PER_S)
        if text.isdigit():
            return int(text)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise OrderError("at", f"{text!r} is no time", "+SECONDS, ISO-8601, or ns") from None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1e6) * (NS_PER_S // 1_000_000)


def recorded_state(path: Path, symbol: str, at: str = "", venue: str = "") -> MarketState:
    """The state at `at`, or after the last message; OrderError where the market is not in it.

    `symbol` may be left empty where the recording holds one market. Blocks while it reads.
    """
    decoder = open_recording(path, venue)
    playback = Playback(path, decoder)
    clock = _RecordedClock()
    hub = MarketHub(clock, LatencyMeter())
    opened: dict[str, MarketKey] = {}
    until: int | None = None
    for step in playback:
        if at and until is None:
            until = moment_ns(at, step.ns)
        if until is not None and step.ns > until:
            clock.ns = max(clock.ns, until)
            break
        clock.ns = step.ns
        if step.ended is not None:
            for key in opened.values():
                hub.break_book(key, str(step.ended))
        for event in step.events:
            concerned = symbol_of(event)
            if concerned is None:
                continue
            if concerned not in opened:
                instrument = decoder.instruments.get(concerned)
                if instrument is None:
                    continue
                opened[concerned] = MarketKey(Source.REPLAY, decoder.name, concerned)
                hub.open(opened[concerned], instrument)
            hub.apply(opened[concerned], event)
        error = step.error
        if error is not None and error.resync in opened:
            hub.break_book(opened[str(error.resync)], str(error))
    return _chosen(hub, opened, symbol, path)


def _chosen(hub: MarketHub, opened: dict[str, MarketKey], symbol: str, path: Path) -> MarketState:
    known = ", ".join(sorted(opened)) or "none until then"
    if symbol not in opened and (symbol or len(opened) != 1):
        wanted = f"no {symbol!r}" if symbol else "which market is not said"
        raise OrderError("instrument", f"{wanted} in {path.name}", known)
    state = hub.state(opened[symbol] if symbol else next(iter(opened.values())))
    assert state is not None, "every market opened has a state"
    return state
