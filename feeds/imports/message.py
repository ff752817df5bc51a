"""What every archive reader yields, and how it fails: with the line's number."""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple, NoReturn, TextIO

from feeds.base import FeedError
from market.units import NS_PER_S

Levels = list[tuple[float, float]]


class ArchiveError(FeedError):
    """An archive that cannot be used as it is; names the file and the line."""

    code = "archive"


class Message(NamedTuple):
    """One message of an archive, in the venue's own unit of size."""

    line: int
    """Where it ends in the archive."""
    symbol: str
    is_snapshot: bool
    event_ns: int
    recv_ns: int
    bids: Levels
    """(price, size); size 0 removes."""
    asks: Levels
    is_partial: bool = False


class Place:
    """A line of a file, for errors."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.line = 0

    def fail(self, problem: str) -> NoReturn:
        """Raise ArchiveError."""
        where = f"{self.name} line {self.line}" if self.line else self.name
        raise ArchiveError(f"{where}: {problem}", is_final=True)

    def number(self, text: str, what: str, *, may_be_zero: bool) -> float:
        """A price or a size."""
        value = math.nan
        if NUMERALS.issuperset(text):
            try:
                value = float(text)
            except ValueError:
                value = math.nan
        if not math.isfinite(value) or value < 0 or (value == 0 and not may_be_zero):
            allowed = "a number from 0" if may_be_zero else "a number above 0"
            self.fail(f"{what} is {text[:40]!r}, not {allowed}")
        return value

    def time_ns(self, text: str, what: str, unit_ns: int) -> int:
        """A time stamp counted in `unit_ns`, as ns UTC."""
        if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
            ns = int(text) * unit_ns
            if EARLIEST_NS <= ns <= LATEST_NS:
                return ns
        self.fail(f"{what} is {text[:40]!r}, not a time between 2010 and 2100")


def lines(file: TextIO, place: Place) -> Iterator[str]:
    """The lines of a file, none longer than memory is for; `place` counts them."""
    while text := file.readline(MAX_LINE):
        place.line += 1
        if len(text) == MAX_LINE:
            place.fail("longer than any line of market data")
        yield text


NUMERALS: Final = frozenset("0123456789.eE+-")
"""Python's float() would also take nan, inf, blanks, underscores and other alphabets."""
MAX_DIGITS: Final = 19
EARLIEST_NS: Final = 1_262_304_000 * NS_PER_S
LATEST_NS: Final = 4_102_444_800 * NS_PER_S
MAX_LEVELS: Final = 200_000
"""Of one message; more is no book, and would only fill the memory."""
MAX_LINE: Final = 8 << 20
