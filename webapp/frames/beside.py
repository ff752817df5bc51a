"""The tickets of a tab side by side, as rows of a table."""

from collections.abc import Sequence

from models.catalog import STYLES
from webapp import format as fmt
from webapp.beside import Beside
from webapp.frames.rows import EMPTY, NUMBER, Cell, Row

HEADS = (
    ("Ticket", ""),
    ("Order", ""),
    ("Total, bps", NUMBER),
    ("Money", NUMBER),
    ("Band, bps", NUMBER),
    ("Against this one", NUMBER),
    ("", NUMBER),
)


def rows(tickets: Sequence[Beside]) -> list[Row]:
    """One row a ticket; the one on the desk says so, and the others how far they are from it."""
    desk = next((one for one in tickets if one.is_on_desk), None)
    here = desk.estimate.total_bps if desk and desk.estimate else None
    priced = [one.estimate.total_bps for one in tickets if one.estimate]
    best = min(priced) if len(priced) > 1 else None
    return [_row(one, here, best) for one in tickets]


def _row(one: Beside, here: float | None, best: float | None) -> Row:
    name: Cell = (f"Ticket {one.number + 1}", "is-strong" if one.is_on_desk else "", "")
    actions = (("drop", "Close"),)
    priced = one.estimate
    note = one.why if priced is None else STYLES[priced.request.style].label
    order: Cell = (f"{one.side.capitalize()} {one.what}", f"is-{one.side}-text", note)
    if priced is None:
        return str(one.number), (name, order, EMPTY, EMPTY, EMPTY, EMPTY), actions
    is_exact = priced.low_bps == priced.high_bps
    band = fmt.MISSING if is_exact else fmt.band(priced.low_bps, priced.high_bps)
    look = "is-best" if priced.total_bps == best else ""
    away = "on the desk" if one.is_on_desk else fmt.MISSING
    if here is not None and not one.is_on_desk:
        away = fmt.bps(priced.total_bps - here, signed=True)
    cells: tuple[Cell, ...] = (
        name,
        order,
        (fmt.bps(priced.total_bps), look, ""),
        (fmt.money(priced.total_quote, priced.instrument.quote), "", ""),
        (band, "", ""),
        (away, "is-muted" if one.is_on_desk else "", ""),
    )
    return str(one.number), cells, actions
