"""Shadow orders: how often limit orders fill, and how good the chances were that were said."""

import asyncio

from nicegui import ui

from webapp import format as fmt
from webapp.components.live_table import LiveTable
from webapp.components.study_plot import StudyPlot
from webapp.frames import scoring as frames
from webapp.learned.view import Seen
from webapp.performance.view import figure
from webapp.services import Services
from webapp.theme import panel

COLD = "No shadow order is settled yet. They are placed while a market is open and followed "


class Fills:
    """Builds itself where it is made."""

    def __init__(self, services: Services) -> None:
        self._shadow = services.shadow
        self._headline = ui.label().classes("fm-verdict is-quiet").mark("fills")
        with ui.element("div").classes("fm-halves"):
            with panel("Shadow orders", "limit orders that only Fathom knows of"):
                with ui.element("dl").classes("fm-figures"):
                    self._figures = {title: figure(title) for title in frames.FIGURES}
                self._discarded = ui.label().classes("fm-caption")
            self._reliability = StudyPlot(
                "Reliability", "bars: 95 % interval", empty=f"{COLD}to their end."
            )
        with panel("Chance of a fill: models", "judged on orders they had not seen"):
            self._scores = LiveTable(
                frames.FILL_HEADS,
                lambda *_: None,
                caption="Models of the chance of a fill",
                empty=f"{COLD}to their end.",
            ).mark("fill-scores")
        with panel("How often orders filled", "in three views of the queue"):
            self._rates = LiveTable(
                frames.RATE_HEADS,
                lambda *_: None,
                caption="Fill rates",
                empty=f"{COLD}to their end.",
            ).mark("fill-rates")

    async def show(self, seen: Seen, *, plots: bool) -> None:
        """Paint the report of the market that is looked at."""
        report = self._shadow.report(seen.key) if seen.key else None
        if report is None:
            self._headline.set_text("No shadow order is followed on this market.")
            return
        self._headline.set_text(f"{fmt.sentence(report.headline)}.")
        for title, value in zip(frames.FIGURES, frames.figures(report), strict=True):
            self._figures[title].set_text(value)
        self._discarded.set_text(frames.discarded(report))
        self._scores.show([frames.fill_row(score) for score in report.scores])
        self._rates.show([frames.rate_row(rate) for rate in report.rates])
        if plots:
            self._reliability.show(await asyncio.to_thread(frames.reliability, report))
