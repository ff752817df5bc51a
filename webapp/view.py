"""One tab as the publisher sees it: what it was sent, and whether anybody looks at it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from nicegui import Client

from engine.hub import MarketKey
from engine.warm import is_warm
from market.units import NS_PER_S
from models.base import MarketState, Request
from models.size_curve import SizeCurve
from webapp.session import Session

JUMP_NS = 5 * NS_PER_S
"""A step of a market's history that is longer did not come by waiting."""
COST_HISTORY = 1800
"""Seconds of a ticket's cost kept for the chart."""
TRADE = "/"
"""The page that shows a price."""

encode = msgspec.json.Encoder().encode


@dataclass(eq=False)
class View:
    """One tab; `page` gives the address it shows now."""

    client: Client
    bus_id: int
    session: Session
    page: Callable[[], str] = lambda: TRADE
    is_visible: bool = True
    needs_snapshot: bool = True
    costs: deque[list[Any]] = field(default_factory=lambda: deque(maxlen=COST_HISTORY))
    last_sample_ns: int = 0
    last_ns: int = 0
    """Time of the market at the last heartbeat."""
    beat_ns: int = 0
    """Our own time of the last heartbeat."""
    shown_state: MarketState | None = None
    shown_session: tuple[Any, ...] = ()
    """What the last message was made from; compared by identity."""
    shown_page: str = TRADE
    next_ns: int = 0
    """No message before this, but for the heartbeat."""
    priced: tuple[MarketKey | None, Request | None] = (None, None)
    curve: SizeCurve | None = None
    """As the browser has it."""
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

    def turn_to_page(self) -> bool:
        """Whether the Trade page is the one shown; what changed meanwhile is sent on the return."""
        page = self.page()
        if page != self.shown_page:
            self.shown_page, self.needs_snapshot = page, True
        return page == TRADE

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

    def has_jumped(self, now_ns: int, sample_ns: int, beat_ns: int) -> bool:
        """Whether its market went to another time, as a recording may: its plots begin anew.

        A tab that was hidden finds its market further on, which is no jump.
        """
        if now_ns < self.last_ns - NS_PER_S or sample_ns < self.last_sample_ns:
            return True
        was_away = beat_ns - self.beat_ns > JUMP_NS
        return not was_away and 0 < self.last_sample_ns < sample_ns - JUMP_NS

    def _of_session(self) -> tuple[Any, ...]:
        session = self.session
        return (
            session.reading,
            session.phase,
            session.why,
            session.key,
            session.ticket.grouping,
            is_warm(),
        )

    def send(self, frame: dict[str, Any]) -> None:
        """One message to the browser; JSON is the only thing that goes into the code."""
        message = encode(frame).decode()
        self.client.run_javascript(f"getElement({self.bus_id})?.frame({message})")
