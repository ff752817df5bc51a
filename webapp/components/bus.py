"""The hidden element through which a tab gets its frames."""

from collections.abc import Callable

from nicegui import ui


class Bus(ui.element, component="fathom_bus.js", dependencies=["fathom_feed.js"]):
    """One per page. The publisher calls its method `frame` in the browser."""

    def __init__(self, on_visibility: Callable[[bool], None], on_lost: Callable[[], None]) -> None:
        super().__init__()
        self.on("lost", on_lost, args=[])
        self.on("visibility", lambda event: on_visibility(bool(event.args)))
