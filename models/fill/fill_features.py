"""What a book and its tape say about the chance that a resting order fills.

One row for an order at a limit price until a horizon; "ours" is the side the order rests on, s is
+1 for a buy and -1 for a sell, "against us" are trades whose taker would trade with us.

    ticks       sign(n) ln(1 + |n|), n = ticks behind our best price; < 0 inside the spread
    sigmas      d / (s_T), d = s (mid - price), s_T = sigma_day mid sqrt(T / 86400); at most 10
    touch       2 Phi(-sigmas), at most 1: the chance that the mid gets there
    queue       ln( (Q + q) / (r T) ): base to be traded before we are done, over what trades in T
    spread      ln( spread / tick )
    imbalance_1, imbalance_5     (ours - other) / (ours + other), size on the first 1, 5 levels
    horizon     ln( T )

Q, q   base ahead of us, our own       r   base per second (models/fill/trade_rate.py)       T   s
Logarithms are kept within -12..12. Left out on purpose: what stays nearly the same for minutes (the
volatility, the balance of buys and sells) has too few different values in a session to learn from.
Source: docs/scoring.md, and first passage for `touch`.
Wrong when: size is hidden; the rhythm of trades is about to change.
Example: bid 99, ask 101, tick 1; a buy at 99: ticks 0, d = 1, spread ln 2.
"""

from typing import Final

import numpy as np

from market.book import BookSnapshot
from market.instrument import Floats
from market.units import SECONDS_PER_DAY
from models.fill.normal import cdf

FILL_FEATURES: Final = (
    "ticks",
    "sigmas",
    "touch",
    "queue",
    "spread",
    "imbalance_1",
    "imbalance_5",
    "horizon",
)
FARTHEST_SIGMAS: Final = 10.0
WIDEST_LOG: Final = 12.0
FALLING: Final = ("sigmas", "queue")
"""Features that can only lower the chance of a fill."""
RISING: Final = ("horizon",)


def fill_features(
    book: BookSnapshot,
    *,
    signs: Floats,
    prices: Floats,
    quantities: Floats,
    ahead: Floats,
    horizons_s: Floats,
    tick: float,
    sigma_day: float,
    buy_rate: float,
    sell_rate: float,
) -> Floats:
    """(H, n, len(FILL_FEATURES)) for (n,) orders and (H,) horizons.

    signs       +1 buy, -1 sell     prices  quote/base      quantities, ahead  base
    buy_rate    base per second that takers buy; sell_rate: that they sell
    """
    rows = np.empty((len(horizons_s), len(prices), len(FILL_FEATURES)))
    best = np.where(signs > 0, book.bid_prices[0], book.ask_prices[0])
    behind = signs * (best - prices) / tick
    scale = sigma_day * book.mid * np.sqrt(horizons_s / SECONDS_PER_DAY)
    distance = np.maximum(signs * (book.mid - prices), 0.0)
    sigmas = np.minimum(distance / scale[:, None], FARTHEST_SIGMAS)
    against = np.where(signs > 0, sell_rate, buy_rate)
    rows[..., 0] = np.sign(behind) * np.log1p(np.abs(behind))
    rows[..., 1] = sigmas
    rows[..., 2] = np.vectorize(lambda x: min(1.0, 2 * cdf(-x)), otypes=[float])(sigmas)
    rows[..., 3] = _log_ratio(ahead + quantities, against * horizons_s[:, None])
    rows[..., 4] = _log_ratio(np.array(2 * book.half_spread), np.array(tick))
    rows[..., 5] = signs * book.imbalance(1)
    rows[..., 6] = signs * book.imbalance(5)
    rows[..., 7] = np.log(horizons_s)[:, None]
    return rows


TINY: Final = 1e-300
"""Keeps a logarithm of nothing at its lower bound instead of minus infinity."""


def _log_ratio(part: Floats, whole: Floats) -> Floats:
    """ln(part / whole) within its bounds, also where one of them is nothing."""
    logs = np.log(np.maximum(part, TINY)) - np.log(np.maximum(whole, TINY))
    bounded: Floats = np.clip(logs, -WIDEST_LOG, WIDEST_LOG)
    return bounded
