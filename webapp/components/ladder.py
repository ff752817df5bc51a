"""The order book with what the order would take."""

from collections.abc import Callable

from nicegui import ui

from webapp.ticket import GROUPINGS


class Ladder(ui.element, component="book_ladder.js", dependencies=["fathom_feed.js"]):
    """Paints the topics `ladder` and `takes`."""

    def __init__(self, depth: int, always: int, on_group: Callable[[str], None]) -> None:
        """`depth` levels a side; those after the first `always` only where there is room.

        `on_group` gets one of GROUPINGS: how many ticks share a row.
        """
        super().__init__()
        self._props.update(depth=depth, always=always, groupings=list(GROUPINGS), every="1")

        def group(every: str) -> None:
            if every in GROUPINGS:
                on_group(every)

        self.on("group", lambda event: group(str(event.args)))

    def show(self, every: str) -> None:
        """So many ticks share a row now."""
        if self._props["every"] != every:
            self._props["every"] = every
