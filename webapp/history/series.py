"""Cost series: what watched tickets cost over time."""

import asyncio
from itertools import pairwise

from nicegui import ui

from market.units import NS_PER_S
from storage.errors import StorageError
from storage.series import SeriesSummary
from webapp.components.export_dialog import ExportDialog
from webapp.components.live_table import LiveTable
from webapp.components.study_chart import StudyChart
from webapp.frames import history
from webapp.tab import Tab
from webapp.theme import panel

LISTED, PLOTTED = 50, 5_000
GAP_TIMES = 3
"""A pause of that many usual steps is a hole in the line."""
REFRESH_S = 10.0


class SeriesView:
    """What one tab sees of the series."""

    def __init__(self, tab: Tab) -> None:
        self._tab, self._series = tab, tab.services.store.series
        self._summaries: dict[str, SeriesSummary] = {}
        with panel("Cost series", "sampled while a ticket runs on the Trade page"):
            self._message = ui.label("Loading …").classes("fm-empty").mark("series-message")
            self._choice = ui.select({}, label="Series", on_change=self._show_one)
            self._choice.props("outlined dense stack-label options-dense").mark("series")
            self._choice.classes("fm-series-choice")
        with (
            panel("Total cost and its band", classes="fm-chart is-series"),
            ui.element("div").classes("fm-plot"),
        ):
            self._chart = StudyChart("time", unit="bps")
        with panel("Samples", f"the newest {LISTED}"):
            self._table = LiveTable(
                history.SAMPLE_HEADS,
                lambda *_: None,
                caption="Samples of this series",
                empty="No sample yet.",
            ).mark("samples")
        self._choice.set_visibility(False)
        ui.timer(0, self.show, once=True)
        ui.timer(REFRESH_S, self.show)

    async def show(self) -> None:
        """List what there is, and show the one that is chosen."""
        try:
            found = await self._series.summaries()
        except StorageError as error:
            self._say(f"The series cannot be read: {error}")
            return
        self._summaries = {summary.last.series: summary for summary in found}
        labels = {key: history.series_label(summary) for key, summary in self._summaries.items()}
        current = self._choice.value if self._choice.value in labels else next(iter(labels), None)
        self._say("" if labels else "No series yet. Let a ticket run on the Trade page.")
        self._choice.set_visibility(bool(labels))
        if labels != self._choice.options:
            self._choice.set_options(labels, value=current)
        await self._show_one()

    async def export(self) -> None:
        """Offer the chosen series as a file; all of them while none is chosen."""
        key = self._choice.value
        try:
            total = await self._series.count(key)
        except StorageError as error:
            ui.notify(str(error), type="warning")
            return
        values = {"series": key} if key else {}
        ExportDialog(self._series.table(key), total, values, self._tab.shared.export_jobs.begin)

    async def _show_one(self) -> None:
        key = self._choice.value
        if key is None:
            self._chart.show([])
            self._table.show([])
            return
        try:
            samples = await self._series.samples(key, PLOTTED)
        except StorageError as error:
            self._say(f"The series cannot be read: {error}")
            return
        steps = sorted(after.ns - before.ns for before, after in pairwise(samples))
        usual_ns = steps[len(steps) // 2] if steps else NS_PER_S
        gap_ns = GAP_TIMES * usual_ns
        self._chart.show(await asyncio.to_thread(history.series_over_time, samples, gap_ns))
        self._table.show(history.sample_rows(samples, LISTED))

    def _say(self, text: str) -> None:
        self._message.set_text(text)
        self._message.set_visibility(bool(text))
