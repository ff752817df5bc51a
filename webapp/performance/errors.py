"""What went wrong: grouped, searchable, with cause and remedy."""

from nicegui import ui

from webapp.components.live_table import LiveTable
from webapp.frames import performance as frames
from webapp.services import Services
from webapp.theme import panel

LONGEST_SEARCH = 100


class Errors:
    """Builds itself where it is made."""

    def __init__(self, services: Services) -> None:
        self._incidents, self._log = services.runner.incidents, services.log
        self._wanted = ""
        search = ui.input(placeholder="Search errors", on_change=lambda e: self._search(e.value))
        search.props('outlined dense clearable aria-label="Search errors"').mark("search")
        search.classes("fm-find")
        with panel("Doubts about books", "by kind, newest first"):
            self._groups = LiveTable(
                frames.GROUP_HEADS,
                lambda *_: None,
                caption="Doubts by kind",
                empty="No book had to be doubted, or nothing fits the search.",
            ).mark("groups")
        with panel("Log", "warnings and errors of this process"):
            self._logged = LiveTable(
                frames.LOG_HEADS,
                lambda *_: None,
                caption="Warnings and errors",
                empty="No warning was written, or nothing fits the search.",
            ).mark("log")

    def refresh(self, *, charts: bool) -> None:
        """Paint both tables; there are no charts."""
        found = self._incidents.all()
        self._groups.show(frames.groups(found, self._incidents.counts, self._wanted))
        self._logged.show(frames.logged(self._log.all(), self._wanted))

    def _search(self, typed: str | None) -> None:
        self._wanted = (typed or "")[:LONGEST_SEARCH]
        self.refresh(charts=False)
