"""What was said against what came: coverage, calibration, features, residuals."""

import asyncio

from nicegui import ui

from models.learning.probes import COLUMNS
from models.learning.state import DelayState
from webapp.components.study_plot import Study, StudyPlot
from webapp.frames import learning_plots as frames
from webapp.learned.view import Seen

NO_BAND = "No band was shown yet: learning is still cold at this delay."
NO_LABEL = "No label settled yet at this delay."


class Plots:
    """Builds itself where it is made."""

    def __init__(self) -> None:
        self._seen: Seen | None = None
        self._feature = ui.select(
            list(COLUMNS), value="spread_bps", label="Feature", on_change=self._turn
        )
        self._feature.props("outlined dense stack-label options-dense").mark("feature")
        self._feature.classes("fm-feature")
        with ui.element("div").classes("fm-halves"):
            self._coverage = StudyPlot("Coverage by size", "90 % band", empty=NO_BAND)
            self._calibration = StudyPlot("Calibration", "said and met, last labels", empty=NO_BAND)
            self._cloud = StudyPlot(
                "Feature against slippage", "the last 2,000 labels", empty=NO_LABEL
            )
            self._residuals = StudyPlot("Residuals", "the last 2,000 labels", empty=NO_BAND)

    async def show(self, seen: Seen, *, plots: bool) -> None:
        """Draw the newest labels."""
        self._seen = seen
        if not plots:
            return
        found = await asyncio.to_thread(_studies, seen.delay, str(self._feature.value))
        each = (self._coverage, self._calibration, self._cloud, self._residuals)
        for plot, study in zip(each, found, strict=True):
            plot.show(study)

    async def _turn(self) -> None:
        if self._seen is not None:
            await self.show(self._seen, plots=True)


def _studies(delay: DelayState | None, feature: str) -> tuple[Study | None, ...]:
    if delay is None:
        return (None,) * 4
    sample = delay.sample
    return (
        frames.coverage_by_size(delay),
        frames.calibration(sample) if sample else None,
        frames.feature_cloud(sample, feature) if sample else None,
        frames.residuals(sample) if sample else None,
    )
