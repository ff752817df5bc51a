"""A venue whose address is the subscription: a connection for each symbol, as one.

Each symbol has its own decoder, backoff and deadlines, so that one that breaks disturbs no other.
What one of them counted is kept when its symbol is let go and taken up again.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from feeds.base import (
    Endpoint,
    FeedError,
    FeedEvent,
    FeedHealth,
    FeedState,
    SubscribeRefused,
    Venue,
)
from feeds.breaker import Circuit
from feeds.connection import Connection
from feeds.following import Phase


class Fleet(Connection):
    """Follows, stops and runs all of them together."""

    def __init__(
        self,
        venue: Venue,
        endpoint: Endpoint,
        on_event: Callable[[FeedEvent], None],
        on_broken: Callable[[str, FeedError], None],
        **options: Any,
    ) -> None:
        """Arguments as for `Connection`; the endpoint's address has a place for the symbol."""
        super().__init__(venue, endpoint, on_event, on_broken, **options)
        options = options | {"breaker": self.breaker}
        self._ships: dict[str, Connection] = {}
        self._changed = asyncio.Event()

        def build(symbol: str) -> Connection:
            return Connection(
                type(venue)(venue.instruments), endpoint.at(symbol), on_event, on_broken, **options
            )

        self._build = build

    @property
    def health(self) -> FeedHealth:
        """Sums over all; the state is that of the worst that is still followed."""
        return _sum(
            self.endpoint.ws_url,
            [ship.health for ship in self._ships.values()],
            [ship.health for ship in self._ships.values() if ship.symbols],
        )

    @property
    def symbols(self) -> tuple[str, ...]:
        """What is followed, refused ones too."""
        return tuple(symbol for symbol, ship in self._ships.items() if ship.symbols)

    def phase(self, symbol: str) -> Phase | None:
        """How the book of one symbol stands; None = not followed."""
        ship = self._ships.get(symbol)
        return ship.phase(symbol) if ship is not None else None

    def follow(self, symbol: str) -> None:
        """One more connection. Raises SubscribeRefused when the symbol is not listed."""
        if symbol not in self.venue.instruments:
            raise SubscribeRefused(
                f"{self.venue.name} lists no instrument {symbol[:40]!r}",
                symbol=symbol,
                is_final=True,
            )
        if symbol not in self._ships:
            self._ships[symbol] = self._build(symbol)
        self._ships[symbol].follow(symbol)
        self._changed.set()

    def unfollow(self, symbol: str) -> None:
        """End the symbol's connection: as long as it is open, it brings books."""
        ship = self._ships.get(symbol)
        if ship is not None:
            ship.unfollow(symbol)
            self._changed.set()

    def try_now(self) -> None:
        """Every one that waits for its next try starts it now."""
        for ship in self._ships.values():
            ship.try_now()

    async def run(self) -> None:
        """Follow until cancelled."""
        running: dict[str, asyncio.Task[None]] = {}
        self._changed.set()
        async with asyncio.TaskGroup() as group:
            while True:
                await self._changed.wait()
                self._changed.clear()
                for symbol, ship in self._ships.items():
                    task = running.get(symbol)
                    if ship.symbols and (task is None or task.cancelled()):
                        task = group.create_task(ship.run(), name=ship.endpoint.ws_url)
                        # One that was taken up again while it was closing starts after that.
                        task.add_done_callback(lambda _: self._changed.set())
                        running[symbol] = task
                    elif not ship.symbols and task is not None and not task.cancelling():
                        task.cancel()


def _sum(url: str, counted: Iterable[FeedHealth], followed: Iterable[FeedHealth]) -> FeedHealth:
    total: dict[str, Any] = dict.fromkeys(SUMMED, 0)
    for health in counted:
        for name in SUMMED:
            total[name] += getattr(health, name)
    now = list(followed)
    return FeedHealth(
        url=url,
        state=max((health.state for health in now), key=WORSE.index, default=FeedState.STOPPED),
        connected_ns=max((health.connected_ns for health in now), default=0),
        last_recv_ns=max((health.last_recv_ns for health in now), default=0),
        last_error=next((health.last_error for health in now if health.last_error), ""),
        next_try_ns=min((health.next_try_ns for health in now if health.next_try_ns), default=0),
        # One breaker serves all of them.
        circuit=max((health.circuit for health in now), key=CIRCUITS.index, default=CIRCUITS[0]),
        trips=max((health.trips for health in now), default=0),
        **total,
    )


WORSE: Final = (
    FeedState.STOPPED,
    FeedState.ENDED,
    FeedState.LIVE,
    FeedState.SYNCING,
    FeedState.CONNECTING,
    FeedState.DOWN,
)
SUMMED: Final = tuple(
    field.name
    for field in msgspec.structs.fields(FeedHealth)
    if field.type in (int, float) and not field.name.endswith("_ns") and field.name != "trips"
)
"""Counts and rates; moments are not added up."""
CIRCUITS: Final = tuple(Circuit)
