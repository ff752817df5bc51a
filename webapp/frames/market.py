"""A market as its pages are sent it: the same for everyone who looks at it."""

from collections.abc import Iterable
from typing import Any

from engine.hub import MarketSample
from market.instrument import Instrument, Side
from market.trade import Trade
from models.base import MarketState
from webapp import format as fmt

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
