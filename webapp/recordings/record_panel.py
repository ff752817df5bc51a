"""Record now: choose a market that is followed or any that is listed, and start."""

from nicegui import ui

from engine.hub import MarketKey
from engine.record_desk import LEAST_GIB, LONGEST_MINUTES, MOST_GIB
from market.errors import OrderError
from models.base import Source
from webapp import search
from webapp.components.instrument_search import InstrumentSearch
from webapp.components.live_table import LiveTable
from webapp.frames import recordings as frames
from webapp.tab import Tab
from webapp.theme import panel
from webapp.typed_number import parse

LOOK = "outlined dense stack-label hide-bottom-space no-error-icon inputmode=decimal"


class RecordPanel:
    """What one tab sees of the recordings that run."""

    def __init__(self, tab: Tab) -> None:
        self._tab, self._desk = tab, tab.services.studio.records
        self._directory = tab.shared.directory
        self._market: MarketKey | None = None
        with panel("Record now", "goes on when this page is closed"):
            with ui.element("div").classes("fm-form-line"):
                self._search = InstrumentSearch(
                    label="Market",
                    on_find=lambda text: search.matches(self._directory, text, self._near()),
                    on_pick=self._pick,
                    on_enter=self._enter,
                ).mark("record-market")
                self._minutes = self._typed("Minutes (empty: until stopped)", "", "minutes")
                self._limit = self._typed("Disk limit, GiB", f"{self._desk.limit_gib:g}", "limit")
                button = ui.button("Record", on_click=self._start)
                button.props("flat no-caps color=none").classes("fm-button is-primary")
                button.mark("record")
            self._table = LiveTable(
                frames.RUN_HEADS,
                self._act,
                caption="Recordings that run",
                empty="Nothing is being recorded.",
            ).mark("runs")
        self._has_offered = False
        self.refresh()

    def refresh(self) -> None:
        """Show how they stand."""
        self._offer()
        self._table.show([frames.run(each) for each in self._desk.all()])

    def _offer(self) -> None:
        """The market of the ticket, once that is known: it is what is mostly meant."""
        ticket = self._tab.session.ticket
        if not self._has_offered and ticket.source and ticket.source != Source.REPLAY:
            self._has_offered = True
            self._take(self._near())

    def _typed(self, label: str, value: str, mark: str) -> ui.input:
        field = ui.input(label, value=value).props(LOOK).mark(mark)
        return field.without_auto_validation()

    def _near(self) -> MarketKey:
        ticket = self._tab.session.ticket
        source = Source(ticket.source or Source.DEMO)
        if source is Source.REPLAY:
            source = Source.LIVE
        return MarketKey(source, ticket.venue, ticket.instrument)

    def _pick(self, chosen: tuple[str, str, str]) -> None:
        key = search.market_of(self._directory, chosen)
        if key is not None:
            self._take(key)

    async def _enter(self, text: str) -> None:
        near = self._near()
        await self._directory.ask(near.source, near.venue)
        found = self._directory.find(text, near, most=1)
        if text.strip() and found:
            self._take(found[0].key)
        else:
            self._market = None
            self._search.show("", "", f"“{text[:40]}” is on no list that is here.")

    def _take(self, key: MarketKey) -> None:
        self._market = key
        self._search.show(key.symbol, f"{key.venue} ({key.source.value})", None)

    def _start(self) -> None:
        for field in (self._minutes, self._limit):
            field.error = None
        try:
            text = (self._minutes.value or "").strip()
            minutes = parse(text, "minutes", f"0 to {LONGEST_MINUTES:,.0f}") if text else None
            limits = f"{LEAST_GIB:g} to {MOST_GIB:,.0f} GiB"
            self._desk.set_limit(parse(self._limit.value or "", "limit", limits))
            if self._market is None:
                raise OrderError("market", "none is chosen", "one from the list")
            self._desk.start(self._market, minutes)
        except OrderError as error:
            self._blame(error)
        else:
            self._search.show(self._market.symbol, f"{self._market.venue}", None)
        self.refresh()

    def _blame(self, error: OrderError) -> None:
        text = f"{error.problem}; allowed: {error.allowed}"
        if error.field == "minutes":
            self._minutes.error = text
        elif error.field == "limit":
            self._limit.error = text
        else:
            self._search.show(self._search.value, "", text)

    def _act(self, name: str, row: str) -> None:
        if name == "stop" and row.isdigit():
            self._desk.stop(int(row))
        self.refresh()
