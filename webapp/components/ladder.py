"""The order book with what the order would take."""

from nicegui import ui


class Ladder(ui.element, component="book_ladder.js", dependencies=["fathom_feed.js"]):
    """Paints the topics `ladder` and `takes`."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self._props["depth"] = depth
