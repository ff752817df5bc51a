"""How one Binance book becomes right and stays right: buffer, fetch, splice, link.

The stream brings changes only; the book they change is fetched over REST. Every change carries the
ids of its first and last event, `U` and `u`, and on futures `pu`, the `u` of the change before it.

1. Changes are kept until a book is there. A hole among them makes the earlier ones useless.
2. A book fetched at `lastUpdateId` is older than what was kept: fetch again (SnapshotTooOld).
3. Kept changes that the book already holds are dropped:  spot u <= lastUpdateId
                                                        futures u < lastUpdateId
4. The first one used has to cover the book:        spot U <= lastUpdateId + 1 <= u
                                                 futures U <= lastUpdateId <= u
5. After that:   spot  u <= last u is a repeat and is ignored; U > last u + 1 is a gap
              futures  pu is the last u, anything else is a gap
6. After a gap the book is dead until the next splice; what is missing is never guessed.
"""

from abc import ABC, abstractmethod
from enum import Enum
from typing import Final

import msgspec

from feeds.base import FeedError, SequenceGap, SnapshotTooOld
from market.book import BookUpdate

MAX_KEPT: Final = 2000
"""Changes kept while waiting for a book: 200 s of `@depth@100ms`."""
MAX_REPEATS: Final = 50
"""Repeats in a row. A venue that started its numbering anew would otherwise freeze the book."""
NO_ID: Final = -1


class Link(msgspec.Struct, frozen=True, gc=False):
    """The ids of one change."""

    first: int
    last: int
    before: int = NO_ID
    """`pu`; only futures have it."""


class Rule(ABC):
    """The questions whose answers differ between the products."""

    @abstractmethod
    def is_before(self, book_id: int, link: Link) -> bool:
        """Whether a book fetched at this id already holds the change."""

    @abstractmethod
    def is_first(self, book_id: int, link: Link) -> bool:
        """Whether the change can be the first after that book."""

    @abstractmethod
    def is_repeat(self, last: int, link: Link) -> bool:
        """Whether it may be ignored after the change that ended at `last`."""

    @abstractmethod
    def is_next(self, last: int, link: Link) -> bool:
        """Whether nothing is missing between the two."""


class SpotRule(Rule):
    """Contiguous ranges."""

    def is_before(self, book_id: int, link: Link) -> bool:
        """u <= lastUpdateId."""
        return link.last <= book_id

    def is_first(self, book_id: int, link: Link) -> bool:
        """U <= lastUpdateId + 1 <= u."""
        return link.first <= book_id + 1 <= link.last

    def is_repeat(self, last: int, link: Link) -> bool:
        """u <= last u."""
        return link.last <= last

    def is_next(self, last: int, link: Link) -> bool:
        """U <= last u + 1; normally equal."""
        return link.first <= last + 1


class FuturesRule(Rule):
    """Linked pairs: ids jump, and `pu` says from where."""

    def is_before(self, book_id: int, link: Link) -> bool:
        """u < lastUpdateId."""
        return link.last < book_id

    def is_first(self, book_id: int, link: Link) -> bool:
        """U <= lastUpdateId <= u."""
        return link.first <= book_id <= link.last

    def is_repeat(self, last: int, link: Link) -> bool:
        """Never: whatever does not link is a gap."""
        return False

    def is_next(self, last: int, link: Link) -> bool:
        """pu == last u."""
        return link.before == last


class Phase(Enum):
    """Whether changes may pass."""

    WAITING = "waiting"
    """for a book; changes are kept"""
    SPLICED = "spliced"
    """the book is there, the first change after it is not"""
    LIVE = "live"


class SplicedBook:
    """State of one book on one connection. It holds ids, not levels."""

    __slots__ = ("_kept", "_last", "_phase", "_repeats", "_rule", "symbol", "venue")

    def __init__(self, venue: str, symbol: str, rule: Rule) -> None:
        self.venue = venue
        self.symbol = symbol
        self._rule = rule
        self._last = NO_ID
        self._repeats = 0
        self.lost()

    @property
    def is_waiting(self) -> bool:
        """Nothing passes until a book is spliced in."""
        return self._phase is Phase.WAITING

    @property
    def has_kept(self) -> bool:
        """Changes wait for a book: the stream is alive."""
        return len(self._kept) > 0

    def lost(self) -> None:
        """A change could not be read: what came before it leads nowhere."""
        self._phase = Phase.WAITING
        self._kept: list[tuple[Link, BookUpdate]] = []

    def take(self, link: Link, update: BookUpdate) -> tuple[BookUpdate, ...]:
        """One change: what may pass on, or SequenceGap."""
        rule, last = self._rule, self._last
        if self._phase is Phase.LIVE:
            if rule.is_next(last, link) and not rule.is_repeat(last, link):
                self._last = link.last
                self._repeats = 0
                return (update,)
            is_old = rule.is_repeat(last, link)
        elif self._phase is Phase.WAITING:
            return self._keep(link, update)
        else:
            if rule.is_first(last, link):
                self._phase, self._last, self._repeats = Phase.LIVE, link.last, 0
                return (update,)
            is_old = rule.is_before(last, link)
        self._repeats += 1
        if is_old and self._repeats <= MAX_REPEATS:
            return ()
        raise self._gap(link, update)

    def splice(self, book: BookUpdate) -> tuple[BookUpdate, ...]:
        """The fetched book and the kept changes that follow it (steps 2 to 4)."""
        if self._phase is not Phase.WAITING:
            return ()
        if book.event_ns == 0 and self._kept:
            # Spot books carry no time of their own.
            book = msgspec.structs.replace(book, event_ns=self._kept[0][1].event_ns)
        rest = [(link, u) for link, u in self._kept if not self._rule.is_before(book.seq, link)]
        if rest and not self._rule.is_first(book.seq, rest[0][0]):
            raise SnapshotTooOld(
                f"{self.venue} {self.symbol}: the fetched book ({book.seq}) does not reach the "
                f"first change kept ({rest[0][0].first})",
                symbol=self.symbol,
            )
        self._phase = Phase.LIVE if rest else Phase.SPLICED
        self._last = rest[-1][0].last if rest else book.seq
        self._repeats = 0
        self._kept = []
        return (book, *(update for _, update in rest))

    def _keep(self, link: Link, update: BookUpdate) -> tuple[BookUpdate, ...]:
        if self._kept:
            last = self._kept[-1][0].last
            if self._rule.is_repeat(last, link):
                return ()
            if not self._rule.is_next(last, link):
                self._last = last
                raise self._gap(link, update)
        if len(self._kept) == MAX_KEPT:
            self._kept.clear()
        self._kept.append((link, update))
        return ()

    def _gap(self, link: Link, update: BookUpdate) -> FeedError:
        """The error to raise. The change that showed the gap is the first of the next buffer."""
        self.lost()
        self._kept.append((link, update))
        found = link.first if link.before == NO_ID else link.before
        return SequenceGap(
            f"{self.venue} {self.symbol}: expected a change after {self._last}, got one "
            f"{'from' if link.before == NO_ID else 'after'} {found}",
            resync=self.symbol,
        )
