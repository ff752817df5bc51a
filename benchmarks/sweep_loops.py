"""One scenario at a time in plain Python: what sweeps are measured against, and on which books."""

from itertools import islice

from benchmarks.bench_estimate import frozen
from benchmarks.contenders.s1 import numbers
from benchmarks.frames import Frames
from feeds.okx import Okx
from market.book import BookUpdate, OrderBook
from market.instrument import Side
from models.base import MarketState
from models.sweep.plan import Plan

BOOKS = 100
TAKER_BPS, ADV_QUOTE, COEFFICIENT = 5.0, 5e9, 0.5
"""S1's sum: fee, day volume and impact coefficient."""


def naive(
    prices: list[float],
    sizes: list[float],
    mid: float,
    money: float,
    sign: float,
    sigma: float,
    rate: float,
) -> float:
    """S1's total for one scenario, as a plain loop over the levels (bps)."""
    left, base = money, 0.0
    for price, size in zip(prices, sizes, strict=True):
        worth = price * size
        if worth >= left:
            base += left / price
            left = 0.0
            break
        base += size
        left -= worth
    spent = money - left
    average, notional = spent / base, base * mid
    slippage = sign * (average - mid) / mid * 1e4 * spent / notional
    impact = COEFFICIENT * sigma * spent / ADV_QUOTE * spent / notional * 1e4
    return slippage + rate * spent / notional + impact


def as_earlier(
    levels: dict[str, str], mid: float, money: float, sign: float, sigma: float, rate: float
) -> float:
    """The same as the earlier systems went about it: the book anew for each scenario."""
    found = sorted(numbers(levels), reverse=sign < 0)
    prices, sizes = [price for price, _ in found], [size for _, size in found]
    return naive(prices, sizes, mid, money, sign, sigma, rate)


def as_texts(prices: list[float], sizes: list[float]) -> dict[str, str]:
    return {repr(price): repr(size) for price, size in zip(prices, sizes, strict=True)}


def as_lists(
    planned: Plan, states: list[MarketState], point: int
) -> tuple[list[float], list[float], float, float, float, float, float]:
    columns = planned.columns_at(point)
    book = states[columns["state"]].book
    assert book is not None, "the workload's books are priced"
    side = Side(columns["side"])
    prices, sizes = book.levels(side)
    money, sigma, rate = (
        float(columns["size"]),
        float(columns["sigma_day"]),
        columns["tier"].taker_bps,
    )
    return prices.tolist(), sizes.tolist(), book.mid, money, float(side.sign), sigma, rate


def states_of(frames: Frames) -> list[MarketState]:
    """The state after each of the first updates."""
    venue, book = (
        Okx({frames.instrument.venue_symbol: frames.instrument}),
        OrderBook(frames.instrument.venue_symbol),
    )
    found: list[MarketState] = []
    for frame in islice((frames.snapshot, *(frames.updates * BOOKS)), BOOKS):
        for event in venue.receive(frame, 1_790_000_000_000_000_000):
            if isinstance(event, BookUpdate):
                book.apply(event)
        found.append(frozen(book, frames.instrument))
        if len(found) == len(frames.updates):
            break
    return (found * BOOKS)[:BOOKS]
