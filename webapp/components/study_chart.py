"""A chart of what was kept: points over time, or counts by class."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from nicegui import ui

ECHARTS = ui.echart
"""Named here because that makes the module known that study_chart.js loads."""


class StudyChart(ui.element, component="study_chart.js"):
    """Series are {label, color, type, data}; `color` is a token of theme.css."""

    def __init__(
        self,
        kind: Literal["time", "classes"],
        *,
        unit: str,
        across: str = "",
        on_pick: Callable[[int], Any] | None = None,
    ) -> None:
        """`across` names the classes; `on_pick` hears of a press on a point that has an id."""
        super().__init__()
        self._props.update(text="[]", kind=kind, unit=unit, across=across)
        if on_pick is not None:
            self.on("pick", lambda event: on_pick(int(event.args)))

    @property
    def series(self) -> list[dict[str, Any]]:
        """What is drawn."""
        found: list[dict[str, Any]] = msgspec.json.decode(self._props["text"])
        return found

    def show(self, series: Sequence[dict[str, Any]]) -> None:
        """Draw these in place of those before.

        They travel as one text: thousands of points in a property are each watched for changes.
        """
        self._props["text"] = msgspec.json.encode(series).decode()
