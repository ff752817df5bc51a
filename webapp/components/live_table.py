"""A table whose figures move in place."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from webapp.frames.rows import Head, Row


class LiveTable(ui.element, component="live_table.js", dependencies=["fathom_feed.js"]):
    """Paints the rows of a topic, or those it is shown."""

    def __init__(
        self,
        heads: Sequence[Head],
        on_act: Callable[[str, str], Any],
        *,
        caption: str,
        empty: str,
        topic: str = "",
        opens: str = "",
    ) -> None:
        """`opens` says what a press on the first cell does; empty = nothing."""
        super().__init__()
        self._props.update(
            heads=[list(head) for head in heads],
            rows=[],
            topic=topic,
            opens=opens,
            empty=empty,
            caption=caption,
        )
        self.act = on_act
        self.on("act", lambda event: on_act(*_press(event.args)))

    @property
    def rows(self) -> list[Row]:
        """What is shown."""
        return list(self._props["rows"])

    def show(self, rows: Sequence[Row]) -> None:
        """Replace what is shown, if it is new."""
        if list(rows) != self._props["rows"]:
            self._props["rows"] = list(rows)


def _press(sent: Any) -> tuple[str, str]:
    """Which button of which row, as a browser says; the receiver looks both up."""
    name, key = map(str, sent) if isinstance(sent, list) and len(sent) == 2 else ("", "")
    return name, key
