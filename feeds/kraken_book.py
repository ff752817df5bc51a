"""How one Kraken book becomes right and stays right: the depth cut, the checksum, the order.

1. A snapshot starts the book; both sides are cut to the depth that was subscribed.
2. An update is applied in the order it is written, both sides, size 0 removes.
3. Then both sides are cut to that depth again: Kraken does not say what fell out.
4. CRC-32 over the ten best levels as written has to be the venue's; else the book is dead until
   the next snapshot.
5. There are no numbers to link. A time before the last one, or the same message once more, is out
   of order even where the checksum still fits: the book is dead as well.

So a lost message is seen as soon as one of the ten best levels is wrong. One that touched only
levels beyond them is seen when they rise into the ten, or never, if a later update repairs them.
"""

import zlib
from collections.abc import Sequence
from typing import Final, TypeVar

from feeds.base import ChecksumMismatch, FeedError, SequenceGap
from feeds.checksum import Level, TextBook

CHECKSUM_LEVELS: Final = 10

E = TypeVar("E", bound=FeedError)


class CheckedBook:
    """Texts of one book on one connection."""

    __slots__ = ("_is_dead", "_last_body", "_last_ns", "_texts", "depth", "symbol")

    def __init__(self, symbol: str, depth: int) -> None:
        self.symbol = symbol
        self.depth = depth
        """Levels a side, as the venue acknowledged it."""
        self._texts = TextBook()
        self._is_dead = True
        self._last_ns = -1
        self._last_body = b""

    @property
    def is_dead(self) -> bool:
        """Whether updates are dropped until a snapshot."""
        return self._is_dead

    def start(self) -> None:
        """A snapshot follows."""
        self._texts = TextBook()
        self._is_dead = False
        self._last_ns, self._last_body = -1, b""

    def check_order(self, event_ns: int, body: bytes) -> None:
        """Raise SequenceGap for a message that cannot follow the last one."""
        if event_ns < self._last_ns:
            late_ms = (self._last_ns - event_ns) / 1e6
            raise self.broken(SequenceGap, f"an update came {late_ms:g} ms out of order")
        if event_ns == self._last_ns and body == self._last_body:
            raise self.broken(SequenceGap, "the same update came twice")
        self._last_ns, self._last_body = event_ns, body

    def take(self, bids: Sequence[Level], asks: Sequence[Level]) -> tuple[list[Level], list[Level]]:
        """Apply one message; (bids, asks) that fell out of the depth."""
        self._texts.apply(bids, asks)
        return self._texts.bids.cut(self.depth), self._texts.asks.cut(self.depth)

    def verify(self, theirs: int) -> None:
        """Raise ChecksumMismatch when our best levels are not the venue's."""
        best = self._texts.bids.best(CHECKSUM_LEVELS), self._texts.asks.best(CHECKSUM_LEVELS)
        ours = checksum(*best)
        if ours != theirs:
            raise self.broken(ChecksumMismatch, f"our book gives {ours}, the venue's {theirs}")

    def broken(self, kind: type[E], text: str) -> E:
        """The error to raise; the book passes nothing on until a snapshot."""
        self._is_dead = True
        return kind(f"Kraken {self.symbol}: {text}", resync=self.symbol)


def checksum(bids: Sequence[Level], asks: Sequence[Level]) -> int:
    """CRC-32 of the ten best asks, then bids: price and size without point and leading zeros."""
    return zlib.crc32(
        "".join(
            text.replace(".", "", 1).lstrip("0")
            for side in (asks, bids)
            for level in side[:CHECKSUM_LEVELS]
            for text in level
        ).encode()
    )
