"""A venue at two addresses: books at one, trades and day volume (the tape) at the other.

Each address is a `Connection` with its own backoff and deadlines. Books decide the health that is
shown and whether a market can be priced; the tape only brings its events. A recording holds the
frames of both in the order they came, and is played to one decoder.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from feeds.base import Endpoint, FeedError, FeedEvent, FeedHealth, Venue
from feeds.ccxt_connection import CcxtFleet
from feeds.ccxt_venue import CcxtVenue
from feeds.connection import Connection
from feeds.fleet import Fleet
from feeds.tap import Tap
from market.trade import DayVolume, Trade


def connection_to(
    venue: Venue,
    endpoint: Endpoint,
    on_event: Callable[[FeedEvent], None],
    on_broken: Callable[[str, FeedError], None],
    **options: Any,
) -> Connection:
    """The connection that an endpoint needs; arguments as for `Connection`."""
    if isinstance(venue, CcxtVenue):
        return CcxtFleet(venue, endpoint, on_event, on_broken, **options)
    if endpoint.is_per_symbol:
        return Fleet(venue, endpoint, on_event, on_broken, **options)
    tape = venue.tape() if endpoint.tape_url else None
    if tape is None:
        return Connection(venue, endpoint, on_event, on_broken, **options)
    return TapedConnection(venue, tape, endpoint, on_event, on_broken, **options)


class TapedConnection(Connection):
    """Follows, stops and runs both together."""

    def __init__(
        self,
        venue: Venue,
        tape: Venue,
        endpoint: Endpoint,
        on_event: Callable[[FeedEvent], None],
        on_broken: Callable[[str, FeedError], None],
        **options: Any,
    ) -> None:
        super().__init__(venue, endpoint, on_event, on_broken, **options)

        def on_tape(event: FeedEvent) -> None:
            # That the tape is alive confirms no book.
            if isinstance(event, Trade | DayVolume):
                on_event(event)

        tap = options.get("tap")
        self._tape = Connection(
            tape,
            Endpoint(ws_url=endpoint.tape_url, rest_url=endpoint.rest_url, label=endpoint.label),
            on_tape,
            lambda symbol, error: None,
            **options
            | {
                "rest": None,
                "tap": _Frames(tap) if tap is not None else None,
                "breaker": self.breaker,
            },
        )

    @property
    def health(self) -> FeedHealth:
        """The books' health, with what the tape counted added."""
        books, tape = super().health, self._tape.health
        error = f"trades: {tape.last_error}" if tape.last_error else ""
        return msgspec.structs.replace(
            books,
            messages=books.messages + tape.messages,
            bytes=books.bytes + tape.bytes,
            messages_per_s=books.messages_per_s + tape.messages_per_s,
            trades=books.trades + tape.trades,
            decode_errors=books.decode_errors + tape.decode_errors,
            reconnects=books.reconnects + tape.reconnects,
            last_error=books.last_error or error,
        )

    def follow(self, symbol: str) -> None:
        """Ask both for one more symbol. Raises SubscribeRefused when it is not listed."""
        super().follow(symbol)
        self._tape.follow(symbol)

    def unfollow(self, symbol: str) -> None:
        """Stop following at both."""
        super().unfollow(symbol)
        self._tape.unfollow(symbol)

    def try_now(self) -> None:
        """Whichever of the two waits for its next try starts it now."""
        super().try_now()
        self._tape.try_now()

    async def run(self) -> None:
        """Follow until cancelled."""
        async with asyncio.TaskGroup() as group:
            tape = group.create_task(self._tape.run(), name=f"tape {self.endpoint.tape_url}")
            await super().run()
            tape.cancel()


class _Frames(Tap):
    """Writes down what the tape received; connects and ends are told of the books alone."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap

    def connected(self, url: str, ns: int) -> None:
        return

    def received(self, frame: bytes, recv_ns: int) -> None:
        self._tap.received(frame, recv_ns)

    def sent(self, text: str, ns: int) -> None:
        return

    def fetched(self, url: str, body: bytes, ns: int) -> None:
        return

    def skipped(self, frames: int, why: str, ns: int) -> None:
        self._tap.skipped(frames, why, ns)

    def closed(self, reason: str, ns: int) -> None:
        return
