"""Several tickets of a tab, side by side: one row each, and a press puts it on the desk."""

from nicegui import ui

from webapp.components.live_table import LiveTable
from webapp.frames import beside
from webapp.theme import panel
from webapp.tickets import MOST, Tickets


class TicketsTable:
    """Hidden until there are two; the button that adds one is in the head of the ticket."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets
        self._box = ui.element("div")
        with self._box, panel("Tickets side by side", classes="is-tickets"):
            self._add = ui.button("Another ticket", on_click=tickets.add).mark("another")
            self._add.props("flat dense no-caps color=none padding='0 8px'")
            self._add.classes("fm-ticket-menu")
            LiveTable(
                beside.HEADS,
                self._act,
                topic="beside",
                caption="The tickets of this tab and what each costs now",
                empty="…",
                opens="Put this ticket on the desk",
            ).mark("tickets")
        self.show()

    def show(self) -> None:
        """As many as there are now."""
        self._box.set_visibility(self._tickets.count > 1)
        self._add.set_enabled(self._tickets.count < MOST)

    def _act(self, name: str, key: str) -> None:
        number = int(key) if key.isascii() and key.isdigit() else -1
        if name == "open":
            self._tickets.bring(number)
        elif name == "drop":
            self._tickets.drop(number)
