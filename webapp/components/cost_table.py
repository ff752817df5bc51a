"""The parts of a cost as a waterfall."""

from collections.abc import Callable

from nicegui import ui


class CostTable(ui.element, component="cost_table.js", dependencies=["fathom_feed.js"]):
    """Paints the rows of the topic `cost`; a click on a name asks for its explanation."""

    def __init__(self, on_explain: Callable[[str], None]) -> None:
        super().__init__()
        self.on("explain", lambda event: on_explain(str(event.args)))
