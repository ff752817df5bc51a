"""Conditions on the points that are looked at: added one by one, taken away by a press."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from engine.sweeps.query import COMPARISONS
from webapp.frames import sweeps as frames

LOOK = "outlined dense stack-label hide-bottom-space no-error-icon options-dense"
SIGNS = {
    "=": "is",
    "!=": "is not",
    "<": "<",
    "<=": "≤",
    ">": ">",
    ">=": "≥",
    "is null": "has none",
    "is not null": "has one",
}


class Filters:
    """The texts of the conditions, as the address has them."""

    def __init__(self, texts: list[str], on_change: Callable[[], Any]) -> None:
        self._texts, self._on_change = texts, on_change
        with ui.element("div").classes("fm-form-line is-filter"):
            self._column = ui.select({}, label="Only where").props(LOOK).mark("filter-column")
            self._sign = ui.select({c: SIGNS[c] for c in COMPARISONS}, value="=", label="Compared")
            self._sign.props(LOOK).mark("filter-sign")
            self._value = ui.input("Value").props(LOOK).mark("filter-value")
            self._value.without_auto_validation().on("keydown.enter", self._add)
            add = ui.button("Add", on_click=self._add).props("flat no-caps color=none")
            add.classes("fm-button is-plain").mark("filter-add")
            self._chips = ui.element("div").classes("fm-chips")
        self.draw()

    def offer(self, columns: Sequence[str]) -> None:
        """Columns that can be asked for."""
        options = {name: frames.title(name) for name in columns}
        if options != self._column.options:
            self._column.set_options(options, value=self._column.value)

    def say(self, problem: str) -> None:
        """What is wrong with a condition; empty = nothing."""
        self._value.error = problem or None

    def draw(self) -> None:
        """The conditions there are."""
        self._chips.clear()
        with self._chips:
            for text in self._texts:
                column, _, rest = text.partition(",")
                sign, _, value = rest.partition(",")
                words = f"{frames.title(column)} {SIGNS.get(sign, sign)} {value}".rstrip()
                chip = ui.button(f"{words}  ×", on_click=lambda text=text: self._drop(text))
                chip.props("flat no-caps color=none").classes("fm-chip")
                chip.props["aria-label"] = f"Without the condition {words}"

    async def _add(self) -> None:
        if not self._column.value:
            return
        text = f"{self._column.value},{self._sign.value},{(self._value.value or '').strip()}"
        if text not in self._texts:
            self._texts.append(text)
        self.draw()
        await self._on_change()

    async def _drop(self, text: str) -> None:
        self._texts.remove(text)
        self.draw()
        await self._on_change()
