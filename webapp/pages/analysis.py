"""Analysis: what was kept, plotted: costs over time and by size, features, model errors."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from nicegui import ui

from models.base import Source
from models.learning.probes import COLUMNS
from models.learning.spec import delay_text
from storage.errors import StorageError
from webapp import format as fmt
from webapp.components.study_plot import Study, StudyPlot
from webapp.frames import analysis as frames
from webapp.frames import analysis_learned as learned
from webapp.learned.analysis_bar import AnalysisBar
from webapp.learned.analysis_link import AnalysisLink, read_link
from webapp.tab import Tab
from webapp.theme import panel

ADDRESS = "/analysis"
FIELD = "outlined dense stack-label hide-bottom-space options-dense"
NO_COSTS = (
    "No cost like that is kept. Let a ticket run on the Trade page (it is sampled), or choose the "
    "estimates that were saved."
)
NO_LABELS = (
    "No label like that is kept. Open a market: learning asks its book, and a few answers are "
    "kept every half minute."
)
NO_MARKS = "No mark like that is kept. Models are marked about once a minute once they predict."


Ask = Callable[[], Awaitable[Study | None]]


def create(tab: Tab) -> None:
    """Build the page as its address says; plots come after the browser is connected."""
    _Analysis(tab)


class _Analysis:
    """What one tab sees."""

    def __init__(self, tab: Tab) -> None:
        self._stored = tab.services.store.analysis
        path = ui.context.client.sub_pages_router.current_path
        self._values = dict(parse_qsl(urlsplit(path).query))
        self._usual_source = tab.session.ticket.source or Source.DEMO.value
        self._asked = 0
        """Counts questions, so that a late answer does not cover a newer one."""
        with ui.element("div").classes("fm-toolbar"):
            with ui.element("h1").classes("fm-heading"):
                ui.label("Analysis")
            self._said = ui.label("Loading …").classes("fm-band").mark("analysis-said")
            ui.element("div").classes("fm-spring")
            for title, name in (("Labels as CSV", "labels"), ("Scores as CSV", "scores")):
                export = ui.link(title, f"/export/{name}.csv?units=yes").classes("fm-link")
                export.props("download")
        with panel():
            link = read_link(self._values, self._usual_source)
            shown = {name: text for name, text in self._values.items() if name not in link.problems}
            self._bar = AnalysisBar(shown, link.asked.source, self._changed)
            self._problem = ui.label().classes("fm-warned")
            self._problem.set_text("; ".join(f"{n}: {why}" for n, why in link.problems.items()))
            self._problem.set_visibility(bool(link.problems))
        with ui.element("div").classes("fm-halves fm-above"):
            self._time = StudyPlot("Cost over time", "mean of each slot", empty=NO_COSTS)
            self._costs = StudyPlot("How often which cost", empty=NO_COSTS)
            self._hours = StudyPlot("Cost by hour of the day", "mean", empty=NO_COSTS)
            self._sizes = StudyPlot("Cost by size", "mean, least, greatest", empty=NO_COSTS)
            self._venues = StudyPlot("Cost by venue", "mean, least, greatest", empty=NO_COSTS)
            self._errors = StudyPlot("Model error over time", "all sizes", empty=NO_MARKS)
        with ui.element("div").classes("fm-toolbar fm-above"):
            with ui.element("h2").classes("fm-subheading"):
                ui.label("Probe orders")
            self._feature = ui.select(
                list(COLUMNS), value=link.feature, label="Feature", on_change=self._turned
            )
            self._feature.props(FIELD).classes("fm-market-choice").mark("analysis-feature")
            delay = {link.delay_ns: delay_text(link.delay_ns)}
            self._delay = ui.select(
                delay, value=link.delay_ns, label="Delay", on_change=self._turned
            )
            self._delay.props(FIELD).classes("fm-delay-choice").mark("analysis-delay")
        with ui.element("div").classes("fm-halves"):
            self._cloud = StudyPlot("Feature against slippage", "newest labels", empty=NO_LABELS)
            self._slippage = StudyPlot("How often which slippage", empty=NO_LABELS)
        ui.timer(0, self._show, once=True)

    async def _changed(self, values: dict[str, str]) -> None:
        self._values = values
        await self._turned()

    async def _turned(self) -> None:
        values = self._all_values()
        ui.navigate.history.replace(f"{ADDRESS}?{urlencode(values)}")
        await self._show()

    def _all_values(self) -> dict[str, str]:
        more = {"feature": str(self._feature.value), "delay": str(self._delay.value)}
        return self._bar.values | more

    async def _show(self) -> None:
        """Ask the database and draw, plot by plot."""
        self._asked += 1
        asked = self._asked
        link = read_link(self._all_values(), self._usual_source)
        self._bar.show_problems(link.problems)
        try:
            self._bar.offer(await self._stored.places())
            delays = await self._stored.delays(link.asked.source)
            self._offer_delays({*delays, link.delay_ns})
            for plot, ask in self._studies(link):
                drawn = await ask()
                if asked != self._asked:
                    return
                plot.show(drawn)
            span = await self._stored.span(link.asked)
        except StorageError as error:
            self._said.set_text(f"The history cannot be read: {error}")
            return
        count = fmt.count(span.rows if span else 0)
        self._said.set_text(f"{link.asked.source} only · {count} costs")

    def _studies(self, link: AnalysisLink) -> list[tuple[StudyPlot, Ask]]:
        stored, asked, delay = self._stored, link.asked, link.delay_ns
        later, feature = delay_text(delay), link.feature
        return [
            (self._time, lambda: self._over_time(link)),
            (self._costs, lambda: _drawn(stored.costs(asked), frames.costs)),
            (self._hours, lambda: _drawn(stored.by_hour(asked), frames.by_hour)),
            (self._sizes, lambda: _drawn(stored.by_size(asked), frames.by_size)),
            (self._venues, lambda: _drawn(stored.by_market(asked), frames.by_market)),
            (self._errors, lambda: _drawn(stored.errors(asked, delay), learned.errors)),
            (
                self._cloud,
                lambda: _drawn(stored.cloud(asked, delay, feature), learned.cloud, feature),
            ),
            (
                self._slippage,
                lambda: _drawn(stored.slippage(asked, delay), frames.slippage, later),
            ),
        ]

    async def _over_time(self, link: AnalysisLink) -> Study | None:
        span = await self._stored.span(link.asked)
        if span is None:
            return None
        groups = await self._stored.over_time(link.asked, span)
        return await asyncio.to_thread(frames.over_time, groups, span)

    def _offer_delays(self, known: set[int]) -> None:
        options = {delay: delay_text(delay) for delay in sorted(known)}
        if options != self._delay.options:
            self._delay.set_options(options, value=self._delay.value)


async def _drawn(found: Awaitable[Any], make: Any, *more: Any) -> Study | None:
    """What the database said, made into a plot off the event loop."""
    return await asyncio.to_thread(make, await found, *more)
