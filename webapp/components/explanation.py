"""Why a number is what it is: formula, inputs with their origin, source, caveat."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from nicegui import ui

from models.base import Absent, CostComponent, Explanation
from models.explained.number import Number
from models.impact.range import ImpactRange
from webapp import format as fmt
from webapp.frames.cost import LABELS, model_name

HEADS = ("Symbol", "Meaning", "Value", "Unit", "Origin")
MODEL_HEADS = ("Model", "bps", "Band, bps", "Source")
RANGE = (
    "What each model of a whole impact says of this order. Factors of 2 to 5 are normal: it is a "
    "spread between opinions, never a cost and no confidence interval. None of it is in the total "
    "unless the recipe says so."
)


def explain(what: CostComponent | Absent | Number | ImpactRange) -> None:
    """Open a dialog about one number, as it was when asked."""
    if isinstance(what, Number):
        with _dialog(what.label):
            ui.label(f"{fmt.significant(what.value)} {what.unit}".rstrip())
            _why(what.explanation)
    elif isinstance(what, ImpactRange):
        with _dialog("Impact by all models"):
            _range(what)
    else:
        with _dialog(LABELS[what.kind]):
            if isinstance(what, Absent):
                ui.label(f"There is no number: {what.reason}.")
            else:
                ui.label(f"{fmt.bps(what.bps)} bps, by {model_name(what.model)}")
                _why(what.explanation)


@contextmanager
def _dialog(title: str) -> Iterator[None]:
    with ui.dialog().props("aria-label=Explanation") as dialog, ui.card().classes("fm-card"):
        with ui.element("h2"):
            ui.label(title)
        yield
        with ui.row().classes("fm-toolbar"):
            ui.button("Close", on_click=dialog.close).props("flat no-caps color=none").classes(
                "fm-button is-plain"
            )
    dialog.on("hide", dialog.delete)
    dialog.open()


def _why(why: Explanation) -> None:
    ui.label(why.formula).classes("fm-formula")
    rows = [(i.symbol, i.meaning, fmt.significant(i.value), i.unit, i.origin) for i in why.inputs]
    _table(HEADS, rows)
    ui.label(f"Source: {why.source}").classes("fm-caption")
    if why.caveat:
        ui.label(f"Mind: {why.caveat}").classes("fm-caption")


def _range(found: ImpactRange) -> None:
    rows = [
        (
            model_name(one.model),
            fmt.bps(one.bps),
            fmt.band(one.low_bps, one.high_bps),
            one.explanation.source,
        )
        for one in found.components
    ]
    _table(MODEL_HEADS, rows)
    for gap in found.absent:
        ui.label(f"{model_name(gap.model)}: {gap.reason}.").classes("fm-caption")
    ui.label(RANGE).classes("fm-caption")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with ui.element("div").classes("fm-scroll"), ui.element("table").classes("fm-table"):
        with ui.element("thead"), ui.element("tr"):
            for head in heads:
                with ui.element("th").props("scope=col"):
                    ui.label(head)
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for text in row:
                        with ui.element("td"):
                            ui.label(text)
