"""A table of saved estimates."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

Head = tuple[str, str]
"""Title and look of a column."""


class SavedTable(ui.element, component="saved_table.js", dependencies=["fathom_feed.js"]):
    """Rows are {id, cells: [(text, look)], link}."""

    def __init__(self, heads: Sequence[Head], on_forget: Callable[[int], Any]) -> None:
        super().__init__()
        self._props.update(heads=[list(head) for head in heads], rows=[])
        self.on_forget = on_forget
        self.on("forget", lambda event: on_forget(int(event.args)))

    def show(self, rows: Sequence[dict[str, Any]]) -> None:
        """Replace what is shown."""
        self._props["rows"] = list(rows)
