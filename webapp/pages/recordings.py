"""Recordings: what was recorded, recording now, imports, and the time machine."""

from nicegui import ui

from webapp.recordings.import_panel import ImportPanel
from webapp.recordings.machine_panel import MachinePanel
from webapp.recordings.record_panel import RecordPanel
from webapp.recordings.shelf_panel import ShelfPanel
from webapp.tab import Tab

REFRESH_S = 1.0
LOOK_EVERY = 3
"""Refreshes between two looks at the folders."""


def create(tab: Tab) -> None:
    """Build the page; its figures move once a second."""
    _Recordings(tab)


class _Recordings:
    """What one tab sees."""

    def __init__(self, tab: Tab) -> None:
        self._tab, self._turn = tab, 0
        with ui.element("div").classes("fm-toolbar"):
            with ui.element("h1").classes("fm-heading"):
                ui.label("Recordings")
            self._space = ui.label().classes("fm-band").mark("space")
        with ui.element("div").classes("fm-column"):
            self._shelf = ShelfPanel(tab, self._space.set_text)
            self._machine = MachinePanel(tab, self._open_at)
            with ui.element("div").classes("fm-halves"):
                self._record = RecordPanel(tab)
                self._import = ImportPanel(tab)
        ui.timer(REFRESH_S, self._refresh)
        ui.timer(0, self._look, once=True)

    async def _refresh(self) -> None:
        self._turn += 1
        self._shelf.refresh()
        self._machine.refresh()
        self._record.refresh()
        if self._turn % LOOK_EVERY == 0:
            await self._look()
        else:
            await self._import.refresh(files=False)

    async def _look(self) -> None:
        """At the folders; a look that takes longer than a turn is not begun twice."""
        studio = self._tab.services.studio
        await self._import.refresh(files=True)
        if not studio.library.is_looking:
            await studio.library.look(studio.records.writes())
            self._shelf.refresh()

    def _open_at(self, ns: int) -> None:
        """Pause the recording at a moment and show the Trade page."""
        player = self._tab.services.runner.player
        if player is None:
            return
        player.remote.pause()
        player.remote.seek(ns)
        ui.navigate.to("/")
