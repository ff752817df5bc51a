"""A market as its pages are sent it: the same for everyone who looks at it."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from engine.hub import MarketSample
from market.book import BookSnapshot
from market.errors import BookNotReady
from market.instrument import Floats, Instrument, Side
from market.trade import Trade
from market.trust import Grade
from models.base import MarketState
from models.depth_curve import DepthCurve
from webapp import format as fmt

LADDER_DEPTH = 20
FACTS = (
    "Half-spread",
    "Microprice",
    "Imbalance, 5 levels",
    "Bids within 10 bps",
    "Asks within 10 bps",
    "Volume 24 h",
    "Volatility",
    "Last trade",
)
NO_FACTS = [fmt.MISSING] * len(FACTS)
"""Nothing is left on the screen of a market that is not followed."""


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
    return {
        "asks": _levels(asks, book.ask_sizes, instrument),
        "bids": _levels(bids, book.bid_sizes, instrument),
        "heads": heads,
        "mid": fmt.price(book.mid, instrument, finer=1),
        "spread": f"spread {fmt.bps(2 * book.half_spread_bps)} bps",
        "note": f"{len(bids.prices)} + {len(asks.prices)} levels",
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
        "stale": why,
        "seq": 0,
    }


def _levels(curve: DepthCurve, sizes: Floats, instrument: Instrument) -> list[str]:
    """Price and size, best first. A text is the same while its level is: a tick changes a few.

    The browser adds the sizes up as they are shown: a sum changes with every level before it.
    """
    prices = curve.prices[:LADDER_DEPTH].tolist()
    return [
        f"{fmt.price(price, instrument)} {fmt.size(size, instrument, curve.mid)}"
        for price, size in zip(prices, sizes[:LADDER_DEPTH].tolist(), strict=False)
    ]


def facts(state: MarketState, last: Trade | None) -> list[Any]:
    """Values of FACTS."""
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
    size, price = fmt.size(trade.size, instrument, trade.price), fmt.price(trade.price, instrument)
    return f"{trade.aggressor.value} {size} @ {price}"


def history(samples: Iterable[MarketSample], instrument: Instrument | None) -> dict[str, Any]:
    """Mid and spread, second by second."""
    decimals = [fmt.decimals_of(instrument.tick_size) if instrument else 2, 2]
    return {"decimals": decimals, "rows": [point(sample) for sample in samples]}


def point(sample: MarketSample) -> list[Any]:
    """One second of the market."""
    ms = fmt.milliseconds_since_1970(sample.ns)
    return [ms, fmt.plotted(sample.mid), fmt.plotted(sample.spread_bps)]


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
        [fmt.sketched(size), fmt.sketched(buy), fmt.sketched(sell)]
        for size, buy, sell in zip(sizes.tolist(), *(c.tolist() for c in columns), strict=True)
    ]
    return {"decimals": [2, 2], "rows": rows}
