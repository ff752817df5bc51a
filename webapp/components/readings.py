"""Labels with values that move."""

from collections.abc import Sequence

from nicegui import ui


class Readings(ui.element, component="live_readings.js", dependencies=["fathom_feed.js"]):
    """Paints one topic: values in the order of the labels, or (label, value, look) without any."""

    def __init__(
        self, topic: str, labels: Sequence[str] | None = None, *, is_grid: bool = False
    ) -> None:
        super().__init__()
        look = "fm-readings fm-grid-readings" if is_grid else "fm-readings"
        self._props.update(topic=topic, look=look)
        if labels is not None:
            self._props["labels"] = list(labels)
