"""What it costs, how sure, and why not when there is no number."""

from collections.abc import Sequence

from nicegui import ui


class Headline(ui.element, component="cost_headline.js", dependencies=["fathom_feed.js"]):
    """Paints the topic `cost`."""

    def __init__(self, facts: Sequence[str]) -> None:
        super().__init__()
        self._props["facts"] = list(facts)
