"""What do several sizes cost on both sides of a book, on every tick?

One pass down each side, sizes in ascending order, stops at the level that the largest one touches.
Columns of the result, (2, n, COLUMNS), first axis BUY, SELL:

    AVERAGE          mean fill price (quote/base)
    FILLED           base that is filled
    VALUE            money that changes hands (quote)
    FILLED_FRAC      share of the size that the book holds; below 1 all costs are of the filled part
    SLIPPAGE_BPS     1e4 side (average - mid) / mid
    SPREAD_BPS       1e4 (ask - bid) / mid
    BEST_QUOTE       money at the first level the order meets (quote)
    IMBALANCE        side (bid - ask) / (bid + ask) of the sizes on the first five levels
    FITTED_BPS       max(floor, b0 + b1 size + b2 SPREAD_BPS + b3 BEST_QUOTE), S1's three features
    IMPACT_BPS       quadratic VALUE^2 / notional + root sqrt(FILLED)
    FEE_BPS          rate VALUE / notional
    NET_BPS          SLIPPAGE_BPS + IMPACT_BPS + FEE_BPS
    FITTED_NET_BPS   FITTED_BPS + IMPACT_BPS + FEE_BPS

notional = FILLED * mid, and all bps are of it. No value is ever NaN. Formulas and sources are those
of models/walk, models/impact and models/fees; the tests hold the numbers equal to theirs.
Example: bid 99, asks 101 x 1, 102 x 1, size 203 quote: FILLED 2, AVERAGE 101.5, SLIPPAGE_BPS 150.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from market.compiled import compiled
from market.instrument import Floats
from market.merge import ASKS, BIDS, PRICES, SIZES
from market.units import BPS

BUY, SELL = 0, 1
COLUMNS = 13
(
    AVERAGE,
    FILLED,
    VALUE,
    FILLED_FRAC,
    SLIPPAGE_BPS,
    SPREAD_BPS,
    BEST_QUOTE,
    IMBALANCE,
    FITTED_BPS,
    IMPACT_BPS,
    FEE_BPS,
    NET_BPS,
    FITTED_NET_BPS,
) = range(COLUMNS)
IMBALANCE_LEVELS = 5
WHOLE = 1 - 1e-12
"""Sums of float64 that come this close are complete (models.depth_curve.SNAP)."""


def ladder_plain(
    levels: Floats,
    counts: NDArray[np.int64],
    sizes: Floats,
    in_base: bool,
    terms: Floats,
    out: Floats,
) -> bool:
    """The twin: cumulative sums and a search. False, and nothing written, if unpriceable."""
    bid, ask = levels[BIDS, PRICES, 0], levels[ASKS, PRICES, 0]
    if counts[BIDS] == 0 or counts[ASKS] == 0 or not 0.0 < bid <= ask:
        return False
    mid = (bid + ask) / 2
    bids, asks = (levels[s, SIZES, : min(counts[s], IMBALANCE_LEVELS)].sum() for s in (BIDS, ASKS))
    for row, taken, side in ((BUY, ASKS, 1.0), (SELL, BIDS, -1.0)):
        prices, held = levels[taken, :, : counts[taken]]
        base = np.concatenate(([0.0], np.cumsum(held)))
        money = np.concatenate(([0.0], np.cumsum(prices * held)))
        nodes, other = (base, money) if in_base else (money, base)
        reached = np.minimum(sizes, nodes[-1])
        level = np.searchsorted(nodes[1:], reached)
        rate = prices[level] if in_base else 1 / prices[level]
        gained = other[level] + (reached - nodes[level]) * rate
        filled, value = (reached, gained) if in_base else (gained, reached)
        _fill_columns(out[row], sizes, reached, filled, value, side, mid, terms)
        out[row, :, SPREAD_BPS] = (ask - bid) / mid * BPS
        out[row, :, BEST_QUOTE] = prices[0] * held[0]
        out[row, :, IMBALANCE] = side * (bids - asks) / (bids + asks)
        b0, b1, b2, b3, floor = terms[1:6]
        fitted = b0 + b1 * sizes + b2 * out[row, :, SPREAD_BPS] + b3 * out[row, :, BEST_QUOTE]
        out[row, :, FITTED_BPS] = np.maximum(fitted, floor)
        added = out[row, :, IMPACT_BPS] + out[row, :, FEE_BPS]
        out[row, :, NET_BPS] = out[row, :, SLIPPAGE_BPS] + added
        out[row, :, FITTED_NET_BPS] = out[row, :, FITTED_BPS] + added
    return True


def _fill_columns(
    out: Floats,
    sizes: Floats,
    reached: Floats,
    filled: Floats,
    value: Floats,
    side: float,
    mid: float,
    terms: Floats,
) -> None:
    notional = filled * mid
    out[:, AVERAGE] = value / filled
    out[:, FILLED] = filled
    out[:, VALUE] = value
    out[:, FILLED_FRAC] = np.where(reached >= sizes * WHOLE, 1.0, reached / sizes)
    out[:, SLIPPAGE_BPS] = side * (out[:, AVERAGE] - mid) / mid * BPS
    out[:, IMPACT_BPS] = terms[6] * value * value / notional + terms[7] * np.sqrt(filled)
    out[:, FEE_BPS] = terms[0] * value / notional


@compiled(ladder_plain)
def ladder(
    levels: Floats,
    counts: NDArray[np.int64],
    sizes: Floats,
    in_base: bool,
    terms: Floats,
    out: Floats,
) -> bool:
    """Write `out` (2, n, COLUMNS) for `sizes` (n,), ascending, in base or in quote."""
    bid, ask = levels[BIDS, PRICES, 0], levels[ASKS, PRICES, 0]
    if counts[BIDS] == 0 or counts[ASKS] == 0 or not 0.0 < bid <= ask:
        return False
    mid = (bid + ask) / 2
    spread_bps = (ask - bid) / mid * BPS
    bids = 0.0
    for i in range(min(counts[BIDS], IMBALANCE_LEVELS)):
        bids += levels[BIDS, SIZES, i]
    asks = 0.0
    for i in range(min(counts[ASKS], IMBALANCE_LEVELS)):
        asks += levels[ASKS, SIZES, i]
    imbalance = (bids - asks) / (bids + asks)
    n_sizes = sizes.shape[0]
    for row in (BUY, SELL):
        taken = ASKS if row == BUY else BIDS
        side = 1.0 if row == BUY else -1.0
        n_levels = counts[taken]
        best_quote = levels[taken, PRICES, 0] * levels[taken, SIZES, 0]
        base = 0.0
        money = 0.0
        level = 0
        for j in range(n_sizes):
            size = sizes[j]
            filled = base
            value = money
            reached = base if in_base else money
            while level < n_levels:
                price = levels[taken, PRICES, level]
                held = levels[taken, SIZES, level]
                missing = size - (base if in_base else money)
                if missing <= (held if in_base else held * price):
                    filled = base + (missing if in_base else missing / price)
                    value = money + (missing * price if in_base else missing)
                    reached = size
                    break
                base += held
                money += held * price
                filled = base
                value = money
                reached = base if in_base else money
                level += 1
            notional = filled * mid
            average = value / filled
            slippage = side * (average - mid) / mid * BPS
            fitted = terms[1] + terms[2] * size + terms[3] * spread_bps + terms[4] * best_quote
            fitted = max(fitted, terms[5])
            impact = terms[6] * value * value / notional + terms[7] * sqrt(filled)
            fee = terms[0] * value / notional
            cell = out[row, j]
            cell[AVERAGE] = average
            cell[FILLED] = filled
            cell[VALUE] = value
            cell[FILLED_FRAC] = 1.0 if reached >= size * WHOLE else reached / size
            cell[SLIPPAGE_BPS] = slippage
            cell[SPREAD_BPS] = spread_bps
            cell[BEST_QUOTE] = best_quote
            cell[IMBALANCE] = side * imbalance
            cell[FITTED_BPS] = fitted
            cell[IMPACT_BPS] = impact
            cell[FEE_BPS] = fee
            cell[NET_BPS] = slippage + impact + fee
            cell[FITTED_NET_BPS] = fitted + impact + fee
    return True
