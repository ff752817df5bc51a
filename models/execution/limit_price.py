"""At which price does a limit order stand, and how much of the book does it reach?

    behind own best    L = own - side * ticks * tick         ticks < 0: inside the spread or across
    beyond the other   L = other + side * ticks * tick
    reach              base of all levels at L or better

A price between two ticks moves to the passive one (a buy down, a sell up): never worse than typed.
Source: order semantics of every venue.
Example: bid 99, ask 101, tick 1: a buy 2 ticks behind stands at 97, one 1 tick beyond at 102.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import numpy as np

from market.book import BookSnapshot
from market.errors import OrderError
from market.instrument import Side
from models.base import MarketState
from models.depth_curve import DepthCurve
from models.parameters import parameter
from models.resolve import priced_book

MAX_TICKS = 1e6
FLOAT_SLACK = Decimal("1e-9")
"""Of a tick: less is float64, not a price between two ticks."""


def price_parameter(meaning: str = "limit price", unset: str = "by ticks") -> float:
    """The field of an order type whose price may be typed; 0 leaves it to another field."""
    typed: float = parameter(
        0.0, low=0.0, high=1e12, unit="quote/base", meaning=meaning, unset=unset
    )
    return typed


def behind_parameter() -> float:
    """The field for a price behind the best of the order's own side."""
    ticks: float = parameter(
        0.0, low=-MAX_TICKS, high=MAX_TICKS, unit="ticks", meaning="behind own best price"
    )
    return ticks


def beyond_parameter() -> float:
    """The field for a price beyond the other side's best."""
    ticks: float = parameter(
        0.0, low=0.0, high=MAX_TICKS, unit="ticks", meaning="beyond the other side's best price"
    )
    return ticks


def behind_own_best(typed: float, ticks: float, side: Side, state: MarketState) -> float:
    """The price typed, else one that many ticks behind the best of the order's own side."""
    tick = state.instrument.tick_size
    own = float(priced_book(state).levels(side.opposite)[0][0])
    return on_tick(typed or own - side.sign * ticks * tick, side, tick)


def beyond_other_best(typed: float, ticks: float, side: Side, state: MarketState) -> float:
    """The price typed, else one that many ticks into the other side."""
    tick = state.instrument.tick_size
    other = float(priced_book(state).levels(side)[0][0])
    return on_tick(typed or other + side.sign * ticks * tick, side, tick)


def on_tick(price: float, side: Side, tick: float) -> float:
    """The nearest whole tick on the passive side; OrderError where none is positive."""
    step = Decimal(repr(tick))
    ticks = Decimal(repr(price)) / step
    whole = ticks.to_integral_value(ROUND_HALF_EVEN)
    if abs(ticks - whole) > FLOAT_SLACK:
        whole = ticks.to_integral_value(ROUND_FLOOR if side is Side.BUY else ROUND_CEILING)
    if whole <= 0:
        raise OrderError("limit price", f"is {price:g}", f"at least {tick:g}")
    return float(whole * step)


def reach(curve: DepthCurve, price: float) -> float:
    """base that the visible book holds at the price or better."""
    sign = curve.side.sign
    count = int(np.searchsorted(sign * curve.prices, sign * price, side="right"))
    return float(curve.base[count])


def queue_at(book: BookSnapshot, side: Side, price: float) -> float:
    """base already resting at the price on the order's own side."""
    prices, sizes = book.levels(side.opposite)
    return float(sizes[prices == price].sum())
