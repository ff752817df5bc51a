"""Labels with values that move."""

from collections.abc import Callable, Collection, Sequence

from nicegui import ui


class Readings(ui.element, component="live_readings.js", dependencies=["fathom_feed.js"]):
    """Paints one topic: values in the order of the labels, or (label, value, look) without any."""

    def __init__(
        self,
        topic: str,
        labels: Sequence[str] | None = None,
        *,
        is_grid: bool = False,
        explains: Collection[str] = (),
        on_explain: Callable[[str], None] | None = None,
    ) -> None:
        """A press on one of the labels in `explains` asks for its explanation."""
        super().__init__()
        if on_explain is not None:
            self._props["explains"] = list(explains)
            self.on("explain", lambda event: on_explain(str(event.args)))
        look = "fm-readings fm-grid-readings" if is_grid else "fm-readings"
        self._props.update(topic=topic, look=look)
        if labels is not None:
            self._props["labels"] = list(labels)
