"""Faults that the embedded exchange throws on command."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nicegui import ui


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One fault as it is offered."""

    name: str
    label: str
    description: str


class DrillPanel:
    """Choose a market, press a fault."""

    def __init__(self, faults: Sequence[Press], on_press: Callable[[str, str], None]) -> None:
        self._on_press = on_press
        with ui.element("div").classes("fm-drill-head"):
            self._market = ui.select([], label="Market").classes("fm-drill-market")
            self._market.props("outlined dense stack-label options-dense").mark("drill-market")
            ui.label(
                "Press a fault and watch: the book is doubted, you are told, it recovers. "
                "Only the simulated exchange can be told to misbehave."
            ).classes("fm-caption")
        with ui.element("div").classes("fm-drill").props('role=group aria-label="Faults"'):
            for fault in faults:
                self._fault(fault)

    def show(self, markets: Sequence[str]) -> None:
        """Markets that a drill may be held on."""
        if list(markets) != self._market.options:
            current = self._market.value if self._market.value in markets else None
            self._market.set_options(list(markets), value=current or next(iter(markets), None))

    def _fault(self, fault: Press) -> None:
        def press() -> None:
            if self._market.value:
                self._on_press(fault.name, self._market.value)

        button = ui.element("button").classes("fm-fault").mark(f"drill-{fault.name}")
        with button.props("type=button").on("click", press, args=[]):
            with ui.element("b"):
                ui.label(fault.label)
            with ui.element("span"):
                ui.label(fault.description)
        button.props["title"] = fault.description
