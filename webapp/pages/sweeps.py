"""Sweeps: declare one, watch it run, study what came of it, compare two."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from nicegui import ui

from engine.sweeps.run import SweepRun
from market.errors import OrderError
from models.sweep.declaration import from_json
from storage.errors import StorageError
from webapp.sweeps.builder import Builder
from webapp.sweeps.compare import CompareView
from webapp.sweeps.draft import Draft, declared
from webapp.sweeps.queue import Queue
from webapp.sweeps.results import ResultsView
from webapp.tab import Tab

ADDRESS = "/sweeps"
TABS = {"new": "New", "runs": "Sweeps", "results": "Results", "compare": "Compare"}
REFRESH_S = 0.5


def create(tab: Tab) -> None:
    """Build the page as its address says."""
    _Sweeps(tab)


class _Sweeps:
    """The frame of the four parts; one is built at a time."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._draft: Draft | None = None
        self._builder: Builder | None = None
        self._queue: Queue | None = None
        self._run_id, self._shown = 0, ""
        with ui.element("div").classes("fm-toolbar"):
            with ui.element("h1").classes("fm-heading"):
                ui.label("Sweeps")
            with ui.element("div").classes("fm-tabs").props('role=tablist aria-label="Parts"'):
                self._tabs = {name: self._tab_button(name) for name in TABS}
        self._place = ui.element("div").classes("fm-column")
        values = dict(parse_qsl(urlsplit(ui.context.client.sub_pages_router.current_path).query))
        shown = values.pop("show", "")
        run = values.pop("run", "")
        if run.isdigit():
            self._run_id = int(run)
        default = "results" if run.isdigit() else "runs" if self._runs() else "new"
        self._build(shown if shown in TABS else default, values)
        ui.timer(REFRESH_S, self._refresh)
        ui.timer(0, self._look, once=True)

    def _runs(self) -> tuple[SweepRun, ...]:
        return self._tab.services.sweeps.runner.runs()

    async def _look(self) -> None:
        """Runs that were kept while the database could not be used, and recordings."""
        try:
            await self._tab.services.sweeps.start()
        except StorageError as error:
            ui.notify(f"Kept sweeps cannot be read: {error}", type="warning")
        studio = self._tab.services.studio
        if not studio.library.is_looking:
            await studio.library.look(studio.records.writes())

    def _tab_button(self, name: str) -> ui.button:
        def turn() -> None:
            if name != self._shown:
                self._turn(name)

        button = ui.button(TABS[name], on_click=turn).mark(f"tab-{name}")
        return button.props("flat no-caps color=none role=tab")

    def _turn(self, name: str) -> None:
        """Another part, from its beginning."""
        if name == "results" and not self._run_id:
            done = [run.id for run in self._runs() if run.points_done]
            self._run_id = done[-1] if done else 0
        self._keep_address(name, {})  # before the button that was pressed may be gone
        self._build(name, {})

    def _build(self, name: str, values: dict[str, str]) -> None:
        self._shown = name
        for each, button in self._tabs.items():
            button.props(f"aria-selected={str(each == name).lower()}")
        if self._builder is not None and self._draft is None:
            self._draft = self._builder.draft  # what is typed stays while another part is shown
        self._place.clear()
        self._queue = self._builder = None
        with self._place:
            if name == "new":
                self._builder = Builder(self._tab, self._draft, self._started)
                self._draft = None
            elif name == "runs":
                self._queue = Queue(self._tab, self._open, self._again)
            elif name == "compare":
                CompareView(self._tab, values, lambda said: self._keep_address(name, said))
            elif self._run_id:
                ResultsView(
                    self._tab,
                    self._run_id,
                    values,
                    on_address=lambda said: self._keep_address(name, said),
                    on_again=self._again,
                )
            else:
                ui.label("No sweep has finished points yet.").classes("fm-empty")

    def _keep_address(self, name: str, values: dict[str, str]) -> None:
        said = {"run": str(self._run_id)} if name == "results" else {"show": name}
        ui.navigate.history.replace(f"{ADDRESS}?{urlencode(said | values)}")

    def _started(self, run: SweepRun) -> None:
        self._turn("runs")

    def _open(self, run_id: int) -> None:
        self._run_id = run_id
        self._turn("results")

    def _again(self, run_id: int) -> None:
        """Its declaration in the builder, to be changed and started anew."""
        try:
            run = self._tab.services.sweeps.runner.run_of(run_id)
            self._draft = declared(from_json(run.declaration))
        except OrderError as error:
            ui.notify(str(error), type="warning")
            return
        self._turn("new")

    def _refresh(self) -> None:
        if self._queue is not None:
            self._queue.refresh()
