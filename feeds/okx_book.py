"""How one OKX book becomes right and stays right: the sequence rule, the checksum, the splice.

The rule (numbers are linked, never counted):

1. A snapshot starts the chain at its seqId, whatever was before.
2. An update fits when its prevSeqId is the last seqId. seqId may jump ahead; it may be smaller
   (the venue restarted its numbering): the chain goes on from there.
3. Both sides empty and prevSeqId == seqId: nothing changed, the venue says so once a minute.
4. Anything else is a gap: the book is dead until the next snapshot.
5. Recordings of 2021-22 carry no numbers: there the checksum is the only witness.

When updates come but no snapshot does, they are kept, and a book fetched over REST is spliced in:
updates up to its seqId are dropped, and the first one kept must satisfy
prevSeqId <= snapshot seqId < seqId.
"""

import zlib
from enum import Enum
from typing import Final, TypeVar

from feeds.base import (
    ChecksumMismatch,
    FeedError,
    FeedEvent,
    KeepAlive,
    SequenceGap,
    SnapshotTooOld,
)
from feeds.checksum import Level, TextBook
from feeds.okx_wire import ABSENT, Book
from market.book import BookUpdate
from market.instrument import Instrument, Kind

CHECKSUM_LEVELS: Final = 25
MAX_KEPT: Final = 2000
"""Updates kept while waiting for a book: 200 s of `books`, 20 s of tick by tick."""

E = TypeVar("E", bound=FeedError)


class Phase(Enum):
    """Whether updates may pass."""

    WAITING = "waiting"
    """for the first snapshot; updates are kept"""
    LIVE = "live"
    DEAD = "dead"
    """a gap: updates are dropped until a snapshot"""


class LinkedBook:
    """State of one book on one connection. It holds numbers of the chain, not levels."""

    __slots__ = (
        "_kept",
        "_last",
        "_phase",
        "_texts",
        "channel",
        "is_inverse",
        "key",
        "scale",
        "symbol",
    )

    def __init__(self, instrument: Instrument, channel: str) -> None:
        self.symbol = instrument.venue_symbol
        self.channel = channel
        self.scale = instrument.contract_size
        self.is_inverse = instrument.kind is Kind.INVERSE
        self.key = f'{{"arg":{{"channel":"{channel}","instId":"{self.symbol}'.encode()
        """How every message of this book begins."""
        self._texts: TextBook | None = None
        self._phase = Phase.WAITING
        self._last = ABSENT
        self._kept: list[tuple[int, BookUpdate]] = []

    def take(self, update: BookUpdate, prev: int, seq: int) -> tuple[FeedEvent, ...]:
        """One decoded message: what may pass on, or SequenceGap."""
        if update.is_snapshot:
            self._phase = Phase.LIVE
            self._last = seq
            self._kept.clear()
            return (update,)
        if self._phase is not Phase.LIVE:
            self._keep(update, prev)
            return ()
        if prev != self._last:
            raise self.broken(
                SequenceGap,
                f"expected an update after {_name(self._last)}, got one after {_name(prev)}",
            )
        self._last = seq
        if len(update.rows) == 0 and prev == seq != ABSENT:
            return (KeepAlive(symbol=self.symbol, recv_ns=update.recv_ns),)
        return (update,)

    def broken(self, kind: type[E], text: str) -> E:
        """The error to raise; the book passes nothing on until a snapshot."""
        self._phase = Phase.DEAD
        self._texts = None
        return kind(f"OKX {self.symbol}: {text}", resync=self.symbol)

    @property
    def wants_snapshot(self) -> bool:
        """Updates wait for a snapshot."""
        return self._phase is Phase.WAITING and len(self._kept) > 0

    def _keep(self, update: BookUpdate, prev: int) -> None:
        if self._phase is Phase.WAITING and prev != ABSENT:
            if len(self._kept) == MAX_KEPT:
                self._kept.clear()
            self._kept.append((prev, update))

    def splice(self, snapshot: BookUpdate) -> tuple[FeedEvent, ...]:
        """The fetched book and the kept updates that follow it (steps 3 to 6 of the procedure)."""
        if not self.wants_snapshot:
            return ()
        if snapshot.seq < self._kept[0][0]:
            raise SnapshotTooOld(
                f"OKX {self.symbol}: the fetched book ({snapshot.seq}) is older than "
                f"the first update kept ({self._kept[0][0]})",
                symbol=self.symbol,
            )
        following = [(prev, update) for prev, update in self._kept if update.seq > snapshot.seq]
        last = snapshot.seq
        for place, (prev, update) in enumerate(following):
            if prev > last if place == 0 else prev != last:
                raise self.broken(SequenceGap, f"the updates kept have a hole after {last}")
            last = update.seq
        self._kept.clear()
        self._phase, self._last = Phase.LIVE, last
        return (snapshot, *(update for _, update in following))

    def verify(self, body: Book, *, is_snapshot: bool) -> bool:
        """Check a message that was just taken; False = it carries no checksum.

        A book whose text is not known cannot be checked: it starts afresh, and is then followed.
        """
        if self._phase is not Phase.LIVE:
            return False
        if is_snapshot:
            self._texts = TextBook()
        texts = self._texts
        if texts is not None:
            texts.apply(body.bids, body.asks)
        if body.checksum == 0:
            return False
        if texts is None:
            raise self.broken(ChecksumMismatch, "checksums began; starting afresh to follow them")
        ours = checksum(texts.bids.best(CHECKSUM_LEVELS), texts.asks.best(CHECKSUM_LEVELS))
        if ours != body.checksum:
            raise self.broken(
                ChecksumMismatch, f"our book gives {ours}, the venue's {body.checksum}"
            )
        return True


def checksum(bids: list[Level], asks: list[Level]) -> int:
    """Signed CRC-32 of bid, ask, bid, ask… as `price:size`; a shorter side is skipped."""
    parts = [
        ":".join(side[place])
        for place in range(max(len(bids), len(asks)))
        for side in (bids, asks)
        if place < len(side)
    ]
    value = zlib.crc32(":".join(parts).encode())
    return value - (1 << 32) if value >= 1 << 31 else value


def _name(seq: int) -> str:
    return "one without a number" if seq == ABSENT else str(seq)
