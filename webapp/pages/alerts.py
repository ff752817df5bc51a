"""Alerts: rules that watch while nobody looks."""

from nicegui import ui

from engine.alerts.rule import OF_TICKET, Comparison, Quantity, Rule
from market.errors import OrderError
from models.base import Source
from storage.errors import StorageError
from webapp.components.alert_form import AlertForm
from webapp.components.live_table import LiveTable
from webapp.frames import alerts as frames
from webapp.session import Session
from webapp.tab import Tab
from webapp.theme import panel
from webapp.ticket import to_link
from webapp.typed_number import parse

REFRESH_S = 1.0
EVENTS = 50


def create(tab: Tab) -> None:
    """Build the page; states move once a second."""
    _Alerts(tab)


class _Alerts:
    """What one tab sees."""

    def __init__(self, tab: Tab) -> None:
        self._session, self._board = tab.session, tab.services.alerts
        self._clock = tab.services.clock
        self._removed: Rule | None = None
        with ui.element("div").classes("fm-toolbar"):
            with ui.element("h1").classes("fm-heading"):
                ui.label("Alerts")
            ui.element("div").classes("fm-spring")
            ask = ui.button("Notify in this browser", on_click=tab.tools.ask_to_notify)
            ask.props("flat no-caps color=none").classes("fm-button is-plain").mark("ask")
        with ui.element("div").classes("fm-toolbar").props("role=status") as self._undo_bar:
            self._undo_text = ui.label()
            undo = ui.button("Undo", on_click=self._undo).props("flat no-caps color=none")
            undo.classes("fm-button is-plain").mark("undo-alert")
        self._undo_bar.set_visibility(False)
        with ui.element("div").classes("fm-side-and-main"):
            with panel("New alert"):
                self._where = ui.label().classes("fm-hint")
                AlertForm(self._add)
            with ui.element("div").classes("fm-column"):
                with panel("Watched now"):
                    self._table = LiveTable(
                        frames.HEADS,
                        self._act,
                        caption="Alerts",
                        empty="Nothing is watched. The form says what should call you.",
                    ).mark("alerts")
                with panel("What happened", "newest first, since the start"):
                    self._events = LiveTable(
                        frames.EVENT_HEADS,
                        lambda *_: None,
                        caption="Changes of state",
                        empty="No alert has changed its state yet.",
                    ).mark("alert-events")
        self._refresh()
        ui.timer(REFRESH_S, self._refresh)

    def _refresh(self) -> None:
        now_ns, ticket = self._clock.now_ns(), self._session.ticket
        where = f"{ticket.instrument} at {ticket.venue} ({ticket.source})"
        self._where.set_text(f"On {where}, the market of this tab." if ticket.source else "")
        self._table.show([frames.alert(each, now_ns) for each in self._board.all()])
        self._events.show(frames.events(self._board.events(), EVENTS))

    async def _add(self, values: dict[str, str]) -> None:
        rule = rule_of(values, self._session)
        try:
            await self._board.add(rule)
        except StorageError as error:
            ui.notify(f"Not kept: {error}", type="warning", position="top")
        self._refresh()

    async def _act(self, name: str, row: str) -> None:
        """A press on a row; one that is not there any more does nothing."""
        number = next((each.id for each in self._board.all() if str(each.id) == row), None)
        if number is None:
            return
        try:
            if name == "remove":
                self._removed = await self._board.remove(number)
                name_of_it = self._removed.name if self._removed else ""
                self._undo_text.set_text(f"“{name_of_it}” was removed.")
                self._undo_bar.set_visibility(True)
            elif name in ("on", "off"):
                await self._board.switch(number, is_on=name == "on")
        except StorageError as error:
            ui.notify(str(error), type="warning", position="top")
        self._refresh()

    async def _undo(self) -> None:
        if self._removed is not None:
            await self._board.add(self._removed)
        self._removed = None
        self._undo_bar.set_visibility(False)
        self._refresh()


def rule_of(values: dict[str, str], session: Session) -> Rule:
    """What was typed, for the market of the tab; OrderError names the field."""
    ticket = session.ticket
    if not ticket.source:
        raise OrderError("market", "nothing is open in this tab", "open one on the Trade page")
    quantity = Quantity(values["quantity"])
    estimate = session.last.estimate if session.last else None
    recovery = values["recovery"].strip()
    rule = Rule(
        name=values["name"].strip(),
        source=Source(ticket.source),
        venue=ticket.venue,
        symbol=ticket.instrument,
        quantity=quantity,
        comparison=Comparison(values["comparison"]),
        level=parse(values["level"], "level", "a number"),
        recovery=parse(recovery, "recovery", "a number, or nothing") if recovery else None,
        ticket=to_link(ticket) if quantity in OF_TICKET else {},
        band=(estimate.low_bps, estimate.high_bps) if estimate else None,
        webhook=values["webhook"].strip(),
        for_s=_seconds(values, "for_s"),
        keep_s=_seconds(values, "keep_s"),
        cooldown_s=_seconds(values, "cooldown_s"),
        no_data_s=_seconds(values, "no_data_s"),
    )
    rule.check()
    return rule


def _seconds(values: dict[str, str], field: str) -> float:
    return parse(values[field], field, "seconds, 0 to 86,400")
