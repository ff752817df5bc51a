"""Tells every tab what an alert has to say, on the page and, where allowed, by the browser."""

from collections.abc import Callable

from nicegui import ui

from engine.alerts.board import AlertBoard
from engine.alerts.machine import ON

LOOK_S = 1.0


class AlertBell(ui.element, component="alert_bell.js"):
    """A count in the header; it speaks once for each call that comes while the tab is open."""

    def __init__(self, board: AlertBoard, on_open: Callable[[], object]) -> None:
        super().__init__()
        self._board = board
        self._heard = max((event.number for event in board.events()), default=0)
        self._props["ringing"] = 0
        self.on("open", lambda: on_open())
        ui.timer(LOOK_S, self._look)

    def ask(self) -> None:
        """Ask the browser for leave to notify; it shows its own question."""
        self.run_method("ask")

    def _look(self) -> None:
        ringing = sum(1 for alert in self._board.all() if alert.status.state in ON)
        if self._props["ringing"] != ringing:
            self._props["ringing"] = ringing
        for event in self._board.events(self._heard):
            self._heard = event.number
            if event.calls:
                is_over = event.state == "normal"
                ui.notify(
                    event.text,
                    type="positive" if is_over else "warning",
                    position="top",
                    timeout=10_000,
                    close_button="Close",
                )
                self.run_method("tell", "Fathom", event.text)
