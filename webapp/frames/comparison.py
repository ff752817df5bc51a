"""The same order carried out in different ways, as rows of a table."""

from collections.abc import Sequence

from market.errors import OrderError
from models.comparison import Way, cheapest
from models.routing import Route
from webapp import format as fmt
from webapp.frames.rows import NUMBER, Cell, Row

HEADS = (
    ("Way", ""),
    ("Cost, bps", NUMBER),
    ("Money", NUMBER),
    ("Band, bps", NUMBER),
    ("Completes", NUMBER),
    ("Timing risk, bps", NUMBER),
)
ALONE = "no other venue with this instrument is followed: add one on the Markets page"


def ways(compared: Sequence[Way]) -> list[Row]:
    """One row a way; the cheapest is marked, and what has no number says why."""
    if not compared:
        return []
    try:
        best = cheapest(compared).key
    except OrderError:
        best = ""
    rows = [_row(way, is_best=way.key == best) for way in compared]
    if all(way.route is None and way.key != "split" for way in compared):
        rows.append(_row(Way(key="split", label="Split across venues", refusal=ALONE)))
    return rows


def _row(way: Way, *, is_best: bool = False) -> Row:
    note = way.refusal or (_parts(way.route) if way.route else "")
    risk = f"± {fmt.bps(way.risk_bps)}" if way.risk_bps is not None else fmt.MISSING
    band = way.low_bps != way.high_bps and way.cost_bps is not None
    look = "is-best" if is_best else "" if way.estimate else "is-plain"
    cells: tuple[Cell, ...] = (
        (f"{way.label} · cheapest" if is_best else way.label, look, note),
        (fmt.bps(way.cost_bps), "is-best" if is_best else "", ""),
        (fmt.amount(way.cost_quote), "", ""),
        (fmt.band(way.low_bps, way.high_bps) if band else fmt.MISSING, "", ""),
        (fmt.percent(way.completion), "", ""),
        (risk, "", ""),
    )
    return way.key, cells, ()


def _parts(route: Route) -> str:
    shares = ", ".join(f"{fmt.significant(part.quantity)} {part.venue}" for part in route.parts)
    if route.saving_bps is None:
        return shares
    return f"{shares}; saves {fmt.bps(route.saving_bps)} bps against the best single venue"
