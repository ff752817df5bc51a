"""One tab's cost as its page is sent it."""

from typing import Any

import numpy as np

from market.instrument import Side
from market.trust import Grade, Trust
from models.base import Absent, CostComponent, CostEstimate, CostKind, MarketState
from models.catalog import RECIPES, STYLES
from webapp import format as fmt
from webapp.ticket import Ticket

FACTS = ("Average price", "Worst price", "Arrival mid", "Filled", "Notional", "Book holds")
ORDER_FACTS = ("Size", "At the venue", "Changes hands", "Volatility used", "Taker fee", "Lot")
LABELS = {
    CostKind.SPREAD: "Spread",
    CostKind.DEPTH: "Depth",
    CostKind.SLIPPAGE: "Slippage",
    CostKind.TEMPORARY_IMPACT: "Temporary impact",
    CostKind.PERMANENT_IMPACT: "Permanent impact",
    CostKind.IMPACT: "Impact",
    CostKind.FEES: "Fees",
    CostKind.OPPORTUNITY: "Opportunity",
}
TRUST = {
    Grade.GOOD: ("good", "Trusted book"),
    Grade.WARN: ("warn", "Doubtful book"),
    Grade.REFUSE: ("refuse", "No trusted book"),
}


def unpriced(ticket: Ticket, state: str, why: str, trust: Trust | None) -> dict[str, Any]:
    """A headline without a number, and the reason."""
    grade, badge = TRUST[trust.grade] if trust else ("none", "No book")
    return {
        "state": state,
        "side": ticket.side,
        "verb": ticket.side.capitalize(),
        "what": f" {ticket.quantity[:24]} {_unit_word(ticket)} {ticket.instrument}",
        "grade": grade,
        "trust": badge,
        "total": fmt.MISSING,
        "unit": "bps",
        "currency": "Money",
        "money": "",
        "band": "",
        "why": why,
        "facts": [],
        "warnings": [],
        "rows": [],
    }


def _unit_word(ticket: Ticket) -> str:
    return "contracts of" if ticket.unit == "contracts" else f"({ticket.unit}) of"


def priced(estimate: CostEstimate) -> dict[str, Any]:
    """Headline, facts and parts of one estimate."""
    request, fill, instrument = estimate.request, estimate.fill, estimate.instrument
    grade, badge = TRUST[estimate.trust.grade]
    filled = fmt.quantity(fill.filled, instrument)
    if fill.unfilled > 0:
        whole = fmt.exact_size(fill.quantity, instrument)
        filled = f"{fmt.exact_size(fill.filled, instrument)} of {whole}"
    return {
        "state": "priced",
        "side": fill.side.value,
        "verb": fill.side.value.capitalize(),
        "what": f" {fmt.quantity(fill.quantity, instrument)} · {instrument.venue_symbol}",
        "grade": grade,
        "trust": badge,
        "total": fmt.bps(estimate.total_bps),
        "unit": "bps",
        "currency": instrument.quote,
        "money": fmt.money(estimate.total_quote, instrument.quote),
        "band": _range(estimate.low_bps, estimate.high_bps),
        "why": f"{RECIPES[request.recipe].label} · {STYLES[request.style].label.lower()}",
        "facts": [
            fmt.price(fill.average, instrument, finer=1),
            fmt.price(fill.worst, instrument),
            fmt.price(fill.mid, instrument, finer=1),
            filled,
            fmt.money(estimate.notional, instrument.quote),
            f"{fmt.size(fill.visible, instrument, fill.mid)} {instrument.base}",
        ],
        "warnings": list(estimate.warnings),
        "rows": _rows(estimate),
        "seq": estimate.book_seq,
    }


def _range(low: float, high: float) -> str:
    return "exact at this instant" if low == high else f"{fmt.band(low, high)} bps"


Row = tuple[str, str, str, str, str, str, float, float, str]
"""Kind, place (part, total, beside), label, bps, money, band, start and width of the bar, note."""


def _rows(estimate: CostEstimate) -> list[Row]:
    added = [c for c in estimate.components if c.is_in_total]
    beside = [c for c in estimate.components if not c.is_in_total]
    bars = fmt.waterfall([c.bps for c in added], [c.bps for c in beside])
    rows = [_row(c, estimate, bar, "part") for c, bar in zip(added, bars, strict=False)]
    rows.append(_total_row(estimate, bars[len(added)]))
    others = zip(beside, bars[len(added) + 1 :], strict=True)
    rows += [_row(c, estimate, bar, "beside") for c, bar in others]
    return rows + [_absent(gap) for gap in estimate.absent]


def _row(
    component: CostComponent, estimate: CostEstimate, bar: tuple[float, float], place: str
) -> Row:
    label = LABELS[component.kind]
    return (
        component.kind.value,
        place,
        label if place == "part" else f"{label}, beside",
        fmt.bps(component.bps),
        fmt.amount(component.quote(estimate.notional)),
        _band(component.low_bps, component.high_bps),
        *bar,
        "",
    )


def _total_row(estimate: CostEstimate, bar: tuple[float, float]) -> Row:
    total, money = fmt.bps(estimate.total_bps), fmt.amount(estimate.total_quote)
    band = _band(estimate.low_bps, estimate.high_bps)
    return ("total", "total", "Total", total, money, band, *bar, "")


def _absent(gap: Absent) -> Row:
    note = f"none: {gap.reason}"
    return (gap.kind.value, "beside", LABELS[gap.kind], "", "", "", 0.0, 0.0, note)


def _band(low: float, high: float) -> str:
    return fmt.MISSING if low == high else fmt.band(low, high)


def takes(estimate: CostEstimate | None, state: MarketState | None) -> dict[str, Any]:
    """Which levels of the ladder the order would take."""
    if estimate is None or state is None or state.book is None:
        return {"side": "", "levels": 0, "part": False, "average": -1, "text": ""}
    fill = estimate.fill
    prices, sizes = state.book.levels(fill.side)
    sign = fill.side.sign
    average = int(np.searchsorted(sign * prices, sign * fill.average))
    held = float(sizes[: fill.levels].sum())
    levels = "1 level" if fill.levels == 1 else f"{fmt.count(fill.levels)} levels"
    side = "asks" if fill.side is Side.BUY else "bids"
    mean = fmt.price(fill.average, estimate.instrument, finer=1)
    return {
        "side": fill.side.value,
        "levels": fill.levels,
        "part": bool(fill.filled < held),
        "average": min(average, fill.levels - 1),
        "text": f"Takes {levels} of the {side}, average {mean}, last "
        f"{fmt.price(fill.worst, estimate.instrument)}.",
    }


def order_facts(estimate: CostEstimate | None, state: MarketState | None) -> list[str]:
    """Values of ORDER_FACTS."""
    if estimate is None or state is None:
        return [fmt.MISSING] * len(ORDER_FACTS)
    instrument, request, fill = estimate.instrument, estimate.request, estimate.fill
    unit = "contracts" if instrument.has_contracts else instrument.base
    sigma = request.sigma_day if request.sigma_day is not None else state.sigma_day
    return [
        fmt.quantity(fill.quantity, instrument),
        fmt.venue_size(fill.quantity, fill.mid, instrument),
        fmt.money(fill.value, instrument.quote),
        fmt.volatility(sigma),
        fmt.fee(request.tier.taker_bps) if request.tier else "none known",
        f"{fmt.typed(instrument.lot_size)} {unit}",
    ]


def point(ns: int, estimate: CostEstimate | None) -> list[Any]:
    """One second of a tab's cost; a gap where there was none."""
    ms = fmt.milliseconds_since_1970(ns)
    if estimate is None:
        return [ms, None, None, None]
    return [
        ms,
        fmt.plotted(estimate.total_bps),
        fmt.plotted(estimate.low_bps),
        fmt.plotted(estimate.high_bps),
    ]


def curve_mark(estimate: CostEstimate) -> dict[str, Any]:
    """Where the order stands on the curve."""
    fill = estimate.fill
    return {
        "at": [fmt.plotted(fill.filled), fmt.plotted(fill.slippage_bps)],
        "label": f"{fmt.bps(fill.slippage_bps)} bps",
    }
