"""The publisher: one task that paints every tab.

It looks often at the markets that somebody watches, so that a new book is on the screen soon, and
sends at most ten messages a second to a tab: what changed of the market and of the tab's own cost
since the message before. The same book and the same order send nothing; once a second a heartbeat
carries ages and rates. A hidden tab or one without a socket gets nothing, and everything when it is
back; on other pages than Trade only the status bar moves. Messages are numbered, so a browser that
missed one asks for a snapshot. A late look is skipped, never queued.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from nicegui import Client

from engine.hub import MarketKey
from engine.process_load import ProcessLoad
from engine.quoter import Quote
from market.units import NS_PER_S
from models.base import MarketState, Source
from webapp.delta import changes
from webapp.frames import book, cost, curve, market, trade
from webapp.frames.status import status
from webapp.services import Services
from webapp.session import Session
from webapp.shown_ladder import Ladder
from webapp.view import TRADE, View, encode

log = logging.getLogger(__name__)

LOOK_NS = 20_000_000
"""Between two looks at the markets."""
SHORTEST_NS = 90_000_000
"""Between two messages to a tab; with the looks, ten a second at most."""
LONGEST_TURN_NS = 3_000_000
"""After this long the publisher lets other tasks run before the next tab."""
GAP_NS = 3 * NS_PER_S
"""After a longer time unseen the line of a tab's cost is broken."""
DEPTH_EVERY = 3
"""Heartbeats between two pictures of the whole depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the heartbeat says to all tabs of a market."""

    status: list[Any]
    facts: list[Any]
    depth: bytes


class Publisher:
    """Paints all tabs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._load = ProcessLoad()
        self._load_now = self._load.read()
        self._latency_table = services.latencies.table()
        self._views: dict[str, View] = {}
        self._ladders: dict[tuple[MarketKey, int], Ladder] = {}
        self._shared: dict[MarketKey | None, Shared] = {}
        self._beats = 0

    def attach(
        self, client: Client, bus_id: int, session: Session, page: Callable[[], str] = lambda: TRADE
    ) -> View:
        """Paint this tab until it is deleted; `page` gives the address it shows."""
        view = View(client, bus_id, session, page)
        self._views[client.id] = view
        client.on_connect(view.connected)
        client.on_delete(lambda: self._views.pop(client.id, None))
        return view

    async def run(self) -> None:
        """Look for ever."""
        clock = self._services.clock
        due = beat_ns = clock.steady_ns()
        while True:
            is_heartbeat = clock.steady_ns() >= beat_ns
            if is_heartbeat:
                beat_ns = max(beat_ns, clock.steady_ns() - NS_PER_S) + NS_PER_S
            await self.look(is_heartbeat=is_heartbeat)
            due = max(due + LOOK_NS, clock.steady_ns())
            await clock.sleep((due - clock.steady_ns()) / NS_PER_S)

    async def look(self, *, is_heartbeat: bool) -> None:
        """Send every tab that is awake what is new for it."""
        clock = self._services.clock
        if is_heartbeat:
            self._begin_heartbeat()
        turn = clock.steady_ns()
        for view in list(self._views.values()):
            if view.is_awake:
                self._try_to_paint(view, is_heartbeat)
            if clock.steady_ns() - turn > LONGEST_TURN_NS:
                await asyncio.sleep(0)
                turn = clock.steady_ns()

    def _try_to_paint(self, view: View, is_heartbeat: bool) -> None:
        """What goes wrong with one tab must not stop the others; it is told once and tried on."""
        try:
            self._paint(view, is_heartbeat)
        except Exception:
            view.next_ns = self._services.clock.steady_ns() + NS_PER_S
            if not view.has_failed:
                log.exception("a tab could not be painted")
            view.has_failed = True

    def _paint(self, view: View, is_heartbeat: bool) -> None:
        session, clock = view.session, self._services.clock
        start = clock.steady_ns()
        if not view.turn_to_page():
            self._paint_elsewhere(view, is_heartbeat)
            return
        is_whole = is_heartbeat or view.needs_snapshot
        if start < view.next_ns and not is_whole:
            return
        state = self._services.hub.state(session.key) if session.key else None
        is_new = view.needs_snapshot or not view.is_shown(state)
        if not (is_new or is_whole):
            return
        quote = session.quote() if is_new else session.last
        priced_ns = clock.steady_ns()
        frame = view.begin()
        if is_new:
            self._add_ladder(frame, view, state)
            _add(frame, view, trade.now(session, state, quote))
        if is_whole:
            _add(frame, view, self._second(view, quote))
            frame |= self._histories(view, quote)
        view.send(frame)
        if is_new:
            view.next_ns = start + SHORTEST_NS
        if state is not None and state.book is not None and state is not view.shown_state:
            latencies = self._services.latencies
            latencies.ui.add(clock.steady_ns() - priced_ns)
            if state.source is not Source.REPLAY:  # its messages arrived when it was recorded
                latencies.end_to_end.add(clock.now_ns() - state.book.recv_ns)
        view.note(state)

    def _paint_elsewhere(self, view: View, is_heartbeat: bool) -> None:
        """Another page has its own figures; the status bar is on all of them."""
        if not (is_heartbeat or view.needs_snapshot):
            return
        frame = view.begin()
        _add(frame, view, [("status", self._market(view.session.key).status)])
        view.send(frame)
        view.note(None)

    def _add_ladder(self, frame: dict[str, Any], view: View, state: MarketState | None) -> None:
        """What changed of the book: worked out once for all tabs that show the same of it."""
        key = view.session.key
        if key is None or state is None:
            _add(frame, view, [("ladder", book.no_ladder(view.session.phase))])
            return
        every = int(view.session.ticket.grouping)
        known = self._ladders.get((key, every))
        if known is None or known.state is not state:
            known = self._ladders[key, every] = Ladder(state, book.ladder(state, every))
        shown = view.sent.get("ladder")
        if shown is not known.topic:
            frame["ladder"] = msgspec.Raw(known.since(shown))
            view.sent["ladder"] = known.topic

    def _second(self, view: View, quote: Quote | None) -> Iterator[tuple[str, Any]]:
        """What changes once a second, by topic."""
        shared = self._market(view.session.key)
        yield "status", shared.status
        yield "market", shared.facts
        yield from trade.second(view.session, quote)

    def _begin_heartbeat(self) -> None:
        """Forget what was encoded a second ago, and markets that nobody watches."""
        seen = {
            (view.session.key, int(view.session.ticket.grouping)) for view in self._views.values()
        }
        self._ladders = {shown: known for shown, known in self._ladders.items() if shown in seen}
        self._shared = {}
        self._beats += 1
        self._load_now = self._load.read()
        self._latency_table = self._services.latencies.table()

    def _market(self, key: MarketKey | None) -> Shared:
        """What the heartbeat says about a market, worked out once a second."""
        if key in self._shared:
            return self._shared[key]
        services = self._services
        health = services.runner.health(key.source, key.venue) if key else None
        age_s = services.hub.age_s(key) if key else None
        state = services.hub.state(key) if key else None
        facts = market.NO_FACTS
        if key is not None and state is not None:
            facts = market.facts(state, services.hub.last_trade(key))
        shared = self._shared[key] = Shared(
            status=status(health, age_s, self._latency_table, self._load_now),
            facts=facts,
            depth=encode(book.depth(state)),
        )
        return shared

    def _histories(self, view: View, quote: Quote | None) -> dict[str, Any]:
        """A second more for the charts, or all of it when the tab or the order is new."""
        session = view.session
        key, hub = session.key, self._services.hub
        now_ns = (hub.now_ns(key) if key else None) or self._services.clock.now_ns()
        samples = hub.history(key) if key else ()
        beat_ns = self._services.clock.steady_ns()
        has_jumped = view.has_jumped(now_ns, samples[-1].ns if samples else 0, beat_ns)
        priced = (key, session.reading.request)
        is_new_order = priced != view.priced or has_jumped
        if is_new_order:
            view.costs.clear()
            view.priced = priced
        if view.costs and beat_ns - view.beat_ns > GAP_NS:
            view.costs.append([view.costs[-1][0] + 1, None, None, None])
        point = cost.point(now_ns, quote.estimate if quote else None)
        view.costs.append(point)
        replace: dict[str, Any] = {}
        append: dict[str, Any] = {}
        if is_new_order or view.needs_snapshot:
            replace["cost"] = {"decimals": [2, 2, 2], "rows": list(view.costs)}
            replace["market"] = market.history(samples, session.instrument)
        else:
            append["cost"] = point
            if samples and samples[-1].ns != view.last_sample_ns:
                append["market"] = market.point(samples[-1])
        view.last_sample_ns, view.last_ns = samples[-1].ns if samples else 0, now_ns
        view.beat_ns = beat_ns
        found = session.curve if key else None
        if view.needs_snapshot or found is not view.curve:
            view.curve = found
            replace["curve"] = curve.curve(found)
        if view.needs_snapshot or is_new_order or self._beats % DEPTH_EVERY == 0:
            replace["depth"] = msgspec.Raw(self._market(key).depth)
        return {"replace": replace, "append": append}


def _add(frame: dict[str, Any], view: View, topics: Iterable[tuple[str, Any]]) -> None:
    """What differs from what the browser has."""
    for topic, value in topics:
        if topic not in view.sent:
            frame[topic] = value
        elif value != view.sent[topic]:
            frame[topic] = changes(view.sent[topic], value)
        view.sent[topic] = value
