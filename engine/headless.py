"""A recording replayed without a page: its counts, and how far its books could be trusted.

The same adapter and the same hub as live, in recorded time and as fast as the file can be read.
Trust is asked ten times a second of recorded time, as often as a page would ask.
"""

from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from engine.clock import RecordedClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from feeds.playback import Playback, Step
from feeds.recorded import open_recording
from feeds.survey import Census, InstrumentSurvey, symbol_of
from market.trust import Grade
from market.units import NS_PER_S
from models.base import Source

SAMPLES_PER_S: Final = 10
SAMPLE_NS: Final = NS_PER_S // SAMPLES_PER_S
LONGEST_SILENCE_S: Final = 3600.0
"""Silence that is sampled; after that, nothing about the grade of a silent book can change."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a book was graded below GOOD, and for how much of the time."""

    grade: str
    code: str
    share: float
    """Of the time since the first message about the instrument, 0..1."""
    text: str
    """As a page would have said it, the first time."""


class TrustOverTime(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of the time since the first message about the instrument, 0..1; they add up to 1."""

    seconds: float
    """Recorded time that was graded."""
    good: float
    warn: float
    refuse: float
    reasons: tuple[Reason, ...]
    """The longest first."""


class InstrumentReport(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument of a replay."""

    counts: InstrumentSurvey
    trust: TrustOverTime


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a headless replay found."""

    file: str
    venue: str
    frames: int
    segments: int
    missed: int
    """Frames that the recorder had to drop."""
    errors: int
    """Frames that could not be used and name no instrument."""
    first_ns: int | None
    last_ns: int | None
    length_s: float | None
    damage: str
    instruments: tuple[InstrumentReport, ...]


def replay(path: Path, venue: str = "") -> ReplayReport:
    """Play a whole recording; `venue` overrides what the recording says. Blocks while it reads.

    Raises FeedError for a file that is no recording or of no known venue, OSError for no file.
    """
    decoder = open_recording(path, venue)
    playback = Playback(path, decoder)
    census, grades = Census(decoder), _Grades(decoder.name)
    for step in playback:
        grades.until(step.ns)
        census.take(step)
        grades.take(step, playback)
    grades.until(grades.clock.ns + SAMPLE_NS)
    found = census.survey(playback)
    return ReplayReport(
        file=path.name,
        venue=decoder.name,
        frames=found.frames,
        segments=found.segments,
        missed=found.missed,
        errors=found.errors,
        first_ns=found.first_ns,
        last_ns=found.last_ns,
        length_s=found.length_s,
        damage=found.damage,
        instruments=tuple(
            InstrumentReport(counts=counts, trust=grades.trust(counts.symbol))
            for counts in found.instruments
        ),
    )


class _Grades:
    """A hub fed by a playback, asked for its trust at every tenth of a second."""

    def __init__(self, venue: str) -> None:
        self.clock = RecordedClock()
        self._hub = MarketHub(self.clock, LatencyMeter())
        self._venue = venue
        self._next_ns = 0
        self._seen: dict[str, Counter[tuple[Grade, str]]] = {}
        self._texts: dict[tuple[str, Grade, str], str] = {}

    def until(self, ns: int) -> None:
        """Ask at every sample before `ns`, with the books as they stand."""
        if not self._seen:
            self.clock.ns, self._next_ns = ns, ns
            return
        latest = self.clock.ns + round(LONGEST_SILENCE_S * NS_PER_S)
        while self._next_ns < min(ns, latest):
            self.clock.ns = self._next_ns
            self._sample(1)
            self._next_ns += SAMPLE_NS
        if self._next_ns < ns:
            rest = -((self._next_ns - ns) // SAMPLE_NS)
            self._sample(rest)
            self._next_ns += rest * SAMPLE_NS
        self.clock.ns = ns

    def take(self, step: Step, playback: Playback) -> None:
        """Give the hub what one line brought."""
        error = step.error
        for symbol in self._symbols(step):
            self._open(symbol, playback)
        if step.ended is not None:
            for symbol in self._seen:
                self._hub.break_book(self._key(symbol), str(step.ended), step.ended.code)
        for event in step.events:
            concerned = symbol_of(event)
            if concerned is not None:
                self._hub.apply(self._key(concerned), event)
        if error is not None and error.resync is not None:
            self._hub.break_book(self._key(error.resync), str(error), error.code)

    def trust(self, symbol: str) -> TrustOverTime:
        """The shares of one instrument."""
        seen = self._seen.get(symbol, Counter())
        total = sum(seen.values()) or 1
        by_grade = Counter[Grade]()
        for (grade, _), samples in seen.items():
            by_grade[grade] += samples
        return TrustOverTime(
            seconds=sum(seen.values()) / SAMPLES_PER_S,
            good=by_grade[Grade.GOOD] / total,
            warn=by_grade[Grade.WARN] / total,
            refuse=by_grade[Grade.REFUSE] / total,
            reasons=tuple(
                Reason(
                    grade=grade.name.lower(),
                    code=code,
                    share=samples / total,
                    text=self._texts[symbol, grade, code],
                )
                for (grade, code), samples in seen.most_common()
                if grade is not Grade.GOOD
            ),
        )

    def _sample(self, weight: int) -> None:
        for symbol, seen in self._seen.items():
            state = self._hub.state(self._key(symbol))
            assert state is not None, "every symbol seen has a market"
            worst = max(state.trust.doubts, key=lambda doubt: doubt.grade, default=None)
            if worst is None:
                seen[Grade.GOOD, ""] += weight
                continue
            seen[worst.grade, worst.code] += weight
            self._texts.setdefault((symbol, worst.grade, worst.code), worst.text)

    def _symbols(self, step: Step) -> set[str]:
        symbols = {symbol for event in step.events if (symbol := symbol_of(event)) is not None}
        if step.error is not None and step.error.symbol is not None:
            symbols.add(step.error.symbol)
        return symbols - self._seen.keys()

    def _open(self, symbol: str, playback: Playback) -> None:
        instrument = playback.venue.instruments.get(symbol)
        if instrument is not None:
            venue = playback.venue
            self._hub.open(self._key(symbol), instrument, venue.quiet_book_s, venue.unverified)
            self._seen[symbol] = Counter()

    def _key(self, symbol: str) -> MarketKey:
        return MarketKey(Source.REPLAY, self._venue, symbol)
