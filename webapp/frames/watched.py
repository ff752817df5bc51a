"""The order on every followed market, as rows of a table."""

from collections.abc import Sequence

from engine.market_key import MarketKey
from market.trust import Grade
from webapp import format as fmt
from webapp.frames.markets import name_of
from webapp.frames.rows import EMPTY, NUMBER, Cell, Row
from webapp.watching import Elsewhere

HEADS = (
    ("Market", ""),
    ("Cost with fees, bps", NUMBER),
    ("Money", NUMBER),
    ("Band, bps", NUMBER),
    ("More than the best", NUMBER),
)
MOST = 12
"""Markets shown; the dearest are left out."""


def key_of(one: Elsewhere) -> MarketKey:
    """The market, as the ticket names it."""
    instrument = one.state.instrument
    return MarketKey(one.state.source, instrument.venue, instrument.venue_symbol)


def rows(found: Sequence[Elsewhere]) -> list[Row]:
    """One row a market, best first; the cheapest of the ticket's pair is marked."""
    priced = [one.estimate.total_bps for one in found if one.estimate and one.is_same_pair]
    best = min(priced) if len(priced) > 1 else None
    return [_row(one, best) for one in found[:MOST]]


def _row(one: Elsewhere, best: float | None) -> Row:
    instrument, priced = one.state.instrument, one.estimate
    marks = [instrument.venue.upper(), "this ticket" if one.is_here else ""]
    if one.state.trust.grade is Grade.WARN:
        marks.append("doubtful book")
    if priced is None:
        marks = [instrument.venue.upper(), one.refusal]
    note = " · ".join(mark for mark in marks if mark)
    is_best = priced is not None and one.is_same_pair and priced.total_bps == best
    name: Cell = (instrument.venue_symbol, "is-best" if is_best else "", note)
    if priced is None:
        return name_of(key_of(one)), (name, EMPTY, EMPTY, EMPTY, EMPTY), ()
    band = fmt.band(priced.low_bps, priced.high_bps)
    is_exact = priced.low_bps == priced.high_bps
    more = priced.total_bps - best if best is not None and one.is_same_pair else None
    cells: tuple[Cell, ...] = (
        name,
        (fmt.bps(priced.total_bps), "is-best" if is_best else "", ""),
        (fmt.money(priced.total_quote, instrument.quote), "", ""),
        (fmt.MISSING if is_exact else band, "", ""),
        ("cheapest" if is_best else fmt.bps(more, signed=True), "", ""),
    )
    return name_of(key_of(one)), cells, ()
