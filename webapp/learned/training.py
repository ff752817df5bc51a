"""How far learning is, and how its models do against the walk."""

import asyncio
from collections.abc import Callable

from nicegui import ui

from models.learning.snapshot import MetricRow
from storage.errors import StorageError
from webapp.components.live_table import LiveTable
from webapp.components.study_plot import StudyPlot
from webapp.frames import learning as frames
from webapp.frames import learning_plots as plots
from webapp.learned.view import Seen
from webapp.performance.view import figure
from webapp.services import Services
from webapp.theme import panel

NOT_MARKED = "Marks are kept about once a minute while a market is open. None is kept yet."
COLD = "Learning has not said anything yet; before that there is nothing to mark."


class Training:
    """Builds itself where it is made."""

    def __init__(self, services: Services, choose_delay: Callable[[int], object]) -> None:
        self._metrics = services.store.metrics
        with panel("Probes", "asked of the book, answered by the tape"):
            with ui.element("dl").classes("fm-figures"):
                self._figures = {title: figure(title) for title in frames.FIGURES}
            self._sizes = ui.label().classes("fm-caption")
            ui.label(frames.WHY_DISCARDED).classes("fm-caption")
        with panel("By delay", "press one to see it below"):
            self._delays = LiveTable(
                frames.DELAY_HEADS,
                lambda _, row: choose_delay(int(row)) if row.isdigit() else None,
                caption="Learning by delay",
                empty="Learning begins with the first book.",
                opens="Show this delay",
            ).mark("delays")
        self._verdict = ui.label().classes("fm-verdict is-quiet").mark("verdict")
        with panel("Marks", "test, then train: every label was predicted before it was known"):
            self._marks = LiveTable(
                frames.MARK_HEADS, lambda *_: None, caption="Marks by model and size", empty=COLD
            ).mark("marks")
        with ui.element("div").classes("fm-halves"):
            self._errors = StudyPlot("Errors over time", "stored marks", empty=NOT_MARKED)
            self._coverage = StudyPlot("90 % band over time", "stored marks", empty=NOT_MARKED)

    async def show(self, seen: Seen, *, plots: bool) -> None:
        """Counts and marks of now; the plots from the database."""
        state, delay = seen.state, seen.delay
        values = frames.figures(state) if state else ["–"] * len(frames.FIGURES)
        for title, value in zip(frames.FIGURES, values, strict=True):
            self._figures[title].set_text(value)
        self._sizes.set_text(frames.amounts(state) if state else "")
        self._sizes.set_visibility(bool(self._sizes.text))
        self._delays.show([frames.delay_row(each) for each in state.delays] if state else [])
        look, words = frames.verdict(delay) if delay else ("", "No market is learned from now.")
        self._verdict.set_text(state.trouble if state and state.trouble else words)
        self._verdict.classes(replace=f"fm-verdict {look or 'is-quiet'}")
        self._marks.show(frames.mark_rows(delay) if delay else [])
        if plots:
            await self._draw(seen)

    async def _draw(self, seen: Seen) -> None:
        rows: tuple[MetricRow, ...] = ()
        if seen.state is not None and seen.delay is not None:
            market = seen.state.source, seen.state.venue, seen.state.symbol
            try:
                rows = await self._metrics.series(*market, delay_ns=seen.delay.delay_ns)
            except StorageError as error:
                ui.notify(f"Marks cannot be read: {error}", type="warning")
                return
        self._errors.show(await asyncio.to_thread(plots.errors_over_time, rows))
        self._coverage.show(await asyncio.to_thread(plots.coverage_over_time, rows))
