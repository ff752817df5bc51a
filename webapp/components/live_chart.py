"""A line chart that grows in the browser."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nicegui import ui

ECHARTS = ui.echart
"""Named here because that makes the module known that live_chart.js loads."""
RANGES: Mapping[str, int] = {"1 min": 60, "5 min": 300, "15 min": 900, "all": 0}
"""What of a history is shown, in seconds; 0 is everything that is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; `color` is a token of theme.css."""

    label: str
    color: str
    right: bool = False
    """Measured on the axis at the right."""
    step: bool = False
    quiet: bool = False
    """Thin, and not in the legend: the edge of a band."""
    fill: bool = False
    dashed: bool = False
    band: bool = False
    """The two columns after its own are its low and its high, shaded between."""
    marks: str = ""
    """Topic of the mark that it carries, such as where the order stands; empty = none."""


class LiveChart(ui.element, component="live_chart.js", dependencies=["fathom_feed.js"]):
    """Draws the history of that name."""

    def __init__(
        self,
        name: str,
        lines: Sequence[Line],
        *,
        axis: str = "time",
        unit: str = "",
        has_ranges: bool = False,
        said: str = "",
        on_pick: Callable[[float], object] | None = None,
    ) -> None:
        """axis is time, log or value; `on_pick` gets the x of where the user pressed.

        `has_ranges` offers how much of the time is shown; `said` describes the chart to those who
        do not see it.
        """
        super().__init__()
        self._props.update(
            name=name,
            series=[asdict(line) for line in lines],
            axis=axis,
            unit=unit,
            ranges=list(RANGES.items()) if has_ranges else [],
            said=said,
            picks=on_pick is not None,
        )
        if on_pick is not None:
            self.on("pick", lambda event: on_pick(float(event.args)))

    def show(self, rows: Sequence[Sequence[Any]], decimals: Sequence[int]) -> None:
        """Replace the history; a row is x (ms since 1970, or the unit's) and one value a line."""
        self.run_method("show", {"decimals": list(decimals), "rows": [list(row) for row in rows]})
