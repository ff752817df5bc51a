"""The lines of a recording from any place in it, and the way to any moment. Off the event loop."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from engine.deck import Deck, Mark
from feeds.base import DecodeError, Venue
from feeds.playback import Playback
from feeds.recording import Direction, Line
from feeds.run_of_files import read_run

LINES_READ_AHEAD: Final = 256
MARK_EVERY: Final = 500
"""Lines between two marks, as long as there is room for them."""
MOST_MARKS: Final = 48


class Reel:
    """Lines in order, some at a time; what lies before a damaged one is given still."""

    def __init__(self, path: Path, skip: int = 0) -> None:
        self.damage: DecodeError | OSError | None = None
        self._lines = read_run(path, skip)

    def next(self, most: int = LINES_READ_AHEAD) -> list[Line]:
        """The next lines; none at the end or at the damage."""
        lines: list[Line] = []
        try:
            lines.extend(islice(self._lines, most))
        except (DecodeError, OSError) as error:
            self.damage = error
        return lines


@dataclass(frozen=True, slots=True)
class Arrival:
    """A deck that stands at a moment, and what comes after."""

    deck: Deck
    reel: Reel
    pending: list[Line]
    taken_ns: int
    """Recorded time of the last line taken; 0 before the first."""


class Rewinder:
    """Goes to moments of one file, and leaves marks on the way so that the next way is short."""

    def __init__(self, path: Path, venue: Callable[[], Venue]) -> None:
        """venue  a fresh decoder that knows the instruments to be priced"""
        self._path = path
        self._venue = venue
        self._marks: list[Mark] = []
        self.every = MARK_EVERY

    def go(self, target_ns: int, told: Callable[[float], bool]) -> Arrival | None:
        """A deck with every line up to `target_ns` taken. Blocks; None when `told` says stop.

        told  is given the share of the way now and then
        """
        mark = next((m for m in reversed(self._marks) if m.ns <= target_ns), None)
        deck = Deck.at(mark) if mark is not None else self._fresh()
        way = _Way(deck, Reel(self._path, deck.lines), target_ns, has_frames=mark is not None)
        while lines := way.reel.next():
            pending = way.take(lines)
            if pending:
                return way.arrival(pending)
            if way.has_frames and deck.lines >= self._reached + self.every:
                self._keep(deck.mark())
            if not told(way.share):
                return None
        return way.arrival([])

    @property
    def _reached(self) -> int:
        return self._marks[-1].lines if self._marks else 0

    def _keep(self, mark: Mark) -> None:
        """One more; when there is no room, every other one goes, and they come half as often."""
        self._marks.append(mark)
        if len(self._marks) > MOST_MARKS:
            self._marks = self._marks[1::2]
            self.every *= 2

    def _fresh(self) -> Deck:
        venue = self._venue()
        symbols = tuple(venue.instruments)
        return Deck(Playback(self._path, venue), only=symbols)


class _Way:
    """From where a deck stands to a moment."""

    def __init__(self, deck: Deck, reel: Reel, target_ns: int, *, has_frames: bool) -> None:
        self.deck, self.reel, self.target_ns = deck, reel, target_ns
        self.has_frames = has_frames
        """Whether a message was taken: the lines before the first one have no time to wait for."""
        self._start_ns = self._taken_ns = deck.clock.ns

    def take(self, lines: list[Line]) -> list[Line]:
        """Take what is due; what is left begins with the first line that is not."""
        for number, line in enumerate(lines):
            if self.has_frames and self.deck.playback.due_ns(line) > self.target_ns:
                return lines[number:]
            self.deck.take(line)
            self._taken_ns = self.deck.clock.ns
            if line.t == Direction.RECV and not self.has_frames:
                self.has_frames, self._start_ns = True, self._taken_ns
        return []

    @property
    def share(self) -> float:
        """How much of the way is done, 0..1."""
        length = self.target_ns - self._start_ns
        return min(1.0, (self._taken_ns - self._start_ns) / length) if length > 0 else 0.0

    def arrival(self, pending: list[Line]) -> Arrival:
        """Recorded time goes on to the moment itself."""
        self.deck.clock.ns = max(self.deck.clock.ns, self.target_ns)
        return Arrival(self.deck, self.reel, pending, self._taken_ns)
