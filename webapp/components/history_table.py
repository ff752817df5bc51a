"""A table of saved estimates that is sorted, chosen from and marked."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

Head = tuple[str, str, str]
"""Title, look, and what it sorts by; empty = it does not sort."""


class HistoryTable(ui.element, component="history_table.js", dependencies=["fathom_feed.js"]):
    """Rows are {id, cells: [(text, look, note)], tags, note}."""

    def __init__(
        self,
        heads: Sequence[Head],
        *,
        on_sort: Callable[[str], Any],
        on_choose: Callable[[list[int]], Any],
        on_act: Callable[[str, int], Any],
        on_mark: Callable[[int, str, str], Any],
    ) -> None:
        super().__init__()
        self._props.update(heads=[list(head) for head in heads], rows=[], sort="", chosen=[])
        self.choose, self.act, self.mark_line = on_choose, on_act, on_mark
        self.on("sort", lambda event: on_sort(str(event.args)))
        self.on("choose", lambda event: on_choose([int(number) for number in event.args]))
        self.on("act", lambda event: on_act(str(event.args[0]), int(event.args[1])))
        self.on("mark", lambda event: on_mark(int(event.args[0]), *map(str, event.args[1:3])))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What is shown."""
        return list(self._props["rows"])

    def show(self, rows: Sequence[dict[str, Any]], sort: str) -> None:
        """Replace what is shown; `sort` is a column, with - in front where it falls."""
        self._props["rows"] = list(rows)
        self._props["sort"] = sort

    def show_chosen(self, ids: Sequence[int]) -> None:
        """Tick these."""
        self._props["chosen"] = list(ids)
