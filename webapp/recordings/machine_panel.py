"""The time machine: what the order of the ticket would have cost at each moment of a recording."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from nicegui import ui

from engine.time_machine import Course, Pace, Spread, Unit
from market.errors import OrderError
from market.units import NS_PER_MS
from models.base import Source
from webapp import format as fmt
from webapp.components.live_chart import Line, LiveChart
from webapp.components.live_table import LiveTable
from webapp.frames import recordings as frames
from webapp.tab import Tab
from webapp.theme import panel
from webapp.typed_number import parse

FLAT = "flat no-caps color=none"
POINTS = 2000
"""Most that a chart is given; of more, every n-th is drawn."""
UNITS: dict[Unit, str] = {"seconds": "seconds", "messages": "messages"}
FORMATS = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}
FIGURES = ("Moments", "No number", "Filled in part", "p5, bps", "p50, bps", "p95, bps", "Mean, bps")


class MachinePanel:
    """What one tab sees of the one run that there is."""

    def __init__(self, tab: Tab, open_at: Callable[[int], None]) -> None:
        """`open_at` shows the Trade page at a moment of recorded time."""
        self._tab, self._open_at = tab, open_at
        self._machine = tab.services.studio.machine
        self._shown: Course | None = None
        with panel("Time machine", "this tab's order at each moment of the recording"):
            self._order = ui.label().classes("fm-caption").mark("machine-order")
            with ui.element("div").classes("fm-form-line"):
                self._every = ui.input("Every", value="1").mark("every")
                self._every.props(
                    "outlined dense stack-label hide-bottom-space no-error-icon inputmode=decimal"
                )
                self._every.without_auto_validation()
                self._unit = ui.select(UNITS, value="seconds", label="Counted in").mark("unit")
                self._unit.props("outlined dense options-dense stack-label hide-bottom-space")
                run = ui.button("Run", on_click=self._run).props(FLAT)
                self._run_button = run.classes("fm-button is-primary").mark("run-machine")
                cancel = ui.button("Cancel", on_click=self._machine.cancel).props(FLAT)
                self._cancel = cancel.classes("fm-button is-plain").mark("cancel-machine")
                self._bar = ui.linear_progress(0, show_value=False).classes("fm-progress")
                self._bar.props('aria-label="Progress of the time machine"')
                self._said = ui.label().classes("fm-caption").props("role=status")
                self._said.mark("machine-said")
            self._result = ui.element("div").classes("fm-column")
            with self._result:
                self._build_result()
        self._result.set_visibility(False)
        self.refresh()

    def refresh(self) -> None:
        """Show how the run stands."""
        self._order.set_text(self._what())
        progress, course = self._machine.progress, self._machine.course
        self._run_button.set_enabled(not progress.is_running and self._ready)
        self._cancel.set_visibility(progress.is_running)
        self._bar.set_visibility(progress.is_running)
        self._bar.value = progress.share
        self._said.set_text(_said(progress, course))
        if course is not self._shown:
            self._show(course)

    @property
    def _ready(self) -> bool:
        session = self._tab.session
        is_replay = session.key is not None and session.key.source is Source.REPLAY
        return is_replay and session.reading.request is not None

    def _what(self) -> str:
        session = self._tab.session
        if session.key is None or session.key.source is not Source.REPLAY:
            return "Play a recording first: the order on the Trade page is run through it."
        request = session.reading.request
        if request is None:
            return "The order on the Trade page cannot be priced as it is typed."
        order = request.order
        return (
            f"{order.side.value} {fmt.significant(order.amount)} {order.unit.value} of "
            f"{session.key.symbol}, order type {request.style}, recipe {request.recipe}; each "
            f"moment stands alone, as if nothing had been traded before it."
        )

    def _build_result(self) -> None:
        self._title = ui.label().classes("fm-band").mark("machine-title")
        with ui.element("dl").classes("fm-figures").mark("machine-figures"):
            self._figures = [_figure(name) for name in FIGURES]
        with ui.element("div").classes("fm-halves"):
            with _plot("Cost over time", "press a point to open it"):
                lines = (Line(label="Total, bps", color="accent", fill=True),)
                self._course = LiveChart("machine", lines, on_pick=self._pick).mark("course")
            with _plot("Distribution", "moments by cost"):
                bars = (Line(label="Moments", color="accent", fill=True, step=True),)
                self._bars = LiveChart("machine-bars", bars, axis="value", unit="bps")
        with ui.element("div").classes("fm-halves"):
            with panel("Moments to look at"):
                self._moments = LiveTable(
                    frames.MOMENT_HEADS,
                    self._act,
                    caption="Moments to look at",
                    empty="No moment had a number.",
                    opens="Open on the Trade page",
                ).mark("moments")
            with panel("Refused"):
                self._refusals = LiveTable(
                    frames.REFUSAL_HEADS,
                    lambda *_: None,
                    caption="Why moments have no number",
                    empty="Every moment had a number.",
                ).mark("refusals")
        with ui.element("div").classes("fm-toolbar"):
            for file_format, label in (
                ("csv", "CSV"),
                ("jsonl", "JSON lines"),
                ("parquet", "Parquet"),
            ):
                link = ui.link(label, f"/export/time-machine.{file_format}?units=yes")
                link.classes("fm-link").props("download")

    def _show(self, course: Course | None) -> None:
        self._shown = course
        self._result.set_visibility(course is not None)
        if course is None:
            return
        spread = course.spread
        self._title.set_text(f"{course.symbol} in {course.file}")
        for label, text in zip(self._figures, _texts(course, spread), strict=True):
            label.set_text(text)
        self._moments.show(frames.moments(course))
        self._refusals.show(frames.refusals(course))
        self._course.show(_line(course), [2])
        self._bars.show(_steps(spread), [0])

    def _pick(self, ms: float) -> None:
        self._open(round(ms * NS_PER_MS))

    def _act(self, name: str, row: str) -> None:
        """A press on a moment of the course that is shown."""
        ns = row.rpartition(" ")[2]
        known = {str(moment.ns) for moment in self._shown.moments} if self._shown else set()
        if name == "open" and ns in known:
            self._open(int(ns))

    def _open(self, ns: int) -> None:
        """A moment of the course, in the recording that it is of."""
        player, course = self._tab.services.runner.player, self._shown
        if course is None or player is None or player.path.name != course.file:
            ui.notify("Play the recording of this result first, and show it.", type="warning")
            return
        self._open_at(ns)

    def _run(self) -> None:
        self._every.error = None
        session, player = self._tab.session, self._tab.services.runner.player
        if player is None or session.key is None or session.reading.request is None:
            return
        try:
            every = parse(self._every.value or "", "every", "a number above 0")
            pace = Pace(every=every, unit=self._unit.value)
            self._machine.start(player, session.key.symbol, session.reading.request, pace)
        except OrderError as error:
            self._every.error = f"{error.problem}; allowed: {error.allowed}"
        self.refresh()


@contextmanager
def _plot(title: str, note: str) -> Iterator[None]:
    with panel(title, note, classes="fm-chart"), ui.element("div").classes("fm-plot"):
        yield


def _figure(name: str) -> ui.label:
    with ui.element("div"):
        with ui.element("dt"):
            ui.label(name)
        with ui.element("dd"):
            return ui.label()


def _texts(course: Course, spread: Spread | None) -> tuple[str, ...]:
    total, priced = len(course.moments), spread.count if spread is not None else 0
    costs: tuple[Any, ...] = (None,) * 4
    if spread is not None:
        costs = spread.p5, spread.p50, spread.p95, spread.mean
    counts = (total, total - priced, course.partial)
    return (*map(fmt.count, counts), *map(fmt.bps, costs))


def _line(course: Course) -> list[list[float | None]]:
    """Milliseconds and cost; a gap where there is no number."""
    every = -(-len(course.moments) // POINTS)
    return [[m.ns / NS_PER_MS, fmt.plotted(m.total_bps)] for m in course.moments[::every]]


def _steps(spread: Spread | None) -> list[list[float | None]]:
    """The histogram as an outline."""
    if spread is None:
        return []
    heights = (*spread.counts, spread.counts[-1])
    return [[edge, float(count)] for edge, count in zip(spread.edges, heights, strict=True)]


def _said(progress: Any, course: Course | None) -> str:
    if progress.problem:
        return f"It ended: {progress.problem}"
    if progress.is_running:
        left = f", about {fmt.age(progress.eta_s)} to go" if progress.eta_s is not None else ""
        return f"{fmt.percent(progress.share)}{left}"
    if progress.is_cancelled:
        return "Cancelled; nothing of it was kept."
    return f"{fmt.count(len(course.moments))} moments" if course is not None else ""
