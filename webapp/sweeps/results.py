"""What came of a sweep: one view at a time over the points that are finished."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from engine.sweeps.analysis import AGGREGATES
from engine.sweeps.run import RunState, SweepRun
from market.errors import OrderError
from storage.errors import StorageError
from webapp import format as fmt
from webapp.frames import sweeps as frames
from webapp.sweeps.charts import HeatmapView, LinesView, ParetoView
from webapp.sweeps.filters import LOOK, Filters
from webapp.sweeps.look import Opened, filters_of, opened, read_address, to_address
from webapp.sweeps.point_dialog import open_point
from webapp.sweeps.tables import ExtremesView, PointsView, SensitivityView, SummaryView
from webapp.sweeps.view import Scene, View
from webapp.tab import Tab
from webapp.theme import panel

VIEWS: Mapping[str, tuple[str, Callable[[], View]]] = {
    "summary": ("Summary", SummaryView),
    "table": ("Table", PointsView),
    "heatmap": ("Heatmap", HeatmapView),
    "lines": ("Lines", LinesView),
    "pareto": ("Cost and risk", ParetoView),
    "extremes": ("Best and worst", ExtremesView),
    "sensitivity": ("What drives it", SensitivityView),
}
USES: Mapping[str, tuple[str, ...]] = {
    "heatmap": ("measure", "how", "x", "y"),
    "lines": ("measure", "how", "x", "y"),
    "extremes": ("measure",),
    "sensitivity": ("measure",),
}
"""Which choices a view reads."""
HOWS: dict[str, str] = {name: name.capitalize() for name in AGGREGATES}
LOOK_S = 1.0
FILES = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}


class ResultsView:
    """One run, as the address says."""

    def __init__(
        self,
        tab: Tab,
        run_id: int,
        values: Mapping[str, str],
        *,
        on_address: Callable[[dict[str, str]], None],
        on_again: Callable[[int], Any],
    ) -> None:
        self._tab, self._run_id, self._on_address = tab, run_id, on_address
        self._desk = tab.services.sweeps
        self._look = read_address(values)
        self._shown = values.get("view", "")
        if self._shown not in VIEWS:
            self._shown = "summary"
        self._opened: Opened | None = None
        self._views: dict[str, View] = {}
        self._asked = 0
        """Counts questions, so that a late answer does not cover a newer one."""
        self._head(on_again)
        with panel(classes="is-choices"):
            with ui.element("div").classes("fm-tabs").props('role=tablist aria-label="Results"'):
                self._tabs = {name: self._tab_button(name) for name in VIEWS}
            with ui.element("div").classes("fm-form-line fm-above"):
                self._choices = {
                    name: self._choice(name, label)
                    for name, label in (
                        ("measure", "Measure"),
                        ("how", "Of several points"),
                        ("x", "Across"),
                        ("y", "By"),
                    )
                }
            self._filters = Filters(self._look.filters, self._changed)
        self._message = ui.label("Opening …").classes("fm-empty").mark("results-said")
        self._place = ui.element("div").classes("fm-column")
        with self._place:
            self._boxes = {name: ui.element("div").classes("fm-column") for name in VIEWS}
        ui.timer(0, self.open, once=True)
        ui.timer(LOOK_S, self._watch)

    async def open(self) -> None:
        """Read what is finished of the run, and paint."""
        try:
            run = self._desk.runner.run_of(self._run_id)
            found = await self._desk.results.open(self._run_id)
            self._opened = await asyncio.to_thread(opened, run, found)
        except (OrderError, StorageError) as error:
            self._say(_why(error))
            return
        self._look.fit(self._opened)
        self._offer(self._opened)
        await self._show()

    def _head(self, on_again: Callable[[int], Any]) -> None:
        with ui.element("div").classes("fm-toolbar"):
            self._title = ui.label().classes("fm-subheading").mark("results-title")
            self._note = ui.label().classes("fm-band").mark("results-note")
            ui.element("div").classes("fm-spring")
            self._fresh = self._plain("Show what is new", self.open).mark("refresh-results")
            self._fresh.set_visibility(False)
            self._plain("Again", lambda: on_again(self._run_id)).mark("again")
            for kind, label in FILES.items():
                link = ui.link(label, f"/api/v1/sweeps/{self._run_id}/export.{kind}")
                link.classes("fm-link").props("download").mark(f"export-{kind}")
            link = ui.link("Declaration", f"/api/v1/sweeps/{self._run_id}/declaration")
            link.classes("fm-link").props(f'download="fathom-sweep-{self._run_id}.json"')
        self._watch()

    def _plain(self, label: str, action: Any) -> ui.button:
        button = ui.button(label, on_click=action).props("flat no-caps color=none")
        return button.classes("fm-button is-plain")

    def _tab_button(self, name: str) -> ui.button:
        async def turn() -> None:
            self._shown = name
            self._tell_address()
            await self._show()

        button = ui.button(VIEWS[name][0], on_click=turn).mark(f"view-{name}")
        return button.props("flat no-caps color=none role=tab")

    def _choice(self, name: str, label: str) -> ui.select:
        options = HOWS if name == "how" else {}
        field = ui.select(options, label=label).props(LOOK).mark(f"choice-{name}")

        async def took(event: Any) -> None:
            if event.value and event.value != getattr(self._look, name):
                setattr(self._look, name, event.value)
                await self._changed()

        field.on_value_change(took)
        return field

    def _offer(self, there: Opened) -> None:
        axes = {name: frames.title(name) for name in (*there.varied, *there.axes)}
        offered: dict[str, dict[str, str]] = {
            "measure": {name: frames.title(name) for name in there.measures},
            "how": dict(HOWS),
            "x": axes,
            "y": axes,
        }
        for name, options in offered.items():
            self._choices[name].set_options(options, value=getattr(self._look, name))
        self._filters.offer(there.columns)

    async def _changed(self) -> None:
        if self._opened is not None:
            self._look.fit(self._opened)
            self._offer(self._opened)
        self._tell_address()
        await self._show()

    async def _sort(self, sort: str) -> None:
        self._look.sort = sort
        await self._changed()

    def _tell_address(self) -> None:
        self._on_address(to_address(self._look) | {"view": self._shown})

    async def _show(self) -> None:
        there = self._opened
        for name, button in self._tabs.items():
            button.props(f"aria-selected={str(name == self._shown).lower()}")
        for name, field in self._choices.items():
            field.set_visibility(name in USES.get(self._shown, ()))
        if there is None:
            return
        self._asked += 1
        asked, shown = self._asked, self._shown
        try:
            filters = filters_of(self._look.filters, there)
        except OrderError as error:
            self._filters.say(str(error))
            return
        self._filters.say("")
        view = self._view(shown)
        scene = Scene(
            opened=there,
            look=self._look,
            filters=filters,
            on_open=lambda point: open_point(self._tab, there.run, point),
            on_sort=self._sort,
            on_first=lambda: self._say("") if asked == self._asked else None,
        )
        try:
            await view.show(scene)
        except (OrderError, StorageError, OSError) as error:
            if asked == self._asked:
                self._say(_why(error))
            return
        if asked == self._asked:
            self._say("")

    def _view(self, name: str) -> View:
        if name not in self._views:
            with self._boxes[name]:
                self._views[name] = VIEWS[name][1]()
        return self._views[name]

    def _say(self, text: str) -> None:
        """A message in place of the view; empty = the view."""
        self._message.set_text(text)
        self._message.set_visibility(bool(text))
        for name, box in self._boxes.items():
            box.set_visibility(not text and name == self._shown)

    def _watch(self) -> None:
        """How the run stands, and whether more is finished than is shown."""
        try:
            run = self._desk.runner.run_of(self._run_id)
        except OrderError:
            self._title.set_text(f"Sweep {self._run_id}")
            return
        self._title.set_text(f"{run.id}  {run.name}")
        self._note.set_text(_note(run))
        seen = self._opened.run.chunks_done if self._opened is not None else run.chunks_done
        self._fresh.set_visibility(run.chunks_done > seen)


def _note(run: SweepRun) -> str:
    state = "" if run.state is RunState.DONE else f"{run.state.value}, "
    part = "" if run.points_done == run.points else f"{fmt.count(run.points_done)} of "
    return f"{state}{part}{fmt.count(run.points)} points on {frames.books(run.states)}"


def _why(error: Exception) -> str:
    return f"This cannot be shown. {error}"
