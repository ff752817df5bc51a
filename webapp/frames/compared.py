"""Two saved estimates side by side."""

from collections.abc import Callable
from dataclasses import dataclass

from storage.history import SavedEstimate
from webapp import format as fmt

LOOKS = ("", "is-number", "is-number", "is-number")


@dataclass(frozen=True, slots=True)
class _Figure:
    """One number of both, and how it is written."""

    label: str
    field: str
    write: Callable[[float | None], str]


FIGURES = (
    _Figure("Filled, base", "filled_base", fmt.significant),
    _Figure("Unfilled, base", "unfilled_base", fmt.significant),
    _Figure("Notional, quote", "notional_quote", fmt.amount),
    _Figure("Mid", "mid", fmt.significant),
    _Figure("Average price", "average_price", fmt.significant),
    _Figure("Worst price", "worst_price", fmt.significant),
    _Figure("Spread, bps", "spread_bps", fmt.bps),
    _Figure("Depth, bps", "depth_bps", fmt.bps),
    _Figure("Slippage, bps", "slippage_bps", fmt.bps),
    _Figure("Temporary impact, bps", "temporary_impact_bps", fmt.bps),
    _Figure("Permanent impact, bps", "permanent_impact_bps", fmt.bps),
    _Figure("Impact, bps", "impact_bps", fmt.bps),
    _Figure("Fees, bps", "fees_bps", fmt.bps),
    _Figure("Opportunity, bps", "opportunity_bps", fmt.bps),
    _Figure("Total, bps", "total_bps", fmt.bps),
    _Figure("Low, bps", "low_bps", fmt.bps),
    _Figure("High, bps", "high_bps", fmt.bps),
    _Figure("Cost, quote", "total_quote", fmt.amount),
    _Figure("Maker share", "maker_share", fmt.percent),
)
TEXTS = (
    ("Saved", lambda saved: fmt.utc(saved.created_ns)),
    ("Source", lambda saved: saved.source.value),
    ("Venue", lambda saved: saved.venue),
    ("Instrument", lambda saved: saved.venue_symbol),
    ("Side", lambda saved: saved.side.value),
    ("Order", lambda saved: f"{fmt.significant(saved.amount)} {saved.unit.value}"),
    ("Order type", lambda saved: saved.style),
    ("Recipe", lambda saved: saved.recipe),
    ("Trust", lambda saved: saved.trust_grade.name.lower()),
    ("Fee tier", lambda saved: saved.tier or fmt.MISSING),
    ("Fees as of", lambda saved: str(saved.fee_as_of or fmt.MISSING)),
    ("Fathom", lambda saved: saved.code_version),
)


def compared(first: SavedEstimate, second: SavedEstimate) -> list[tuple[str, str, str, str]]:
    """(what, first, second, second minus first); rows that neither has are left out."""
    rows = []
    for label, text in TEXTS:
        pair = (text(first), text(second))
        rows.append((label, *pair, "same" if pair[0] == pair[1] else "differs"))
    is_one_money = first.symbol == second.symbol
    for figure in FIGURES:
        left, right = getattr(first, figure.field), getattr(second, figure.field)
        if left is None and right is None:
            continue
        is_comparable = is_one_money or figure.field.endswith("_bps")
        both = left is not None and right is not None and is_comparable
        difference = figure.write(right - left) if both else fmt.MISSING
        rows.append((figure.label, figure.write(left), figure.write(right), difference))
    return rows


def mixed(first: SavedEstimate, second: SavedEstimate) -> str:
    """What makes the two hard to compare; empty when nothing does."""
    if first.source is not second.source:
        return (
            f"One is {first.source.value}, the other {second.source.value}: a simulated or "
            "replayed market says nothing about a live one."
        )
    if first.symbol != second.symbol:
        return "Two instruments: prices and money are not subtracted, only basis points."
    return ""
