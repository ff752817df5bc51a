"""History: the estimates that were saved, and what watched orders cost over time."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from nicegui import ui

from webapp.history.estimates import EstimatesView
from webapp.history.series import SeriesView
from webapp.tab import Tab

ADDRESS = "/history"
SERIES = "series"
TABS = {"": "Saved estimates", SERIES: "Cost series"}


def create(tab: Tab) -> None:
    """Build the page as its address says; rows come after the browser is connected."""
    _History(tab)


class _History:
    """The frame of the two views; one is built at a time."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        query = urlsplit(ui.context.client.sub_pages_router.current_path).query
        values = dict(parse_qsl(query))
        self._shown = SERIES if values.pop("show", "") == SERIES else ""
        self._view: EstimatesView | SeriesView | None = None
        with ui.element("div").classes("fm-toolbar"):
            with ui.element("h1").classes("fm-heading"):
                ui.label("History")
            with ui.element("div").classes("fm-tabs").props("role=tablist"):
                self._tabs = {name: self._tab_button(name, label) for name, label in TABS.items()}
            ui.element("div").classes("fm-spring")
            self._import = self._button("Import", self._take_in).mark("import")
            self._button("Export", self._export).mark("export")
        self._place = ui.element("div").classes("fm-column")
        self._build(values)

    def _tab_button(self, name: str, label: str) -> ui.button:
        button = ui.button(label, on_click=lambda: self._turn_to(name))
        return button.props("flat no-caps color=none role=tab").mark(f"tab-{name or 'estimates'}")

    def _button(self, label: str, action: Any) -> ui.button:
        button = ui.button(label, on_click=action).props("flat no-caps color=none")
        return button.classes("fm-button is-plain")

    def _build(self, values: dict[str, str]) -> None:
        for name, button in self._tabs.items():
            button.props(f"aria-selected={'true' if name == self._shown else 'false'}")
        self._import.set_visibility(self._shown != SERIES)
        with self._place:
            if self._shown == SERIES:
                self._view = SeriesView(self._tab)
            else:
                self._view = EstimatesView(self._tab, values, self._keep_address)

    def _turn_to(self, name: str) -> None:
        if name == self._shown:
            return
        self._shown = name
        self._place.clear()
        self._keep_address({"show": name} if name else {})
        self._build({})

    def _keep_address(self, values: dict[str, str]) -> None:
        ui.navigate.history.replace(f"{ADDRESS}?{urlencode(values)}" if values else ADDRESS)

    async def _export(self) -> None:
        if self._view is not None:
            await self._view.export()

    def _take_in(self) -> None:
        if isinstance(self._view, EstimatesView):
            self._view.take_in()
