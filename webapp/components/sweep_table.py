"""A table of points: as many rows as a sweep has, sent block by block as they come into view."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

Head = tuple[str, str, str]
"""Title, look, and the column it sorts by."""
BLOCK = 100
"""Rows that are sent together."""


class SweepTable(ui.element, component="sweep_table.js", dependencies=["fathom_feed.js"]):
    """Asks for blocks by number; `show` starts anew, `put` gives a block."""

    def __init__(
        self,
        *,
        caption: str,
        on_ask: Callable[[int], Any],
        on_sort: Callable[[str], Any],
        on_open: Callable[[int], Any],
    ) -> None:
        super().__init__()
        self._props.update(
            heads=[], count=0, sort="", token=0, block={}, size=BLOCK, caption=caption
        )
        self._on_ask = on_ask
        self.open, self.sort = on_open, on_sort
        self.on("ask", lambda event: self._ask(event.args))
        self.on("sort", lambda event: on_sort(str(event.args)))
        self.on("open", lambda event: on_open(int(event.args)))

    @property
    def rows(self) -> list[Any]:
        """The block that was sent last."""
        return list(self._props["block"].get("rows", ()))

    @property
    def count(self) -> int:
        """Rows that there are."""
        return int(self._props["count"])

    def show(self, heads: Sequence[Head], count: int, sort: str, first: Sequence[Any]) -> None:
        """Another question: its heads, number of rows, and first block. Old blocks are dropped."""
        token = self._props["token"] + 1
        block = {"token": token, "number": 0, "rows": list(first)}
        self._props.update(
            heads=[list(head) for head in heads], count=count, sort=sort, token=token, block=block
        )
        self.update()

    def put(self, number: int, rows: Sequence[Any]) -> None:
        """The block of that number, of the question of now."""
        self._props["block"] = {
            "token": self._props["token"],
            "number": number,
            "rows": list(rows),
        }

    @property
    def token(self) -> int:
        """Number of the question of now."""
        return int(self._props["token"])

    def _ask(self, sent: Any) -> Any:
        """Only for the question of now, and only for a block that there is."""
        token, number = (int(each) for each in sent)
        if token == self.token and 0 <= number * BLOCK < self.count:
            return self._on_ask(number)
        return None
