"""Two saved estimates side by side, in a dialog."""

from nicegui import ui

from storage.history import SavedEstimate
from webapp.components.plain_table import plain_table
from webapp.frames.compared import LOOKS, compared, mixed


def compare(first: SavedEstimate, second: SavedEstimate) -> None:
    """Open it."""
    box = ui.dialog().props("aria-label=Compared")
    with box as dialog, ui.card().classes("fm-card fm-compared"):
        with ui.element("h2"):
            ui.label(f"Number {first.id} and number {second.id}")
        caution = mixed(first, second)
        if caution:
            ui.label(caution).classes("fm-caution")
        with ui.element("div").classes("fm-scroll"):
            heads = ("", f"No. {first.id}", f"No. {second.id}", "Difference")
            plain_table(heads, compared(first, second), LOOKS)
        with ui.row().classes("fm-toolbar"):
            close = ui.button("Close", on_click=dialog.close).props("flat no-caps color=none")
            close.classes("fm-button is-plain")
    dialog.on("hide", dialog.delete)
    dialog.open()
