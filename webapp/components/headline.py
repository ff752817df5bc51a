"""What it costs, how sure, and why not when there is no number."""

from collections.abc import Callable, Sequence

from nicegui import ui


class Headline(ui.element, component="cost_headline.js", dependencies=["fathom_feed.js"]):
    """Paints the topic `cost`; a press on the total or a fact's name asks to explain it."""

    def __init__(self, facts: Sequence[str], on_explain: Callable[[str], None]) -> None:
        super().__init__()
        self._props["facts"] = list(facts)
        self.on("explain", lambda event: on_explain(str(event.args)))
