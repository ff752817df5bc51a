"""What arrives on one connection: decoded, counted, passed on; books broken and mended.

Every frame goes through `take`, which is the tick path; `tend` does, for each followed symbol, what
has fallen due. A book is declared broken (`on_broken`) the moment it may not be priced, and only
that book is asked for anew.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from feeds import recording
from feeds.backoff import Pace
from feeds.base import (
    RECORDED_LINES,
    DecodeError,
    FeedError,
    FeedEvent,
    KeepAlive,
    Pong,
    Send,
    SnapshotTooOld,
    SubscribeRefused,
    Unavailable,
    Upgrade,
    Venue,
    VenueRest,
)
from feeds.following import Following, Phase
from feeds.line import Line
from feeds.playback import break_at
from feeds.recording import Direction
from feeds.tally import Tally
from feeds.tap import Tap
from market.book import BookUpdate
from market.trade import Trade

log = logging.getLogger(__name__)

REQUESTS_PER_RESYNC: Final = 2


class Intake:
    """The followed symbols of one venue, across reconnects."""

    def __init__(
        self,
        venue: Venue,
        tally: Tally,
        on_event: Callable[[FeedEvent], None],
        on_broken: Callable[[str, FeedError], None],
        *,
        rest: VenueRest | None,
        pace: Pace,
        now_ns: Callable[[], int],
        tap: Tap | None = None,
        on_upgrade: Callable[[str], None],
    ) -> None:
        """`on_upgrade` is told when the venue announces the end of this connection."""
        self.followed: dict[str, Following] = {}
        self.takes_all = False
        """Whether symbols nobody asked for are followed too: a recording plays what it holds."""
        self._venue = venue
        self._tally = tally
        self._on_event = on_event
        self._on_broken = on_broken
        self._rest = rest
        self._pace = pace
        self._now_ns = now_ns
        self._on_upgrade = on_upgrade
        self.tap = tap
        self.frames = 0
        """Received on the lines of this intake."""
        self._line: Line | None = None
        self._fetches: dict[str, asyncio.Task[None]] = {}

    @property
    def is_settled(self) -> bool:
        """Every book is there, or will never be."""
        return all(following.is_settled for following in self.followed.values())

    @property
    def is_empty(self) -> bool:
        """No book is left here that could be priced."""
        return all(following.phase is Phase.REFUSED for following in self.followed.values())

    @property
    def has_book(self) -> bool:
        """At least one book is right."""
        return any(following.phase is Phase.LIVE for following in self.followed.values())

    def follow(self, symbol: str) -> None:
        """One more symbol; one that was refused is asked for again."""
        following = self.followed.get(symbol)
        if following is not None and following.phase is not Phase.REFUSED:
            return
        following = self.followed[symbol] = Following(symbol, self._pace.resync)
        if self._line is not None:
            following.asked(_now(), self._venue.splice_after_s)
            self._line.post(self._venue.subscribe([symbol]))

    def unfollow(self, symbol: str) -> None:
        """One less; what is still under way is dropped."""
        if self.followed.pop(symbol, None) is not None and self._line is not None:
            self._line.post(self._venue.unsubscribe([symbol]))

    def release(self, symbol: str) -> None:
        """Leave a book to another connection: without a word to the venue, or of a break."""
        self.followed.pop(symbol, None)

    def report_to(
        self,
        on_event: Callable[[FeedEvent], None],
        on_broken: Callable[[str, FeedError], None],
    ) -> None:
        """Another listener from now on."""
        self._on_event, self._on_broken = on_event, on_broken

    def open(self, line: Line) -> None:
        """A new connection: ask for everything, keep nothing."""
        self._line = line
        self._venue.reset()
        for following in self.followed.values():
            following.asked(_now(), self._venue.splice_after_s)
        line.post(self._venue.subscribe(tuple(self.followed)))

    def close(self, error: FeedError) -> None:
        """The connection is gone, and with it every book. Says so once."""
        if self._line is None:
            return
        self._line = None
        for fetch in self._fetches.values():
            fetch.cancel()
        for symbol, following in tuple(self.followed.items()):
            if following.phase is not Phase.REFUSED:
                self._on_broken(symbol, error)

    # -- the tick path -----------------------------------------------------------------------

    def take(self, frame: bytes) -> None:
        """One frame in, events out. No error in it gets out of here."""
        if self._line is None:
            return  # read ahead on a connection that was given up
        recv_ns = self._now_ns()
        self.frames += 1
        tally = self._tally
        tally.messages += 1
        tally.bytes += len(frame)
        tally.last_recv_ns = recv_ns
        if self.tap is not None:
            self.tap.received(frame, recv_ns)
        try:
            if self.takes_all and frame.startswith(RECORDED_LINES):
                events = self._recall(frame, recv_ns)
            else:
                events = self._venue.receive(frame, recv_ns)
        except FeedError as error:
            self._suffer(error)
            return
        except Exception as error:
            log.exception("%s: a frame could not be decoded", self._venue.name)
            self._suffer(DecodeError(f"unexpected {type(error).__name__}: {error}"))
            return
        for event in events:
            self._pass_on(event)

    def _recall(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """What a recording holds beside frames: a response, or a break that happened then."""
        line = recording.LINE.decode(frame)
        if line.t == Direction.HTTP:
            return self._venue.recall(line.url, line.raw.encode(), recv_ns)
        if line.t == Direction.CONNECT:
            self._venue.reset()
            self._tally.reconnects += 1
        self._break_all(break_at(line))
        return ()

    def _break_all(self, error: FeedError) -> None:
        """No book may be priced until its next snapshot."""
        for symbol, following in tuple(self.followed.items()):
            if following.phase not in (Phase.REFUSED, Phase.BROKEN):
                following.broke(_now())
                self._on_broken(symbol, error)

    def _pass_on(self, event: FeedEvent) -> None:
        if isinstance(event, Send):
            if self._line is not None:
                self._line.post((event.text,))
        elif isinstance(event, Upgrade):
            self._on_upgrade(event.text)
        elif not isinstance(event, Pong):
            following = self.followed.get(event.symbol)
            if following is None and self.takes_all:
                following = self.followed[event.symbol] = Following(event.symbol, self._pace.resync)
                following.asked(_now(), self._venue.splice_after_s)
            if following is not None:
                self._give(event, following)

    def _give(self, event: FeedEvent, following: Following) -> None:
        if isinstance(event, BookUpdate):
            self._tally.books += 1
            self._tally.snapshots += event.is_snapshot
            following.confirmed(_now())
        elif isinstance(event, KeepAlive):
            following.confirmed(_now())
        elif isinstance(event, Trade):
            self._tally.trades += 1
        try:
            self._on_event(event)
        except Exception as error:
            symbol = following.symbol
            log.exception("%s %s: an event was not taken", self._venue.name, symbol)
            self._suffer(
                DecodeError(f"{symbol}: {type(error).__name__} in the program", resync=symbol)
            )

    # -- errors and deadlines ----------------------------------------------------------------

    def _suffer(self, error: FeedError) -> None:
        """Count it, and do to the book it names what it says."""
        if error.ends_connection and self.takes_all:
            # A recording goes on as it did then, and would only start over on a new connection.
            self._tally.suffer(error)
            self._break_all(error)
            return
        if error.ends_connection and self._line is not None:
            # Counted when the connection is gone; no book may be priced until then either.
            line = self._line
            self.close(error)
            line.cut(error)
            return
        self._tally.suffer(error)
        log.info("%s: %s", self._venue.name, error)
        following = self.followed.get(error.symbol or "")
        if following is None or following.phase is Phase.REFUSED:
            return
        if error.is_final and isinstance(error, SubscribeRefused):
            following.refused(_now())
            self._on_broken(following.symbol, error)
        elif error.resync is not None and following.phase is not Phase.BROKEN:
            following.broke(_now())
            self._on_broken(following.symbol, error)

    def tend(self) -> None:
        """Whatever is overdue, due for a resync, or waiting for a book over REST."""
        now, venue, line = _now(), self._venue, self._line
        for symbol, following in tuple(self.followed.items()):
            if following.is_overdue(now, venue.first_book_s, venue.quiet_book_s):
                silence = now - following.heard
                self._suffer(Unavailable(f"{symbol}: no book for {silence:.1f} s", resync=symbol))
            if following.phase is Phase.BROKEN:
                if now < following.resync_at or self.takes_all:
                    continue  # a recording cannot be asked
                if line is not None and line.budget.free_at(now, REQUESTS_PER_RESYNC) <= now:
                    self._tally.resyncs += 1
                    following.asked(now, venue.splice_after_s)
                    try:
                        line.post(venue.resync(symbol))
                    except FeedError as error:
                        self._suffer(error)
                        return
            elif following.phase is Phase.WAITING and now >= following.fetch_at:
                self._fetch_if_wanted(following)

    def _fetch_if_wanted(self, following: Following) -> None:
        symbol = following.symbol
        if self._rest is None or symbol in self._fetches or not self._venue.wants_snapshot(symbol):
            return
        task = asyncio.create_task(self._fetch(self._rest, following), name=f"book {symbol}")
        self._fetches[symbol] = task
        task.add_done_callback(lambda _: self._fetches.pop(symbol))

    async def _fetch(self, rest: VenueRest, following: Following) -> None:
        """A book over REST, joined with the updates that wait for it."""
        try:
            snapshot = await rest.book(self._venue.instruments[following.symbol])
            for event in self._venue.splice(snapshot):
                self._pass_on(event)
        except SnapshotTooOld:
            following.fetch_failed(_now(), self._pace.refetch_s)
        except FeedError as error:
            following.fetch_failed(_now(), self._venue.splice_after_s)
            self._suffer(error)
        except Exception:
            following.fetch_failed(_now(), self._venue.splice_after_s)
            log.exception("%s %s: no book over REST", self._venue.name, following.symbol)


def _now() -> float:
    """Seconds of the counter that deadlines are measured with."""
    return time.monotonic()
