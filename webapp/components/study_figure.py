"""A Plotly figure for what is studied rather than watched."""

from collections.abc import Callable
from typing import Any

import msgspec
from nicegui import ui

PLOTLY = ui.plotly
"""Named here because that makes the module known that study_figure.js loads."""


class StudyFigure(ui.element, component="study_figure.js"):
    """Draws {data, layout}; a text "$name" in it is a colour of theme.css."""

    def __init__(self, on_pick: Callable[[tuple[int, ...]], Any] | None = None) -> None:
        """`on_pick` hears of a press: number of the trace, then place of the point in it."""
        super().__init__()
        self._props.update(text="", picks=on_pick is not None)
        if on_pick is not None:
            self.on("pick", lambda event: on_pick(tuple(int(each) for each in event.args)))

    @property
    def figure(self) -> dict[str, Any]:
        """What is drawn."""
        found: dict[str, Any] = msgspec.json.decode(self._props["text"] or "{}")
        return found

    def show(self, figure: dict[str, Any]) -> None:
        """Draw this in place of what was there. It travels as one text, as in study_chart.py."""
        self._props["text"] = msgspec.json.encode(figure).decode()
