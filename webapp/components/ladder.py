"""The order book with what the order would take."""

from nicegui import ui


class Ladder(ui.element, component="book_ladder.js", dependencies=["fathom_feed.js"]):
    """Paints the topics `ladder` and `takes`."""

    def __init__(self, depth: int, always: int) -> None:
        """`depth` levels a side; those after the first `always` only where there is room."""
        super().__init__()
        self._props.update(depth=depth, always=always)
