"""Says where the numbers come from; a demo cannot be taken for a market."""

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the banner says."""

    look: str
    """demo, replay, live or waiting"""
    title: str
    text: str
    can_switch: bool = False
    """Whether the live venue that was silent answers again."""


class SourceBanner:
    """One line under the header."""

    def __init__(self, notice: Notice, on_switch: Callable[[], None]) -> None:
        self._notice: Notice | None = None
        self._root = ui.element("div").classes("fm-banner").props('role=status aria-label="Source"')
        with self._root:
            self._title = ui.element("b")
            with self._title:
                self._title_text = ui.label().mark("source-title")
            self._text = ui.label().mark("source-text")
            self._switch = ui.button("Live is back: switch", on_click=on_switch)
            self._switch.props("flat no-caps dense color=none padding='0 10px'").mark(
                "switch-to-live"
            )
        self.show(notice)

    def show(self, notice: Notice) -> None:
        """Say it, if it is new."""
        if notice == self._notice:
            return
        self._root.classes(replace=f"fm-banner is-{notice.look}")
        self._title_text.set_text(notice.title)
        self._text.set_text(notice.text)
        self._switch.set_visibility(notice.can_switch)
        self._notice = notice
