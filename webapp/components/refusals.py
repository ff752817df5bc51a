"""What of a link could not be taken over."""

from collections.abc import Sequence

from nicegui import ui


class Refusals:
    """One box that can be closed; hidden while there is nothing to say."""

    def __init__(self) -> None:
        self._box = ui.element("div").classes("fm-refused").props("role=alert")
        with self._box:
            self._text = ui.label().mark("refusals")
            ui.element("div").classes("fm-spring")
            close = ui.button("Dismiss", on_click=lambda: self.show(())).mark("dismiss")
            close.props("flat no-caps dense color=none padding='0 8px'")

    def show(self, problems: Sequence[str]) -> None:
        """Say these."""
        self._text.set_text(" ".join(problems))
        self._box.set_visibility(bool(problems))
