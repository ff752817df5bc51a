"""What the Performance page asks of a view."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from nicegui import ui

from webapp.theme import panel


class View(Protocol):
    """Built once; painted while it is shown."""

    def refresh(self, *, charts: bool) -> None:
        """Paint what is known now; charts only when asked, because they are dear."""
        ...


@contextmanager
def plot(title: str, note: str) -> Iterator[None]:
    """A panel that a chart fills."""
    with panel(title, note, classes="fm-chart"), ui.element("div").classes("fm-plot"):
        yield


def figure(title: str) -> ui.label:
    """A number with its name; gives the number."""
    with ui.element("div"):
        with ui.element("dt"):
            ui.label(title)
        with ui.element("dd"):
            return ui.label("–")
