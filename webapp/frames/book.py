"""A book as its pages are sent it: the best levels, what an order takes of them, and all depth."""

from typing import Any

import numpy as np

from market.errors import BookNotReady
from market.instrument import Floats, Instrument, Side
from market.trust import Grade
from models.base import CostEstimate, MarketState
from models.depth_curve import DepthCurve
from webapp import format as fmt
from webapp.ticket import GROUPINGS

LADDER_DEPTH = 20
DEPTH_POINTS = 24
"""Of each side in the depth chart."""
NO_MARKS = {"side": "", "levels": 0, "part": False, "average": -1, "rests": "", "text": ""}


def rows_of(prices: Floats, side: Side, tick: float, every: int) -> np.ndarray:
    """(L,) the row of the ladder on which each level stands when `every` ticks share one.

    A row is named by the price farthest from the mid, so that no level looks better than it is.
    """
    if every == 1:
        return np.arange(prices.size)
    buckets = _buckets(prices, side, tick, every)
    return np.cumsum(np.diff(buckets, prepend=buckets[:1]) != 0)


def _buckets(prices: Floats, side: Side, tick: float, every: int) -> np.ndarray:
    ticks = np.rint(prices / tick).astype(np.int64)
    return -(-ticks // every) if side is Side.BUY else ticks // every


def grouped(
    prices: Floats, sizes: Floats, side: Side, tick: float, every: int
) -> tuple[Floats, Floats]:
    """Prices and sizes of the rows, best first; `side` is that of the order that takes them."""
    if every == 1 or not prices.size:
        return prices, sizes
    rows = rows_of(prices, side, tick, every)
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))
    marks = _buckets(prices[firsts], side, tick, every) * every * tick
    return marks, np.add.reduceat(sizes, firsts)


def ladder(state: MarketState, every: int = 1) -> dict[str, Any]:
    """The best rows of both sides; greyed with the reason when they may not be believed."""
    book, instrument = state.book, state.instrument
    heads = [f"Price {instrument.quote}", f"Size {instrument.base}"]
    stale = state.trust.reason if state.trust.grade is not Grade.GOOD else ""
    try:
        if book is None:
            raise BookNotReady(stale or "no book")
        asks, bids = DepthCurve.of(book, Side.BUY), DepthCurve.of(book, Side.SELL)
    except BookNotReady as error:
        return {**no_ladder(error.reason), "heads": heads}
    return {
        "asks": _levels(asks, book.ask_sizes, instrument, every),
        "bids": _levels(bids, book.bid_sizes, instrument, every),
        "heads": heads,
        "mid": fmt.price(book.mid, instrument, finer=1),
        "spread": f"spread {fmt.bps(2 * book.half_spread_bps)} bps",
        "note": f"{len(bids.prices)} + {len(asks.prices)} levels",
        "groups": [fmt.typed(float(f"{int(n) * instrument.tick_size:.12g}")) for n in GROUPINGS],
        "stale": stale,
        "seq": book.seq,
    }


def no_ladder(why: str) -> dict[str, Any]:
    """No levels at all, so that no old price is left on the screen."""
    return {
        "asks": [],
        "bids": [],
        "heads": ["Price", "Size"],
        "mid": fmt.MISSING,
        "spread": "",
        "note": "",
        "groups": [],
        "stale": why,
        "seq": 0,
    }


def _levels(curve: DepthCurve, sizes: Floats, instrument: Instrument, every: int) -> list[str]:
    """Price and size, best first. A text is the same while its level is: a tick changes a few.

    The browser adds the sizes up as they are shown: a sum changes with every level before it.
    """
    prices, sizes = grouped(curve.prices, sizes, curve.side, instrument.tick_size, every)
    pairs = zip(prices[:LADDER_DEPTH].tolist(), sizes[:LADDER_DEPTH].tolist(), strict=True)
    return [
        f"{fmt.price(price, instrument)} {fmt.size(size, instrument, curve.mid)}"
        for price, size in pairs
    ]


def takes(
    estimate: CostEstimate | None, state: MarketState | None, every: int = 1
) -> dict[str, Any]:
    """Which rows of the ladder the order would take, and where it would rest."""
    if estimate is None or state is None or state.book is None:
        return dict(NO_MARKS)
    fill, instrument = estimate.fill, estimate.instrument
    marks: dict[str, Any] = NO_MARKS | {"side": fill.side.value}
    if estimate.trigger is not None:
        reached = fmt.price(estimate.trigger.price, instrument)
        return marks | {"text": f"Takes nothing of this book before {reached} is reached."}
    if estimate.waiting is not None:
        marks |= _resting(estimate, every)
    if not fill.levels:
        return marks
    prices, sizes = state.book.levels(fill.side)
    rows = rows_of(prices, fill.side, instrument.tick_size, every)
    last = int(rows[fill.levels - 1])
    held = float(sizes[rows <= last].sum())
    marks |= {"levels": last + 1, "part": bool(estimate.taken < held)}
    text = _taken(estimate)
    if estimate.children or estimate.waiting is not None:
        return marks | {"text": f"{text} {marks['text']}".rstrip()}
    sign = fill.side.sign
    at = min(int(np.searchsorted(sign * prices, sign * fill.average)), prices.size - 1)
    return marks | {"average": min(int(rows[at]), last), "text": text}


def _taken(estimate: CostEstimate) -> str:
    fill = estimate.fill
    levels = "1 level" if fill.levels == 1 else f"{fmt.count(fill.levels)} levels"
    side = "asks" if fill.side is Side.BUY else "bids"
    whose = "The largest part takes" if estimate.children else "Takes"
    return f"{whose} {levels} of the {side}."


def _resting(estimate: CostEstimate, every: int) -> dict[str, Any]:
    """The row of its own side on which the order would rest, and the exact price in words."""
    assert estimate.waiting is not None, "something rests"
    instrument, price = estimate.instrument, estimate.waiting.price
    exact = fmt.price(price, instrument)
    row = exact
    if every > 1:
        other = Side.SELL if estimate.fill.side is Side.BUY else Side.BUY
        bucket = int(_buckets(np.array([price]), other, instrument.tick_size, every)[0])
        row = fmt.price(bucket * every * instrument.tick_size, instrument)
    text = f"Rests with {fmt.quantity(estimate.resting, instrument)} at {exact}."
    return {"rests": row, "text": text}


NO_DEPTH: dict[str, Any] = {"decimals": [2, 2], "rows": []}


def depth(state: MarketState | None) -> dict[str, Any]:
    """Base that waits up to a price, of both sides: rows of price, bids, asks; lowest first."""
    book = state.book if state is not None and not state.trust.refuses else None
    if book is None or state is None:
        return NO_DEPTH
    decimals = min(2, fmt.base_decimals(state.instrument))
    bids = _summed(DepthCurve.of(book, Side.SELL))
    asks = _summed(DepthCurve.of(book, Side.BUY))
    rows = [[price, base, None] for price, base in reversed(bids)]
    rows += [[price, None, base] for price, base in asks]
    return {"decimals": [decimals, decimals], "rows": rows}


def _summed(curve: DepthCurve) -> list[tuple[float | None, float | None]]:
    """Levels, thinned to what a chart can show; the first and the last are always among them."""
    n = curve.prices.size
    at = np.unique(np.linspace(0, n - 1, min(n, DEPTH_POINTS)).astype(int))
    pairs = zip(curve.prices[at].tolist(), curve.base[1:][at].tolist(), strict=True)
    return [(fmt.plotted(price), fmt.sketched(base)) for price, base in pairs]


def reach(estimate: CostEstimate | None) -> dict[str, Any] | None:
    """How deep the order goes: its mark in the depth chart; None where it takes nothing now."""
    if estimate is None or not estimate.fill.levels or estimate.trigger is not None:
        return None
    fill, instrument = estimate.fill, estimate.instrument
    return {
        "x": fmt.plotted(fill.worst),
        "y": fmt.sketched(estimate.taken),
        "label": f"down to {fmt.price(fill.worst, instrument)}"
        if fill.side is Side.SELL
        else f"up to {fmt.price(fill.worst, instrument)}",
    }
