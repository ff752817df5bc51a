"""Named tickets and workspaces: save the order of this tab, load one, and put them in order."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

from nicegui import app, ui

from storage.configurations import Configuration, Configurations
from storage.errors import StorageError
from webapp.components.saved_list import SavedList, buttons, card, name_field
from webapp.configuration import (
    TICKET,
    WORKSPACE,
    Settings,
    Workspace,
    check,
    read_ticket,
    read_workspace,
    ticket_body,
    workspace_body,
)
from webapp.session import Session
from webapp.ticket import to_link

FLAT = "flat no-caps color=none"
OFFERED = 12
"""Of the last changed that stand in the menu."""


class TicketMenu:
    """A small menu in the head of the ticket."""

    def __init__(self, session: Session, kept: Configurations) -> None:
        self._session, self._kept = session, kept
        button = ui.button("Saved tickets").props(f"{FLAT} dense padding='0 8px' type=button")
        with button.classes("fm-ticket-menu").mark("ticket-menu"):
            self._menu = ui.menu().classes("fm-menu")
        self._menu.on("before-show", self._fill)

    async def _fill(self) -> None:
        try:
            known = await self._kept.list()
        except StorageError as error:
            ui.notify(str(error), type="warning")
            return
        self._menu.clear()
        with self._menu:
            self._item("Save ticket as …", self._ask_ticket, "save-as")
            self._item("Save workspace as …", self._ask_workspace, "save-workspace")
            ui.separator()
            for each in known[:OFFERED]:
                label = each.name if each.kind == TICKET else f"{each.name} ({each.kind})"
                self._item(label, partial(self.load, each), "load")
            if not known:
                ui.menu_item("Nothing is saved yet").props("disable")
            ui.separator()
            self._item("Manage …", lambda: SavedList(self._kept).show(), "manage")

    def _item(self, label: str, action: Callable[[], object], mark: str) -> None:
        ui.menu_item(label, on_click=action).mark(mark)

    def load(self, each: Configuration) -> None:
        """Put what was saved into this tab; the other tickets of a workspace become links."""
        try:
            if each.kind == TICKET:
                self._session.load(read_ticket(each.body))
                ui.notify(f"“{each.name}” is in the ticket.", position="top")
            else:
                self._open(each.name, read_workspace(each.body))
        except ValueError as error:
            ui.notify(f"“{each.name}” cannot be loaded: {error}", type="warning")

    def _open(self, name: str, workspace: Workspace) -> None:
        (_, first), *others = workspace.tickets.items()
        self._session.load(first)
        app.storage.user["dark"] = workspace.settings.dark
        ui.dark_mode(workspace.settings.dark)
        if not others:
            return
        with card(f"The other tickets of “{name}”") as dialog:
            for title, ticket in others:
                link = ui.link(title, f"/?{urlencode(to_link(ticket))}", new_tab=True)
                link.classes("fm-link")
            buttons(("Close", dialog.close, "is-plain"))

    def _ask_ticket(self) -> None:
        with card("Save ticket as") as dialog:
            field = name_field("")

            async def keep() -> None:
                try:
                    body = ticket_body(self._session.ticket)
                    await self._kept.save(field.value or "", TICKET, body)
                except StorageError as error:
                    field.error = str(error)
                    return
                dialog.close()
                ui.notify(f"Saved as “{field.value}”.", position="top")

            field.on("keydown.enter", keep)
            buttons(("Save", keep, "is-primary"), ("Cancel", dialog.close, "is-plain"))

    async def _ask_workspace(self) -> None:
        known = {each.name: each for each in await self._kept.list(TICKET)}
        with card("Save workspace") as dialog:
            ui.label("The order of this tab, saved tickets beside it, and light or dark.")
            name = name_field("")
            chosen = ui.select(list(known), multiple=True, label="Tickets beside it", value=[])
            chosen.props("outlined dense stack-label options-dense").classes("fm-wide-field")

            async def save() -> None:
                tickets = {"this tab": self._session.ticket}
                settings = Settings(dark=bool(app.storage.user.get("dark", True)))
                try:
                    tickets |= {each: read_ticket(known[each].body) for each in chosen.value}
                    body = workspace_body(Workspace(tickets=tickets, settings=settings))
                    await self._kept.save(name.value or "", WORKSPACE, check(WORKSPACE, body))
                except (StorageError, ValueError) as error:
                    name.error = str(error)
                    return
                dialog.close()

            buttons(("Save", save, "is-primary"), ("Cancel", dialog.close, "is-plain"))
