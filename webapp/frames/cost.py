"""One tab's cost as its page is sent it."""

from typing import Any

from market.trust import Grade, Trust
from models.base import Absent, CostComponent, CostEstimate, CostKind, MarketState
from models.catalog import RECIPES, STYLES
from models.impact.range import SHARES, ImpactRange
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
        "doubts": _doubts(trust) if trust else [],
        "parts": [],
        "figures": [],
        "seq": 0,
    }


def _unit_word(ticket: Ticket) -> str:
    return "contracts of" if ticket.unit == "contracts" else f"({ticket.unit}) of"


def priced(estimate: CostEstimate, opinions: ImpactRange | None = None) -> dict[str, Any]:
    """Headline, facts and parts of one estimate, and what the models of impact say beside it."""
    request, fill, instrument = estimate.request, estimate.fill, estimate.instrument
    grade, badge = TRUST[estimate.trust.grade]
    rows = _rows(estimate) + _opinions(opinions)
    filled = fmt.quantity(fill.filled, instrument)
    if fill.unfilled > 0:
        whole = fmt.exact_size(fill.quantity, instrument)
        filled = f"{fmt.exact_size(fill.filled, instrument)} of {whole}"
    if estimate.waiting is not None:
        when = "then" if estimate.trigger else "now"
        filled = f"{fmt.exact_size(estimate.taken, instrument)} {when}"
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
        "why": f"{RECIPES[request.recipe].label} · {STYLES[request.style].label}",
        "facts": [
            fmt.price(fill.average, instrument, finer=1),
            fmt.price(fill.worst, instrument),
            fmt.price(fill.mid, instrument, finer=1),
            filled,
            fmt.money(estimate.notional, instrument.quote),
            f"{fmt.size(fill.visible, instrument, fill.mid)} {instrument.base}",
        ],
        "warnings": list(estimate.warnings),
        "doubts": _doubts(estimate.trust),
        "parts": [part for part, _ in rows],
        "figures": [figures for _, figures in rows],
        "seq": estimate.book_seq,
    }


def _doubts(trust: Trust) -> list[tuple[str, str]]:
    """Look and text of every reason to believe the book less, worst first."""
    worst_first = sorted(trust.doubts, key=lambda doubt: -doubt.grade)
    return [(TRUST[doubt.grade][0], doubt.text) for doubt in worst_first]


def _range(low: float, high: float) -> str:
    return "exact at this instant" if low == high else f"{fmt.band(low, high)} bps"


Part = tuple[str, str, str, str]
"""Kind, place (part, total, beside), label, note. Changes with the order only."""
Row = tuple[Part, str]
"""A part and its figures: bps, money, band, start and width of the bar, in one text."""


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
    money = fmt.amount(component.quote(estimate.notional))
    band = _band(component.low_bps, component.high_bps)
    part = (component.kind.value, place, label if place == "part" else f"{label}, beside", "")
    return part, _figures(fmt.bps(component.bps), money, band, bar)


def _total_row(estimate: CostEstimate, bar: tuple[float, float]) -> Row:
    total, money = fmt.bps(estimate.total_bps), fmt.amount(estimate.total_quote)
    band = _band(estimate.low_bps, estimate.high_bps)
    return ("total", "total", "Total", ""), _figures(total, money, band, bar)


def _absent(gap: Absent) -> Row:
    return (gap.kind.value, "beside", LABELS[gap.kind], f"none: {gap.reason}"), ""


def _opinions(found: ImpactRange | None) -> list[Row]:
    """How far the models of impact are apart on this order; nothing until they were asked."""
    if found is None:
        return []
    low, high = found.low, found.high
    if low is None or high is None:
        note = "none: no model of impact applies to this order"
    else:
        span = f"{fmt.bps(low.bps)} ({model_name(low.model)})"
        if len(found.components) > 1:
            span += f" … {fmt.bps(high.bps)} bps ({model_name(high.model)})"
        note = f"{span}, {len(found.components)} of {len(SHARES)} models"
    return [(("opinions", "beside", "Impact by all models", note), "")]


def model_name(model: str) -> str:
    """A model as the user reads it."""
    return NAMES.get(model, model.replace("_", " "))


NAMES = {
    "almgren_chriss": "Almgren–Chriss",
    "almgren_2005": "Almgren 2005",
    "i_star": "I-Star",
    "obizhaeva_wang": "Obizhaeva–Wang",
}


def _figures(bps: str, money: str, band: str, bar: tuple[float, float]) -> str:
    return f"{bps}|{money}|{band}|{bar[0]:g}|{bar[1]:g}"


def _band(low: float, high: float) -> str:
    return fmt.MISSING if low == high else fmt.band(low, high)


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
