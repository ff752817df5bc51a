"""Each stage of a tick: percentiles, their course, and how they are spread."""

from nicegui import ui

from engine.latency import histogram
from webapp.components.live_chart import Line, LiveChart
from webapp.components.live_table import LiveTable
from webapp.frames import performance as frames
from webapp.performance.view import plot
from webapp.services import Services
from webapp.theme import panel

COURSE_LINES = (
    Line(label="p50, ms", color="accent"),
    Line(label="p95, ms", color="warn"),
    Line(label="p99, ms", color="bad"),
)
HISTOGRAM_LINES = (Line(label="Timings", color="accent", step=True, fill=True),)


class Latency:
    """Builds itself where it is made."""

    def __init__(self, services: Services) -> None:
        self._latencies, self._vitals = services.latencies, services.vitals
        self._stage = "end_to_end"
        with panel("Stages", "the last 2,048 timings of each; press one to see it below"):
            self._table = LiveTable(
                frames.STAGE_HEADS,
                self._choose,
                caption="Latency by stage",
                empty="Nothing was timed yet.",
                opens="Show this stage",
            ).mark("stages")
        self._shown = ui.label().classes("fm-subheading").mark("stage")
        with ui.element("div").classes("fm-halves"):
            with plot("Over time", "each second's percentiles"):
                self._course = LiveChart("performance latency", COURSE_LINES)
            with plot("Distribution", "number of timings by duration, ms"):
                self._histogram = LiveChart(
                    "performance histogram", HISTOGRAM_LINES, axis="log", unit="ms"
                )

    def refresh(self, *, charts: bool) -> None:
        """Paint the table, and the charts of the chosen stage."""
        self._table.show(frames.stages(self._latencies.table()))
        self._shown.set_text(": ".join(frames.STAGES[self._stage]))
        if charts:
            self._course.show(frames.over_time(self._vitals.history(), self._stage), (3, 3, 3))
            meter = self._latencies.meters()[self._stage]
            self._histogram.show(histogram(meter.newest()), (0,))

    def _choose(self, _: str, stage: str) -> None:
        if stage in frames.STAGES:
            self._stage = stage
            self.refresh(charts=True)
