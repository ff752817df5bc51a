"""Why a number is what it is: formula, inputs with their origin, source, caveat."""

from nicegui import ui

from models.base import Absent, CostComponent
from webapp import format as fmt
from webapp.frames.cost import LABELS

HEADS = ("Symbol", "Meaning", "Value", "Unit", "Origin")


def explain(part: CostComponent | Absent) -> None:
    """Open a dialog about one part of a cost, as it was when asked."""
    with ui.dialog() as dialog, ui.card().classes("fm-card"):
        with ui.element("h2"):
            ui.label(LABELS[part.kind])
        if isinstance(part, Absent):
            ui.label(f"There is no number: {part.reason}.")
        else:
            _component(part)
        with ui.row().classes("fm-toolbar"):
            ui.button("Close", on_click=dialog.close).props("flat no-caps color=none").classes(
                "fm-button is-plain"
            )
    dialog.on("hide", dialog.delete)
    dialog.open()


def _component(part: CostComponent) -> None:
    why = part.explanation
    ui.label(f"{fmt.bps(part.bps)} bps, by {part.model}")
    ui.label(why.formula).classes("fm-formula")
    with ui.element("table").classes("fm-table"):
        with ui.element("thead"), ui.element("tr"):
            for head in HEADS:
                with ui.element("th").props("scope=col"):
                    ui.label(head)
        with ui.element("tbody"):
            for item in why.inputs:
                value = fmt.significant(item.value)
                with ui.element("tr"):
                    for text in (item.symbol, item.meaning, value, item.unit, item.origin.value):
                        with ui.element("td"):
                            ui.label(text)
    ui.label(f"Source: {why.source}").classes("fm-caption")
    if why.caveat:
        ui.label(f"Mind: {why.caveat}").classes("fm-caption")
