"""Markets: what is followed now, how it is doing, what went wrong, and drills on the demo."""

from nicegui import ui

from engine.directory import Directory
from engine.drill import CATALOG
from engine.drill_course import courses
from engine.hub import MarketKey
from engine.watchlist import Watchlist
from market.errors import OrderError
from models.base import Source
from webapp import format as fmt
from webapp import search
from webapp.components.drill_panel import Choice, DrillPanel, Press
from webapp.components.instrument_search import InstrumentSearch
from webapp.components.live_table import LiveTable
from webapp.frames import markets as frames
from webapp.frames.rows import Row
from webapp.services import Services
from webapp.session import Session
from webapp.tab import Tab
from webapp.theme import panel


def _default(value: float | int | str) -> str:
    return value if isinstance(value, str) else fmt.typed(value)


REFRESH_S = 1.0
INCIDENTS, COURSES = 12, 12
FAULTS = [
    Press(
        name=fault.name,
        label=fault.label,
        description=fault.description,
        choices=tuple(
            Choice(
                name=option.name,
                label=option.meaning,
                default=_default(option.default),
                values=tuple(str(value) for value in option.choices),
                allowed=option.allowed,
            )
            for option in fault.options
        ),
    )
    for fault in CATALOG.values()
]
LABELS = {fault.name: fault.label for fault in CATALOG.values()}


def _what_is_wrong(error: OrderError) -> str:
    return f"{fmt.sentence(error.problem)}. Allowed: {error.allowed}."


def create(tab: Tab) -> None:
    """Build the page; its figures move once a second."""
    _Markets(tab.services, tab.session, tab.shared.directory, tab.shared.watchlist)


class _Markets:
    """What one tab sees of all markets."""

    def __init__(
        self, services: Services, session: Session, directory: Directory, watchlist: Watchlist
    ) -> None:
        self._services, self._session = services, session
        self._directory, self._watchlist = directory, watchlist
        with ui.element("div").classes("fm-toolbar"):
            with ui.element("h1").classes("fm-heading"):
                ui.label("Markets")
            self._count = ui.label().classes("fm-band").mark("followed")
            ui.element("div").classes("fm-spring")
            self._search = InstrumentSearch(
                label="Follow another market",
                on_find=lambda text: search.matches(directory, text, self._near()),
                on_pick=self._pick,
                on_enter=self._enter,
            )
            self._search.classes("fm-add").mark("add")
        with panel("Followed now", classes="is-followed"):
            self._table = LiveTable(
                frames.HEADS,
                self._act,
                caption="Followed markets",
                empty="Nothing is followed. Look for a market, or open one on the Trade page.",
                opens="Open on the Trade page",
            ).mark("markets")
        with ui.element("div").classes("fm-pair"):
            with ui.element("div").classes("fm-column"):
                self._drill_log = ui.element("div")
                with self._drill_log, panel("Drills", "times from the order on"):
                    self._courses = LiveTable(
                        frames.COURSE_HEADS,
                        self._act,
                        caption="Drills",
                        empty="No fault was ordered yet. Press one and watch.",
                    ).mark("courses")
                with panel("Last incidents", "noticed, told, over"):
                    self._incidents = LiveTable(
                        frames.INCIDENT_HEADS,
                        self._act,
                        caption="Last incidents",
                        empty="No book had to be doubted so far.",
                    ).mark("incidents")
            with ui.element("div").classes("fm-column"):
                self._drills = ui.element("div").mark("drills")
                with self._drills, panel("Fault drill", "on the demo exchange only"):
                    self._panel = DrillPanel(FAULTS, self._drill)
                with panel("Venues", "asked so far", classes="is-venues"):
                    self._venues = LiveTable(
                        frames.VENUE_HEADS,
                        self._act_on_venue,
                        caption="Venues",
                        empty="No venue was asked for anything yet.",
                    ).mark("venues")
        self._refresh()
        ui.timer(REFRESH_S, self._refresh)

    def _near(self) -> MarketKey:
        ticket = self._session.ticket
        return MarketKey(Source(ticket.source or Source.DEMO), ticket.venue, ticket.instrument)

    def _pick(self, chosen: tuple[str, str, str]) -> None:
        key = search.market_of(self._directory, chosen)
        if key is not None:
            self._keep(key)

    async def _enter(self, text: str) -> None:
        found = await search.best(self._directory, text, self._near())
        if found is not None:
            self._keep(found.key)
        else:
            why = self._directory.admit(f"{text} ")
            self._search.show("", "", why or f"“{text[:40]}” is on no list that is here.")

    def _keep(self, key: MarketKey) -> None:
        try:
            self._watchlist.add(key)
        except OrderError as error:
            self._search.show("", "", str(error))
        else:
            self._search.show("", "", None)
        self._refresh()

    async def _act(self, name: str, row: str) -> None:
        """A press on a row; a row that is not there any more does nothing."""
        key = next((k for k in self._keys() if frames.name_of(k) == row), None)
        if key is None:
            return
        if name == "open":
            self._session.choose(key)
            ui.navigate.to("/")
        elif name == "keep":
            self._keep(key)
        elif name == "drop":
            await self._watchlist.remove(key)
        self._refresh()

    def _act_on_venue(self, name: str, row: str) -> None:
        """A press on a venue that is not there does nothing."""
        place = next((p for p in self._places() if " ".join(p) == row), None)
        if place is not None and name == "try":
            self._watchlist.try_now(*place)
            self._directory.retry(*place)

    def _drill(self, fault: str, symbol: str, options: dict[str, str]) -> None:
        try:
            self._services.runner.drill(fault, symbol, source=Source.DEMO, **options)
        except OrderError as error:
            if not self._panel.blame(fault, error.field, _what_is_wrong(error)):
                ui.notify(str(error), type="warning")
        self._refresh()

    def _keys(self) -> list[MarketKey]:
        return sorted({*self._services.hub.keys(), *self._watchlist.keys()})

    def _places(self) -> list[tuple[Source, str]]:
        offered = self._services.runner.sources.offered()
        return [(source, venue) for source, venues in offered.items() for venue in venues]

    def _refresh(self) -> None:
        services, keys = self._services, self._keys()
        self._count.set_text(f"{fmt.count(len(keys))} followed")
        self._table.show([self._row(key) for key in keys])
        self._venues.show(self._venue_rows())
        log = services.runner.incidents
        found = log.all()
        self._incidents.show(frames.incidents(found, INCIDENTS))
        symbols = frames.demo_markets(services.hub.keys())
        for part in (self._drills, self._drill_log):
            part.set_visibility(bool(symbols))
        self._panel.show(symbols)
        course = courses(log.drills(), found, services.clock.now_ns())
        self._courses.show(frames.courses(course, LABELS, COURSES))

    def _venue_rows(self) -> list[Row]:
        services = self._services
        asked = [(place, services.runner.health(*place)) for place in self._places()]
        now_ns = services.clock.now_ns()
        rows = [
            frames.venue(*place, line, self._directory.count(*place), now_ns)
            for place, line in asked
            if line is not None
        ]
        return sorted(rows, key=lambda row: bool(row[2]))

    def _row(self, key: MarketKey) -> Row:
        services, kept = self._services, self._watchlist.keys()
        state = services.hub.state(key)
        listed = self._directory.listing(key)
        instrument = state.instrument if state else listed.instrument if listed else None
        return frames.market(
            key,
            instrument,
            services.hub.health(key),
            services.runner.health(key.source, key.venue),
            trouble=self._watchlist.trouble(key),
            is_kept=key in kept,
        )
