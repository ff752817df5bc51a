"""The size of the order on a log scale, beside the field where it is typed exactly."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from webapp import format as fmt
from webapp.sizing import STEPS, SizeScale, decades


class SizeSlider(ui.element, component="size_slider.js"):
    """Follows what is typed, and types what it is moved to."""

    def __init__(self, on_move: Callable[[float], None]) -> None:
        """`on_move` gets the amount, in the ticket's unit."""
        super().__init__()
        self._scale: SizeScale | None = None
        self._props.update(steps=STEPS, position=0, decades=1, said="", ends=[])

        def moved(sent: Any) -> None:
            if self._scale is not None and isinstance(sent, int | float):
                on_move(self._scale.amount(float(sent)))

        self.on("move", lambda event: moved(event.args))

    def show(self, scale: SizeScale | None, amount: float | None, unit: str) -> None:
        """Stand where the amount is; no scale hides the marks and the slider cannot be moved."""
        self._scale = scale
        shown: dict[str, Any] = {"position": 0, "decades": 1, "said": "", "ends": []}
        if scale is not None:
            shown = {
                "position": scale.position(amount),
                "decades": decades(scale),
                "said": f"{fmt.typed(amount)} {unit}" if amount is not None else "no size",
                "ends": [_end(scale.low), _end(scale.high)],
            }
        for name, value in shown.items():
            if self._props.get(name) != value:
                self._props[name] = value


def _end(amount: float) -> str:
    return fmt.typed(amount) if amount < 1 else fmt.compact(amount).replace(".00", "")
