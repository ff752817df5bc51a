"""Models: how far learning is, how good it was, and what is kept of it."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from nicegui import ui

from engine.hub import MarketKey
from models.base import Source
from models.learning.state import LearningState
from webapp.learned.board import Board
from webapp.learned.fills import Fills
from webapp.learned.plots import Plots
from webapp.learned.snapshots import SnapshotsView
from webapp.learned.training import Training
from webapp.learned.view import Seen, View
from webapp.tab import Tab

ADDRESS = "/models"
REFRESH_S = 2.0
PLOTS_EVERY = 8
"""Refreshes between two drawings of the plots."""
AT_ONCE = 3
"""First refreshes that draw them all: the first labels come within seconds."""
FIELD = "outlined dense stack-label hide-bottom-space options-dense"
NO_MARKET = (
    "No market is learned from now. Open one on the Trade page: learning begins with its first "
    "book, and with what was kept of it."
)
USUAL_DELAY_NS = 1_000_000_000


def create(tab: Tab) -> None:
    """Build the page; only the view that is shown moves."""
    _Models(tab)


class _Models:
    """What one tab sees."""

    def __init__(self, tab: Tab) -> None:
        services = tab.services
        self._tab, self._trainer = tab, services.trainer
        self._turn, self._is_painting = 0, False
        path = ui.context.client.sub_pages_router.current_path
        asked = {name: each[0] for name, each in parse_qs(urlsplit(path).query).items()}
        self._views: dict[str, tuple[str, Callable[[], View]]] = {
            "training": ("Training", lambda: Training(services, self._choose_delay)),
            "plots": ("Plots", Plots),
            "snapshots": ("Snapshots", lambda: SnapshotsView(services)),
            "fills": ("Fills", lambda: Fills(services)),
            "scores": ("Scoreboard", lambda: Board(services)),
        }
        with ui.element("div").classes("fm-toolbar"):
            with ui.element("h1").classes("fm-heading"):
                ui.label("Models")
            with ui.element("div").classes("fm-tabs").props('role=tablist aria-label="Views"'):
                self._tabs = {name: self._tab_button(name) for name in self._views}
            ui.element("div").classes("fm-spring")
            self._market = ui.select({}, label="Market", on_change=self._changed)
            self._market.props(FIELD).classes("fm-market-choice").mark("market-choice")
            self._delay = ui.select({}, label="Delay", on_change=self._changed)
            self._delay.props(FIELD).classes("fm-delay-choice").mark("delay-choice")
            link = ui.link("Marks as CSV", "/export/model-metrics.csv?units=yes")
            link.classes("fm-link").props("download")
        self._empty = ui.label(NO_MARKET).classes("fm-panel fm-empty").mark("no-market")
        self._built: dict[str, View] = {}
        self._boxes = {name: self._box(title) for name, (title, _) in self._views.items()}
        self._wanted_market = asked.get("market", "")
        self._wanted_delay = asked.get("delay", "")
        self._shown = asked["view"] if asked.get("view") in self._views else "training"
        self._mark_tabs()
        ui.timer(0, self._refresh, once=True)
        ui.timer(REFRESH_S, self._refresh)

    def _box(self, title: str) -> ui.element:
        box = ui.element("div").classes("fm-column")
        return box.props(f'role=tabpanel aria-label="{title}"')

    def _tab_button(self, name: str) -> ui.button:
        button = ui.button(self._views[name][0], on_click=lambda: self._open(name))
        return button.props("flat no-caps color=none role=tab").mark(f"tab-{name}")

    def _mark_tabs(self) -> None:
        """A view is built when it is first opened."""
        for name, box in self._boxes.items():
            box.set_visibility(name == self._shown)
            self._tabs[name].props(f"aria-selected={str(name == self._shown).lower()}")
        if self._shown not in self._built:
            with self._boxes[self._shown]:
                self._built[self._shown] = self._views[self._shown][1]()

    async def _open(self, name: str) -> None:
        self._shown = name
        self._mark_tabs()
        await self._changed()

    async def _choose_delay(self, delay_ns: int) -> None:
        if delay_ns in (self._delay.options or {}):
            self._delay.set_value(delay_ns)

    async def _changed(self) -> None:
        self._turn = 0
        values = {"view": self._shown, "market": self._market.value, "delay": self._delay.value}
        known = {name: value for name, value in values.items() if value is not None}
        ui.navigate.history.replace(f"{ADDRESS}?{urlencode(known)}")
        await self._refresh()

    async def _refresh(self) -> None:
        if self._is_painting:
            return
        self._is_painting = True
        try:
            seen = self._seen()
            self._empty.set_visibility(seen.state is None)
            plots = self._turn < AT_ONCE or self._turn % PLOTS_EVERY == 0
            self._turn += 1
            await self._built[self._shown].show(seen, plots=plots)
        finally:
            self._is_painting = False

    def _seen(self) -> Seen:
        """What the choices mean now; they follow the markets that are open."""
        states = {_name(state): state for state in self._trainer.states()}
        mine = self._tab.session.key
        first = " ".join(mine) if mine else ""
        market = _kept(self._market.value, self._wanted_market, first, known=list(states))
        if list(states) != list(self._market.options or {}) or market != self._market.value:
            self._market.set_options({name: name for name in states}, value=market)
        state = states.get(market) if market else None
        delays = {each.delay_ns: each.label for each in state.delays} if state else {}
        usual = str(USUAL_DELAY_NS)
        delay = _kept(
            str(self._delay.value), self._wanted_delay, usual, known=[str(each) for each in delays]
        )
        chosen = int(delay) if delay else None
        if delays != self._delay.options or chosen != self._delay.value:
            self._delay.set_options(delays, value=chosen)
        key = MarketKey(Source(state.source), state.venue, state.symbol) if state else None
        found = state.delay(chosen) if state and chosen is not None else None
        return Seen(key=key, state=state, delay=found)


def _name(state: LearningState) -> str:
    return f"{state.source} {state.venue} {state.symbol}"


def _kept(*wished: str | None, known: list[str]) -> str | None:
    """The first wish that is known, or the first that is known."""
    return next((wish for wish in wished if wish in known), known[0] if known else None)
