"""What a page is sent, as plain values: texts from format.py, lengths of bars, points of charts.

A market's part is the same for everyone who looks at it; a cost belongs to one tab.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from engine.hub import MarketSample
from engine.latency import Percentiles
from engine.process_load import Load
from market.book import BookSnapshot
from market.errors import BookNotReady
from market.instrument import Floats, Instrument, Side
from market.trade import Trade
from market.trust import Grade, Trust
from models.base import Absent, CostComponent, CostEstimate, CostKind, MarketState
from models.catalog import RECIPES, STYLES
from models.depth_curve import DepthCurve
from webapp import format as fmt
from webapp.ticket import Ticket

LADDER_DEPTH = 20
FACTS = ("Average price", "Worst price", "Arrival mid", "Filled", "Notional", "Book holds")
MARKET_FACTS = (
    "Half-spread",
    "Microprice",
    "Imbalance, 5 levels",
    "Bids within 10 bps",
    "Asks within 10 bps",
    "Volume 24 h",
    "Volatility",
    "Last trade",
)
ORDER_FACTS = ("Size", "At the venue", "Changes hands", "Volatility used", "Taker fee", "Lot")
STATUS = (
    "Feed",
    "Age",
    "Messages",
    "Checksums",
    "Gaps",
    "Reconnects",
    "ms p50/p95 · feed",
    "calculation",
    "screen",
    "end to end",
    "loop lag",
    "CPU",
    "Memory",
)
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
FEED_GRADES = {"live": "is-good", "down": "is-bad", "ended": "is-warn", "stopped": "is-warn"}


def ladder(state: MarketState) -> dict[str, Any]:
    """The best levels of both sides; greyed with the reason when they may not be believed."""
    book, instrument = state.book, state.instrument
    heads = [f"Price {instrument.quote}", f"Size {instrument.base}"]
    stale = state.trust.reason if state.trust.grade is not Grade.GOOD else ""
    try:
        if book is None:
            raise BookNotReady(stale or "no book")
        asks, bids = DepthCurve.of(book, Side.BUY), DepthCurve.of(book, Side.SELL)
    except BookNotReady as error:
        return {**no_ladder(error.reason), "heads": heads}
    deepest = max(float(curve.base[: LADDER_DEPTH + 1][-1]) for curve in (asks, bids))
    return {
        "asks": _levels(asks, book.ask_sizes, deepest, instrument),
        "bids": _levels(bids, book.bid_sizes, deepest, instrument),
        "heads": heads,
        "mid": fmt.price(book.mid, instrument, finer=1),
        "spread": f"spread {fmt.bps(2 * book.half_spread_bps)} bps",
        "note": f"{len(bids.prices)} + {len(asks.prices)} levels",
        "stale": stale,
        "seq": book.seq,
    }


def no_ladder(why: str) -> dict[str, Any]:
    """No levels at all, so that no old price is left on the screen."""
    nothing: dict[str, Any] = {"asks": "", "bids": "", "mid": fmt.MISSING, "spread": "", "note": ""}
    return {**nothing, "heads": ["Price", "Size"], "stale": why}


def _levels(curve: DepthCurve, sizes: Floats, deepest: float, instrument: Instrument) -> str:
    """Price, size, sum, and the length of the bar, best first. One text: half the bytes."""
    rows = zip(
        curve.prices[:LADDER_DEPTH].tolist(),
        sizes[:LADDER_DEPTH].tolist(),
        curve.base[1 : LADDER_DEPTH + 1].tolist(),
        strict=False,
    )
    return "|".join(
        f"{fmt.price(price, instrument)} {fmt.size(size, instrument)} "
        f"{fmt.size(total, instrument)} {fmt.share_of(total, deepest)}"
        for price, size, total in rows
    )


NO_MARKET = [fmt.MISSING] * len(MARKET_FACTS)
"""Nothing is left on the screen of a market that is not followed."""


def market(state: MarketState, last: Trade | None) -> list[Any]:
    """Values of MARKET_FACTS."""
    book, instrument = state.book, state.instrument
    volume = fmt.MISSING if state.adv is None else f"{fmt.compact(state.adv)} {instrument.base}"
    trade = _print(last, instrument) if last else fmt.MISSING
    rest = [volume, fmt.volatility(state.sigma_day), trade]
    if book is None:
        return [fmt.MISSING] * 5 + rest
    within = [
        f"{fmt.compact(book.depth(s, 10.0))} {instrument.base}" for s in (Side.SELL, Side.BUY)
    ]
    return [
        f"{fmt.bps(book.half_spread_bps)} bps",
        fmt.price(book.microprice, instrument, finer=1),
        fmt.percent(book.imbalance(5), signed=True),
        *within,
        *rest,
    ]


def _print(trade: Trade, instrument: Instrument) -> str:
    size, price = fmt.size(trade.size, instrument), fmt.price(trade.price, instrument)
    return f"{trade.aggressor.value} {size} @ {price}"


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


def cost(estimate: CostEstimate) -> dict[str, Any]:
    """Headline, facts and parts of one estimate."""
    request, fill, instrument = estimate.request, estimate.fill, estimate.instrument
    grade, badge = TRUST[estimate.trust.grade]
    filled = fmt.quantity(fill.filled, instrument)
    if fill.unfilled > 0:
        filled = f"{fmt.size(fill.filled, instrument)} of {fmt.size(fill.quantity, instrument)}"
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
            fmt.quantity(fill.visible, instrument),
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


def status(
    health: Any | None,
    age_s: float | None,
    latencies: dict[str, Percentiles | None],
    load: Load,
) -> list[Any]:
    """Values of STATUS."""
    stages = [_stage(p) for p in latencies.values()]
    if health is None:
        feed: list[Any] = [["no connection", "is-warn"], *[fmt.MISSING] * 5]
    else:
        grade = FEED_GRADES.get(health.state, "")
        failures = health.checksum_failures
        feed = [
            [str(health.state), grade],
            fmt.age(age_s),
            fmt.rate(health.messages_per_s),
            [f"{fmt.count(failures)} failed", "is-bad"]
            if failures
            else f"{fmt.count(health.checksums_verified)} ok",
            [fmt.count(health.gaps), "is-warn" if health.gaps else ""],
            [fmt.count(health.reconnects), "is-warn" if health.reconnects else ""],
        ]
    return [*feed, *stages, fmt.percent(load.cpu), fmt.memory(load.memory)]


def _stage(percentiles: Percentiles | None) -> str:
    """Median and 95th percentile."""
    if percentiles is None:
        return fmt.MISSING
    return f"{fmt.milliseconds(percentiles.p50)} / {fmt.milliseconds(percentiles.p95)}"


def market_history(
    samples: Iterable[MarketSample], instrument: Instrument | None
) -> dict[str, Any]:
    """Mid and spread, second by second."""
    decimals = [fmt.decimals_of(instrument.tick_size) if instrument else 2, 2]
    return {"decimals": decimals, "rows": [market_point(sample) for sample in samples]}


def market_point(sample: MarketSample) -> list[Any]:
    """One second of the market."""
    ms = fmt.milliseconds_since_1970(sample.ns)
    return [ms, fmt.plotted(sample.mid), fmt.plotted(sample.spread_bps)]


def cost_point(ns: int, estimate: CostEstimate | None) -> list[Any]:
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


CURVE_POINTS = 40
CURVE_SPAN = 1e4
"""Largest size by smallest, unless the venue's smallest order is larger."""


NO_CURVE: dict[str, Any] = {"decimals": [2, 2], "rows": []}


def curve(book: BookSnapshot, instrument: Instrument) -> dict[str, Any]:
    """Slippage of both sides against size, up to all that is visible."""
    sides = [DepthCurve.of(book, side) for side in (Side.BUY, Side.SELL)]
    largest = max(side.visible for side in sides)
    smallest = max(instrument.base_of(instrument.min_size, book.mid), largest / CURVE_SPAN)
    if not 0 < smallest < largest:
        return NO_CURVE
    sizes = np.geomspace(smallest, largest, CURVE_POINTS)
    columns = [np.where(sizes <= side.visible, side.slippage_bps(sizes), np.nan) for side in sides]
    rows = [
        [fmt.plotted(size), fmt.plotted(buy), fmt.plotted(sell)]
        for size, buy, sell in zip(sizes.tolist(), *(c.tolist() for c in columns), strict=True)
    ]
    return {"decimals": [2, 2], "rows": rows}


def curve_mark(estimate: CostEstimate) -> dict[str, Any]:
    """Where the order stands on the curve."""
    fill = estimate.fill
    return {
        "at": [fmt.plotted(fill.filled), fmt.plotted(fill.slippage_bps)],
        "label": f"{fmt.bps(fill.slippage_bps)} bps",
    }
