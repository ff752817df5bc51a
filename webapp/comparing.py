"""One tab's order priced every way, about once a second and off the event loop.

With it: what moves the cost, how far apart the models of impact are, what the order would cost on
other markets, and, less often, what other sizes of it would cost.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from engine.hub import MarketHub
from market.errors import BookNotReady, OrderError
from models.base import MarketState, Request
from models.comparison import Way, compare
from models.impact.range import ImpactRange, opinions
from models.sensitivity import Swing, tornado
from models.size_curve import SizeCurve, size_curve
from webapp.session import Session
from webapp.watching import Elsewhere, Schedules, elsewhere

CURVE_EVERY = 3
"""Turns between two curves of the same order: each prices some twenty sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """What one turn found; nothing where there was no order or no book."""

    ways: tuple[Way, ...] = ()
    swings: tuple[Swing, ...] = ()
    opinions: ImpactRange | None = None
    elsewhere: tuple[Elsewhere, ...] = ()


class Comparing:
    """Works while the tab is painted: a hidden tab has no new number, so nothing is compared."""

    def __init__(self, hub: MarketHub, session: Session) -> None:
        self._hub = hub
        self._session = session
        self._seen: tuple[MarketState | None, Request | None, str] = (None, None, "")
        self._curve_of: Request | None = None
        self._turns = 0

    async def update(self) -> None:
        """Compare anew if the book or the order is new; gives its result to the session."""
        session = self._session
        state = session.last.state if session.last else None
        request, deadline = session.reading.request, session.ticket.deadline
        seen = state, request, deadline
        if all(now is before for now, before in zip(seen, self._seen, strict=True)):
            return
        self._seen = seen
        if state is None or request is None:
            self._give(Studied())
            session.curve = None
            return
        others, schedules = self._others(state), session.schedule_of
        found = await asyncio.to_thread(_study, request, state, float(deadline), others, schedules)
        self._give(found)
        self._turns += 1
        if request is not self._curve_of or self._turns >= CURVE_EVERY:
            self._turns, self._curve_of = 0, request
            session.curve = await asyncio.to_thread(_curve, request, state)

    def _give(self, found: Studied) -> None:
        session = self._session
        session.ways, session.swings, session.opinions = found.ways, found.swings, found.opinions
        session.elsewhere = found.elsewhere

    def _others(self, state: MarketState) -> list[MarketState]:
        """The other markets of the same source that are followed now."""
        followed = self._hub.keys()
        states = [self._hub.state(key) for key in followed if key.source is state.source]
        return [
            other for other in states if other is not None and other.instrument != state.instrument
        ]


def _study(
    request: Request,
    state: MarketState,
    deadline_s: float,
    others: Sequence[MarketState],
    schedules: Schedules,
) -> Studied:
    venues = [
        other
        for other in others
        if other.instrument.symbol == state.instrument.symbol
        and other.instrument.venue != state.instrument.venue
    ]
    ways = compare(request, state, deadline_s=deadline_s, others=venues)
    ranked = elsewhere(request, state, others, schedules)
    try:
        swings, found = tornado(request, state), opinions(request, state)
    except (OrderError, BookNotReady):
        return Studied(ways=ways, elsewhere=ranked)
    return Studied(ways=ways, swings=swings, opinions=found, elsewhere=ranked)


def _curve(request: Request, state: MarketState) -> SizeCurve | None:
    try:
        return size_curve(request, state)
    except (OrderError, BookNotReady):
        return None


def load(session: Session, key: str) -> None:
    """Put one way into the ticket: its order type, its parameters and its recipe."""
    way: Way | None = next((way for way in session.ways if way.key == key), None)
    if way is None or way.estimate is None:
        return
    session.order_as(way.estimate.request)
