"""The last trades of one market, numbered, for readers that come by at their own pace.

A reader remembers the number after the last trade it took. One that comes too late learns how many
it missed; one whose book broke meanwhile learns that too. When a replay jumps, its tape is another
one: numbers begin anew, and readers see a break. Memory is bounded by `size`.
"""

from collections import deque
from itertools import islice
from typing import Final, NamedTuple

from market.trade import Trade

SIZE: Final = 4096
"""Trades kept: seconds of the busiest market, hours of a quiet one."""


class Stretch(NamedTuple):
    """What a reader has not seen yet."""

    trades: tuple[Trade, ...]
    """Oldest first."""
    next: int
    """Where to read on."""
    missed: int
    """Trades that were already gone."""
    breaks: int
    """How often the book broke since the market was opened."""


class Tape:
    """Written by the hub only."""

    __slots__ = ("_next", "_trades", "breaks")

    def __init__(self, size: int = SIZE) -> None:
        self._trades: deque[Trade] = deque(maxlen=size)
        self._next = 0
        self.breaks = 0
        """How often the book broke."""

    def add(self, trade: Trade) -> None:
        """The newest print."""
        self._trades.append(trade)
        self._next += 1

    def follow_on(self, before: "Tape") -> None:
        """Take the place of another tape: for its readers, the book broke."""
        self.breaks = before.breaks + 1

    def since(self, number: int) -> Stretch:
        """Everything from that number on; 0 is the beginning."""
        oldest = self._next - len(self._trades)
        first = min(max(number, oldest), self._next)
        return Stretch(
            trades=tuple(islice(self._trades, first - oldest, None)),
            next=self._next,
            missed=first - number if number < first else 0,
            breaks=self.breaks,
        )
