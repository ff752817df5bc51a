"""One tab's order priced every way, about once a second and off the event loop.

With it: what moves the cost, and how far apart the models of impact are on the same order.
"""

import asyncio
from collections.abc import Sequence

from engine.hub import MarketHub
from market.errors import BookNotReady, OrderError
from models.base import MarketState, Request
from models.comparison import Way, compare
from models.impact.range import ImpactRange, opinions
from models.sensitivity import Swing, tornado
from webapp.session import Session

Studied = tuple[tuple[Way, ...], tuple[Swing, ...], ImpactRange | None]
NOTHING: Studied = ((), (), None)


class Comparing:
    """Works while the tab is painted: a hidden tab has no new number, so nothing is compared."""

    def __init__(self, hub: MarketHub, session: Session) -> None:
        self._hub = hub
        self._session = session
        self._seen: tuple[MarketState | None, Request | None, str] = (None, None, "")

    async def update(self) -> None:
        """Compare anew if the book or the order is new; gives its result to the session."""
        session = self._session
        state = session.last.state if session.last else None
        request, deadline = session.reading.request, session.ticket.deadline
        seen = state, request, deadline
        if all(now is before for now, before in zip(seen, self._seen, strict=True)):
            return
        self._seen = seen
        found = NOTHING
        if state is not None and request is not None:
            others = self._others(state)
            found = await asyncio.to_thread(_study, request, state, float(deadline), others)
        session.ways, session.swings, session.opinions = found

    def _others(self, state: MarketState) -> list[MarketState]:
        """The same instrument at other venues of the same source, where it is followed now."""
        followed = self._hub.keys()
        states = [self._hub.state(key) for key in followed if key.source is state.source]
        return [
            other
            for other in states
            if other is not None
            and other.instrument.symbol == state.instrument.symbol
            and other.instrument.venue != state.instrument.venue
        ]


def _study(
    request: Request, state: MarketState, deadline_s: float, others: Sequence[MarketState]
) -> Studied:
    ways = compare(request, state, deadline_s=deadline_s, others=others)
    try:
        return ways, tornado(request, state), opinions(request, state)
    except (OrderError, BookNotReady):
        return ways, (), None


def load(session: Session, key: str) -> None:
    """Put one way into the ticket: its order type, its parameters and its recipe."""
    way: Way | None = next((way for way in session.ways if way.key == key), None)
    if way is None or way.estimate is None:
        return
    session.order_as(way.estimate.request)
