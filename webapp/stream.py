"""The publisher: one task that paints every tab.

It looks often at the markets that somebody watches, so that a new book is on the screen soon, and
sends at most ten messages a second to a tab: what changed of the market and of the tab's own cost
since the message before. The same book and the same order send nothing; once a second a heartbeat
carries ages and rates. A hidden tab or one without a socket gets nothing, and everything in one
snapshot when it is back. Messages are numbered, so a browser that missed one asks for a snapshot.
A late look is skipped, never queued.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from nicegui import Client

from engine.hub import MarketKey
from engine.process_load import ProcessLoad
from engine.quoter import Quote
from market.units import NS_PER_S
from models.base import MarketState, Request, Source
from webapp import format as fmt
from webapp.delta import changes
from webapp.frames import comparison, cost, execution, market, swings
from webapp.frames.status import status
from webapp.services import Services
from webapp.session import Phase, Session
from webapp.ticket import PARAMETERS

log = logging.getLogger(__name__)

LOOK_NS = 20_000_000
"""Between two looks at the markets."""
SHORTEST_NS = 90_000_000
"""Between two messages to a tab; with the looks, ten a second at most."""
LONGEST_TURN_NS = 3_000_000
"""After this long the publisher lets other tasks run before the next tab."""
JUMP_NS = 5 * NS_PER_S
"""A step of a market's history that is longer did not come by waiting."""
COST_HISTORY = 900
"""Seconds of a ticket's cost kept for the chart."""

encode = msgspec.json.Encoder().encode


@dataclass(eq=False)
class View:
    """One tab as the publisher sees it."""

    client: Client
    bus_id: int
    session: Session
    is_visible: bool = True
    needs_snapshot: bool = True
    costs: deque[list[Any]] = field(default_factory=lambda: deque(maxlen=COST_HISTORY))
    last_sample_ns: int = 0
    last_ns: int = 0
    """Time of the market at the last heartbeat."""
    shown_state: MarketState | None = None
    shown_session: tuple[Any, ...] = ()
    """What the last message was made from; compared by identity."""
    next_ns: int = 0
    """No message before this, but for the heartbeat."""
    priced: tuple[MarketKey | None, Request | None] = (None, None)
    number: int = 0
    """Of the next message; 0 is a snapshot."""
    has_failed: bool = False
    """Whether it was told already that this tab could not be painted."""
    sent: dict[str, Any] = field(default_factory=dict)
    """Topic -> value as the browser has it, for as long as it missed nothing."""

    @property
    def is_awake(self) -> bool:
        """Whether somebody can see it."""
        return self.is_visible and self.client.has_socket_connection

    def connected(self) -> None:
        """The browser is (back) on the line."""
        self.needs_snapshot = True

    def show(self, is_visible: bool) -> None:
        """The tab came to the front, or went behind."""
        self.is_visible = is_visible
        self.needs_snapshot = True

    def lost(self) -> None:
        """The browser missed a message."""
        self.needs_snapshot = True

    def begin(self) -> dict[str, Any]:
        """The head of a message; a snapshot starts from nothing."""
        if self.needs_snapshot:
            self.number = 0
            self.sent.clear()
        frame = {"n": self.number}
        self.number += 1
        return frame

    def is_shown(self, state: MarketState | None) -> bool:
        """Whether the tab already shows this."""
        now = self._of_session()
        return (
            state is self.shown_state
            and len(now) == len(self.shown_session)
            and all(a is b for a, b in zip(now, self.shown_session, strict=True))
        )

    def note(self, state: MarketState | None) -> None:
        """The tab shows this now."""
        self.shown_state, self.shown_session = state, self._of_session()
        self.needs_snapshot = False

    def has_jumped(self, now_ns: int, sample_ns: int) -> bool:
        """Whether its market went to another time, as a recording may: its plots begin anew."""
        is_back = now_ns < self.last_ns - NS_PER_S or sample_ns < self.last_sample_ns
        return is_back or (self.last_sample_ns > 0 and sample_ns - self.last_sample_ns > JUMP_NS)

    def _of_session(self) -> tuple[Any, ...]:
        session = self.session
        return session.reading, session.phase, session.why, session.key

    def send(self, frame: dict[str, Any]) -> None:
        """One message to the browser; JSON is the only thing that goes into the code."""
        message = encode(frame).decode()
        self.client.run_javascript(f"getElement({self.bus_id})?.frame({message})")


@dataclass(slots=True)
class Ladder:
    """The book of a market as it is shown, and the ways to it from what tabs show already."""

    state: MarketState
    topic: dict[str, Any]
    _since: list[tuple[dict[str, Any] | None, bytes]] = field(default_factory=list)

    def since(self, shown: dict[str, Any] | None) -> bytes:
        """JSON of what changed since that one, or of all."""
        for before, change in self._since:
            if before is shown:
                return change
        change = encode(self.topic if shown is None else changes(shown, self.topic))
        self._since.append((shown, change))
        return change


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the heartbeat says to all tabs of a market."""

    status: list[Any]
    facts: list[Any]
    curve: bytes


class Publisher:
    """Paints all tabs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._load = ProcessLoad()
        self._load_now = self._load.read()
        self._latency_table = services.latencies.table()
        self._views: dict[str, View] = {}
        self._ladders: dict[MarketKey, Ladder] = {}
        self._shared: dict[MarketKey | None, Shared] = {}

    def attach(self, client: Client, bus_id: int, session: Session) -> View:
        """Paint this tab until it is deleted."""
        view = View(client, bus_id, session)
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
            _add(frame, view, self._now(session, state, quote))
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

    def _add_ladder(self, frame: dict[str, Any], view: View, state: MarketState | None) -> None:
        """What changed of the book: worked out once for all tabs that show the same of it."""
        key = view.session.key
        if key is None or state is None:
            _add(frame, view, [("ladder", market.no_ladder(view.session.phase))])
            return
        known = self._ladders.get(key)
        if known is None or known.state is not state:
            known = self._ladders[key] = Ladder(state, market.ladder(state))
        shown = view.sent.get("ladder")
        if shown is not known.topic:
            frame["ladder"] = msgspec.Raw(known.since(shown))
            view.sent["ladder"] = known.topic

    def _now(
        self, session: Session, state: MarketState | None, quote: Quote | None
    ) -> Iterator[tuple[str, Any]]:
        """What changes with every book and every edit, by topic."""
        estimate = quote.estimate if quote else None
        yield "cost", _cost(session, state, quote)
        yield "takes", cost.takes(estimate, state)
        yield "order", cost.order_facts(estimate, state)
        yield "execution", execution.carried_out(estimate)

    def _second(self, view: View, quote: Quote | None) -> Iterator[tuple[str, Any]]:
        """What changes once a second, by topic."""
        shared = self._market(view.session.key)
        estimate = quote.estimate if quote else None
        yield "status", shared.status
        yield "market", shared.facts
        yield "ways", comparison.ways(view.session.ways)
        total = estimate.total_bps if estimate else None
        yield "swings", swings.rows(view.session.swings, total)
        yield "mark", cost.curve_mark(estimate) if estimate else None

    def _begin_heartbeat(self) -> None:
        """Forget what was encoded a second ago, and markets that nobody watches."""
        watched = {view.session.key for view in self._views.values()}
        self._ladders = {key: known for key, known in self._ladders.items() if key in watched}
        self._shared = {}
        self._load_now = self._load.read()
        self._latency_table = self._services.latencies.table()

    def _market(self, key: MarketKey | None) -> "Shared":
        """What the heartbeat says about a market, worked out once a second."""
        if key in self._shared:
            return self._shared[key]
        services = self._services
        health = services.runner.health(key.source, key.venue) if key else None
        age_s = services.hub.age_s(key) if key else None
        state = services.hub.state(key) if key else None
        facts, curve = market.NO_FACTS, market.NO_CURVE
        if key is not None and state is not None:
            facts = market.facts(state, services.hub.last_trade(key))
            if state.book is not None and not state.trust.refuses:
                curve = market.curve(state.book, state.instrument)
        shared = self._shared[key] = Shared(
            status=status(health, age_s, self._latency_table, self._load_now),
            facts=facts,
            curve=encode(curve),
        )
        return shared

    def _histories(self, view: View, quote: Quote | None) -> dict[str, Any]:
        """A second more for the charts, or all of it when the tab or the order is new."""
        session = view.session
        key, hub = session.key, self._services.hub
        now_ns = (hub.now_ns(key) if key else None) or self._services.clock.now_ns()
        samples = hub.history(key) if key else ()
        is_elsewhere = view.has_jumped(now_ns, samples[-1].ns if samples else 0)
        priced = (key, session.reading.request)
        is_new_order = priced != view.priced or is_elsewhere
        if is_new_order:
            view.costs.clear()
            view.priced = priced
        estimate = quote.estimate if quote else None
        point = cost.point(now_ns, estimate)
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
        replace["curve"] = msgspec.Raw(self._market(key).curve)
        return {"replace": replace, "append": append}


def _add(frame: dict[str, Any], view: View, topics: Iterable[tuple[str, Any]]) -> None:
    """What differs from what the browser has."""
    for topic, value in topics:
        if topic not in view.sent:
            frame[topic] = value
        elif value != view.sent[topic]:
            frame[topic] = changes(view.sent[topic], value)
        view.sent[topic] = value


LOOKS = {Phase.CHOOSING: "loading", Phase.OPENING: "loading", Phase.FAILED: "refused"}
"""How a headline without a number looks, by phase; idle in all others."""


def _cost(session: Session, state: MarketState | None, quote: Quote | None) -> dict[str, Any]:
    """The headline: a number, or why there is none."""
    if quote is not None and quote.estimate is not None:
        return cost.priced(quote.estimate, session.opinions)
    look, why = LOOKS.get(session.phase, "idle"), session.why
    if quote is not None:
        look, why = "refused", quote.refusal
    elif session.problems and session.phase is not Phase.STOPPED:
        look, why = "refused", "; ".join(_named(*each) for each in session.problems.items())
    return cost.unpriced(session.ticket, look, why, state.trust if state else None)


def _named(field: str, problem: str) -> str:
    """A problem away from its field, which for a parameter says what it is about."""
    parameter = PARAMETERS.get(field)
    return f"{fmt.sentence(parameter.meaning)}: {problem}" if parameter else problem
