"""What pages want of a replay, and how it stands."""

import asyncio
from dataclasses import dataclass
from typing import Final, Literal

from feeds.playback import Step
from feeds.recording import Direction
from market.book import BookUpdate
from market.errors import OrderError

SLOWEST: Final = 0.1
FASTEST: Final = 100.0

Stride = Literal["message", "book"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """How a replay stands, as a value."""

    file: str
    first_ns: int
    """Recorded time of the first and the last message; counted from 0 where none was kept."""
    last_ns: int
    now_ns: int
    has_times: bool
    speed: float
    reached: float | None
    """Speed of the last second, where the machine cannot keep up; None where it can."""
    is_paused: bool
    is_over: bool
    going: float | None
    """Share of the way to another moment; None when it is not going anywhere."""
    problem: str
    """What is wrong with the file, where that ended the playing."""


class Remote:
    """Wishes of all pages; the player takes them. The newest moment wins."""

    def __init__(self, first_ns: int, last_ns: int | None, speed: float) -> None:
        """Recorded time of the first and last message; `last_ns` None where that is not known."""
        self.first_ns = first_ns
        self.last_ns = last_ns
        self.speed = speed
        self.is_paused = False
        self.target_ns: int | None = None
        """The moment to go to."""
        self.stride: tuple[Stride, str] | None = None
        """The step to take, and the book it is about (empty: any)."""
        self.wanted = asyncio.Event()
        """Set by every wish."""

    def pause(self) -> None:
        """Let time stand still."""
        self.is_paused = True
        self.wanted.set()

    def play(self, *, is_over: bool = False) -> None:
        """Let time go on; from the beginning where it has come to the end."""
        self.is_paused = False
        if is_over:
            self.target_ns = self.first_ns
        self.wanted.set()

    def set_speed(self, speed: float) -> None:
        """OrderError outside SLOWEST to FASTEST."""
        if not SLOWEST <= speed <= FASTEST:
            raise OrderError("speed", f"{speed:g} is refused", f"{SLOWEST:g} to {FASTEST:g}")
        self.speed = speed
        self.wanted.set()

    def seek(self, ns: int) -> None:
        """Go to a moment of recorded time; outside the recording, to its nearer end."""
        nearest = ns if self.last_ns is None else min(ns, self.last_ns)
        self.target_ns = max(nearest, self.first_ns)
        self.wanted.set()

    def step(self, stride: Stride, symbol: str = "") -> None:
        """Pause, and take the next message, or the next change of the book of `symbol` (or any)."""
        self.is_paused, self.stride = True, (stride, symbol)
        self.wanted.set()


def is_taken(step: Step, stride: Stride, symbol: str) -> bool:
    """Whether what a line brought is the step that was wanted."""
    if stride == "message":
        return step.kind == Direction.RECV
    books = (event.symbol for event in step.events if isinstance(event, BookUpdate))
    return any(symbol in ("", book) for book in books)
