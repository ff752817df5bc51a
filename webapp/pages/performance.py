"""Performance: how fast, how healthy, what went wrong."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from nicegui import ui

from webapp.performance.connections import Connections
from webapp.performance.errors import Errors
from webapp.performance.latency import Latency
from webapp.performance.overview import Overview
from webapp.performance.view import View
from webapp.services import Services
from webapp.tab import Tab

REFRESH_S = 1.0
CHARTS_EVERY = 5
"""Refreshes between two paintings of the charts."""
VIEWS: dict[str, tuple[str, Callable[[Services], View]]] = {
    "overview": ("Overview", Overview),
    "latency": ("Latency", Latency),
    "connections": ("Connections", Connections),
    "errors": ("Errors", Errors),
}


def create(tab: Tab) -> None:
    """Build the page; only the view that is shown moves."""
    _Performance(tab.services)


class _Performance:
    """What one tab sees."""

    def __init__(self, services: Services) -> None:
        self._turn = 0
        with ui.element("div").classes("fm-toolbar"):
            with ui.element("h1").classes("fm-heading"):
                ui.label("Performance")
            with ui.element("div").classes("fm-tabs").props('role=tablist aria-label="Views"'):
                self._tabs = {name: self._tab(name) for name in VIEWS}
            ui.element("div").classes("fm-spring")
            link = ui.link("Export JSON", "/performance/export.json").classes("fm-link")
            link.props("download")
        self._views, self._boxes = {}, {}
        for name, (title, build) in VIEWS.items():
            with ui.element("div").classes("fm-column") as box:
                box.props(f'role=tabpanel aria-label="{title}"')
                self._views[name] = build(services)
            self._boxes[name] = box
        path = ui.context.client.sub_pages_router.current_path
        asked = parse_qs(urlsplit(path).query).get("view", [""])[0]
        self._open(asked if asked in VIEWS else "overview")
        ui.timer(REFRESH_S, self._refresh)

    def _tab(self, name: str) -> ui.button:
        def turn() -> None:
            self._open(name)
            ui.navigate.history.replace(f"/performance?view={name}")

        button = ui.button(VIEWS[name][0], on_click=turn).mark(name)
        return button.props("flat no-caps color=none role=tab")

    def _open(self, name: str) -> None:
        self._shown, self._turn = name, 0
        for each, box in self._boxes.items():
            box.set_visibility(each == name)
            self._tabs[each].props(f"aria-selected={str(each == name).lower()}")
        self._refresh()

    def _refresh(self) -> None:
        self._views[self._shown].refresh(charts=self._turn % CHARTS_EVERY == 0)
        self._turn += 1
