"""Key figures of now, the load of the last minutes, and a self-test of this machine."""

from nicegui import ui

from engine import self_test
from engine.errors import FeedError
from market.units import NS_PER_S
from webapp import format as fmt
from webapp.components.live_chart import Line, LiveChart
from webapp.frames import performance as frames
from webapp.performance.view import figure, plot
from webapp.services import Services
from webapp.theme import panel

LOAD_LINES = (
    Line(label="CPU, % of one core", color="accent", fill=True),
    Line(label="Memory, MB", color="muted", right=True),
)


class Overview:
    """Builds itself where it is made."""

    def __init__(self, services: Services) -> None:
        self._services = services
        with panel("Now"), ui.element("dl").classes("fm-figures"):
            self._figures = {title: figure(title) for title in frames.OVERVIEW}
        with ui.element("div").classes("fm-halves"):
            with plot("Load of this process", "last 15 minutes"):
                self._load = LiveChart("performance load", LOAD_LINES)
            with panel("This machine", "a self-test in a process of its own"):
                self._said = ui.label(
                    "Two seconds of real work: demo messages to book to cost ladder, beside plain "
                    "reading of the same bytes."
                ).classes("fm-hint")
                with ui.element("dl").classes("fm-figures") as self._tested:
                    self._test = {title: figure(title) for title in frames.SELF_TEST}
                self._tested.set_visibility(False)
                self._button = ui.button("Run the self-test", on_click=self._measure)
                self._button.props("flat no-caps color=none").classes("fm-button is-plain")
                self._button.mark("self-test")

    def refresh(self, *, charts: bool) -> None:
        """Paint the newest second."""
        vitals = self._services.vitals
        history = vitals.history()
        age_s = (self._services.clock.now_ns() - vitals.began_ns) / NS_PER_S
        values = frames.overview(history, age_s, self._services.runner.incidents)
        for title, value in zip(frames.OVERVIEW, values, strict=True):
            self._figures[title].set_text(value)
        if charts:
            self._load.show(frames.load(history), (1, 1))

    async def _measure(self) -> None:
        self._button.disable()
        self._said.set_text("Measuring …")
        try:
            found = await self_test.run()
        except FeedError as error:
            self._said.set_text(f"It did not work: {error}.")
        else:
            for title, value in zip(frames.SELF_TEST, frames.self_test(found), strict=True):
                self._test[title].set_text(value)
            self._tested.set_visibility(True)
            at = fmt.time_of_day(self._services.clock.now_ns())
            self._said.set_text(f"Measured at {at} UTC; medians, in processor time.")
        finally:
            self._button.enable()
