"""What a book says about the slippage of an order that is about to meet it.

Sizes are base; s = +1 for a buy, -1 for a sell; "ours" is the side that the order takes. Depth
within N bps of the mid is never less than the best level, so that logarithms exist.

    log_quote          ln( size * mid )                             order in money (ln quote)
    log_to_best        ln( size / best size )                       (ln of a ratio), and so on:
    log_to_1bps .. log_to_25bps   ln( size / depth within 1, 5, 10, 25 bps )
    spread_bps         1e4 (ask - bid) / mid                        (bps)
    imbalance_1, _5    s (bids - asks) / (bids + asks)              of the first 1, 5 levels (-1..1)
    microprice_bps     1e4 s (microprice - mid) / mid               (bps)
    log_slope          slope of ln(depth) on ln(distance)           (1); 0 for a single level
    sigma_minute_bps   1e4 sigma_day sqrt(60 / 86400)               (bps)
    flow               s * order flow / best size on our side       (1); see order_flow

Source: docs/models.md; order flow: Cont, Kukanov & Stoikov 2014.
Wrong when: the book is truncated: depth within 25 bps may not be visible.
Example: bid 99 x 1, asks 101 x 1, 102 x 2, buying 2: log_quote ln 200, log_to_best ln 2,
spread 200 bps, imbalance_1 0.
"""

import numpy as np

from market.book import BookSnapshot
from market.instrument import Floats, Side
from market.units import BPS, SECONDS_PER_DAY
from models.depth_curve import DepthCurve

BANDS_BPS = (1.0, 5.0, 10.0, 25.0)
FEATURES = (
    "log_quote",
    "log_to_best",
    *(f"log_to_{band:g}bps" for band in BANDS_BPS),
    "spread_bps",
    "imbalance_1",
    "imbalance_5",
    "microprice_bps",
    "log_slope",
    "sigma_minute_bps",
    "flow",
)
S1_FEATURES = ("quote", "spread_bps", "best_quote")
"""S1's three: order in money, spread, money at the best level that the order meets."""


def features(
    book: BookSnapshot, side: Side, sizes: Floats, *, sigma_day: float, flow: float
) -> Floats:
    """(n, len(FEATURES)) for (n,) sizes (base) on one side of one book."""
    curve = DepthCurve.of(book, side)
    best = float(curve.base[1])
    depths = np.array([_depth_within(curve, band) for band in BANDS_BPS])
    rows = np.empty((len(sizes), len(FEATURES)))
    rows[:, 0] = np.log(sizes * book.mid)
    rows[:, 1] = np.log(sizes / best)
    rows[:, 2:6] = np.log(sizes[:, None] / depths)
    rows[:, 6:] = (
        2 * book.half_spread_bps,
        side.sign * book.imbalance(1),
        side.sign * book.imbalance(5),
        BPS * side.sign * (book.microprice - book.mid) / book.mid,
        log_slope(curve),
        BPS * sigma_day * (60 / SECONDS_PER_DAY) ** 0.5,
        side.sign * flow / best,
    )
    return rows


def s1_features(book: BookSnapshot, side: Side, quotes: Floats) -> Floats:
    """(n, 3) S1_FEATURES for (n,) amounts (quote)."""
    prices, sizes = book.levels(side)
    rows = np.empty((len(quotes), 3))
    rows[:, 0] = quotes
    rows[:, 1] = 2 * book.half_spread_bps
    rows[:, 2] = prices[0] * sizes[0]
    return rows


def log_slope(curve: DepthCurve) -> float:
    """How depth grows with distance from the mid: 1 = a block, 2 = a wedge."""
    distance = curve.side.sign * (curve.prices - curve.mid)
    seen = distance > 0
    if np.count_nonzero(seen) < 2:
        return 0.0
    return float(np.polyfit(np.log(distance[seen]), np.log(curve.base[1:][seen]), 1)[0])


def order_flow(before: BookSnapshot, after: BookSnapshot) -> float:
    """Net size (base) that came to the bid or left the ask between two books; positive lifts."""
    b, new_b = float(before.bid_prices[0]), float(after.bid_prices[0])
    a, new_a = float(before.ask_prices[0]), float(after.ask_prices[0])
    bid = (new_b >= b) * float(after.bid_sizes[0]) - (new_b <= b) * float(before.bid_sizes[0])
    ask = (new_a <= a) * float(after.ask_sizes[0]) - (new_a >= a) * float(before.ask_sizes[0])
    return bid - ask


def _depth_within(curve: DepthCurve, band_bps: float) -> float:
    distance = curve.side.sign * (curve.prices - curve.mid)
    level = int(np.searchsorted(distance, band_bps / BPS * curve.mid, side="right"))
    return float(curve.base[max(level, 1)])
