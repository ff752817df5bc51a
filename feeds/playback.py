"""A recording through its adapter without a socket: as fast as it can be read, in recorded time.

Each line becomes a step: what the venue made of it, which books it ended, how many checksums held.
Nothing can be asked for here, so a book that broke stays broken until the recording brings a
snapshot. One pass, flat memory; reads a file, so off the event loop.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from feeds.base import DecodeError, FeedError, FeedEvent, Unavailable, Venue
from feeds.recording import Direction, Line
from feeds.run_of_files import read_run
from market.units import NS_PER_MS

UNSTAMPED_NS: Final = 10 * NS_PER_MS
"""Time between two lines whose receive times were not kept."""


class Step(NamedTuple):
    """What one line brought."""

    kind: str
    """The line's `t`."""
    ns: int
    """Recorded time: never goes back, and moves on a little where no stamps were kept."""
    events: Sequence[FeedEvent] = ()
    error: FeedError | None = None
    """What was wrong with a received frame."""
    ended: FeedError | None = None
    """Why every book is invalid from here until its next snapshot."""
    verified: int = 0
    """Checksums that held in this line."""
    missed: int = 0
    """Frames that the recorder had to drop."""


def break_at(line: Line) -> FeedError:
    """What a line of a break (connect, close, gap) means for every book."""
    if line.t == Direction.GAP:
        return Unavailable(f"{line.missed} frames are not in the recording: {line.note}")
    if line.t == Direction.CONNECT:
        return Unavailable("the connection was opened anew")
    return Unavailable(line.note or "the connection ended")


class Playback:
    """Iterate once over a file, through a decoder that nobody else uses."""

    def __init__(self, path: Path, venue: Venue) -> None:
        self.path = path
        self.venue = venue
        self.damage: DecodeError | None = None
        """What ended the playing early; everything before it was played."""
        self.first_ns: int | None = None
        """Stamp of the first and last received frame; None where none were kept."""
        self.last_ns: int | None = None
        self._ns = 0
        self._has_connected = False
        venue.reset()

    def __iter__(self) -> Iterator[Step]:
        """Steps in order. DecodeError or OSError when not even the first line can be read."""
        has_begun = False
        try:
            for line in read_run(self.path):
                has_begun = True
                step = self.take(line)
                if step is not None:
                    yield step
        except DecodeError as error:
            if not has_begun:
                raise
            self.damage = error

    def due_ns(self, line: Line) -> int:
        """Recorded time at which the next line takes its turn (ns)."""
        return self._ns + UNSTAMPED_NS if line.ts_ns is None else max(self._ns, line.ts_ns)

    def take(self, line: Line) -> Step | None:
        """What the next line brings; None where it is of no consequence."""
        self._ns = self.due_ns(line)
        if line.t == Direction.RECV:
            if line.ts_ns is not None:
                self.last_ns = line.ts_ns
                self.first_ns = line.ts_ns if self.first_ns is None else self.first_ns
            return self._received(line)
        if line.t == Direction.HTTP:
            return self._recalled(line)
        if line.t == Direction.CONNECT:
            is_again, self._has_connected = self._has_connected, True
            if is_again:
                self.venue.reset()
            return Step(line.t, self._ns, ended=break_at(line) if is_again else None)
        if line.t in (Direction.CLOSE, Direction.GAP):
            return Step(line.t, self._ns, ended=break_at(line), missed=line.missed)
        return None

    def _received(self, line: Line) -> Step:
        before = self.venue.checksums_verified
        events: Sequence[FeedEvent] = ()
        error: FeedError | None = None
        try:
            events = self.venue.receive(line.raw.encode(), self._ns)
        except FeedError as fault:
            error = fault
        except Exception as fault:  # as intake.py does: no frame may end the run
            error = DecodeError(f"unexpected {type(fault).__name__}: {fault}")
        verified = self.venue.checksums_verified - before
        ended = error if error is not None and error.ends_connection else None
        return Step(line.t, self._ns, events, error, ended, verified)

    def _recalled(self, line: Line) -> Step:
        try:
            events = self.venue.recall(line.url, line.raw.encode(), self._ns)
        except FeedError as error:
            return Step(line.t, self._ns, error=error)
        return Step(line.t, self._ns, events)
