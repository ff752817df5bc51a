"""Merging an update into a sorted book: the compiled kernel and its plain twin.

levels  float64 (2, 2, capacity): [bids, asks] x [prices, sizes], best first
counts  int64 (2,): levels held per side
rows    float64 (n, 2): (price, size), the first `n_bids` rows are bids; size 0 removes
depth   levels kept per side after the update; 0 = all

Both change `levels` and `counts` in place; the caller makes sure that
max(counts) + len(rows) <= capacity. A removal of a price that is not held is ignored.
"""

import numpy as np
from numpy.typing import NDArray

from market.compiled import compiled
from market.instrument import Floats

BIDS, ASKS = 0, 1
PRICES, SIZES = 0, 1


def merge_plain(
    levels: Floats,
    counts: NDArray[np.int64],
    rows: Floats,
    n_bids: int,
    depth: int,
) -> None:
    """The twin: a dict per side, sorted again."""
    for side, part in ((BIDS, rows[:n_bids]), (ASKS, rows[n_bids:])):
        held = counts[side]
        book = dict(
            zip(
                levels[side, PRICES, :held].tolist(),
                levels[side, SIZES, :held].tolist(),
                strict=True,
            )
        )
        for price, size in part.tolist():
            if size > 0.0:
                book[price] = size
            else:
                book.pop(price, None)
        kept = sorted(book.items(), reverse=side == BIDS)[: depth or None]
        counts[side] = len(kept)
        for place, (price, size) in enumerate(kept):
            levels[side, PRICES, place] = price
            levels[side, SIZES, place] = size


def _place(prices: Floats, n: int, sign: float, key: float, near: int) -> int:
    """First index whose price is not better than `key`, galloping on from `near`."""
    low, step = near, 1
    if low > n or (low > 0 and sign * prices[low - 1] >= key):
        low = 0
    high = low
    while high < n and sign * prices[high] < key:
        low = high + 1
        high += step
        step *= 2
    high = min(high, n)
    while low < high:
        middle = (low + high) >> 1
        if sign * prices[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


def _closed_up(prices: Floats, sizes: Floats, n: int, first: int) -> int:
    """Levels left after those of size 0, none before `first`, are taken out."""
    kept = first
    for at in range(first, n):
        if sizes[at] > 0.0:
            prices[kept] = prices[at]
            sizes[kept] = sizes[at]
            kept += 1
    return kept


def _sort(new: Floats, n_new: int, sign: float) -> None:
    """Best first, rows of one price in the order they came: merge sort from runs of one up."""
    other = np.empty_like(new)
    width = 1
    while width < n_new:
        for start in range(0, n_new, 2 * width):
            middle, end = min(start + width, n_new), min(start + 2 * width, n_new)
            left, right = start, middle
            for to in range(start, end):
                is_left = left < middle and (
                    right >= end or sign * new[left, 0] <= sign * new[right, 0]
                )
                take = left if is_left else right
                other[to, 0] = new[take, 0]
                other[to, 1] = new[take, 1]
                left += is_left
                right += not is_left
        for i in range(n_new):
            new[i, 0] = other[i, 0]
            new[i, 1] = other[i, 1]
        width *= 2


sort = compiled(_sort)(_sort)


def _in_order(new: Floats, n_new: int, sign: float) -> int:
    """`new` sorted, the last word on each price kept, those of size 0 dropped."""
    for i in range(1, n_new):
        if sign * new[i - 1, 0] > sign * new[i, 0]:
            sort(new, n_new, sign)
            break
    kept = 0
    for i in range(n_new):
        is_last_word = i + 1 == n_new or new[i + 1, 0] != new[i, 0]
        if is_last_word and new[i, 1] > 0.0:
            new[kept, 0] = new[i, 0]
            new[kept, 1] = new[i, 1]
            kept += 1
    return kept


def _woven_in(prices: Floats, sizes: Floats, n: int, new: Floats, n_new: int, sign: float) -> int:
    """Put ordered new levels between the old ones, from the worst on, each moved once."""
    to = n + n_new - 1
    at = n - 1
    for i in range(n_new - 1, -1, -1):
        key = sign * new[i, 0]
        while at >= 0 and sign * prices[at] > key:
            prices[to] = prices[at]
            sizes[to] = sizes[at]
            at -= 1
            to -= 1
        prices[to] = new[i, 0]
        sizes[to] = new[i, 1]
        to -= 1
    return n + n_new


place = compiled(_place)(_place)
closed_up = compiled(_closed_up)(_closed_up)
in_order = compiled(_in_order)(_in_order)
woven_in = compiled(_woven_in)(_woven_in)


@compiled(merge_plain)
def merge(
    levels: Floats,
    counts: NDArray[np.int64],
    rows: Floats,
    n_bids: int,
    depth: int,
) -> None:
    """Known prices change in place; then one pass closes the gaps and one weaves in the new."""
    new = np.empty_like(rows)
    for side in range(2):
        sign = -1.0 if side == 0 else 1.0
        prices, sizes, n = levels[side, 0], levels[side, 1], counts[side]
        n_new, at, first_gap = 0, 0, n
        for r in range(0 if side == 0 else n_bids, n_bids if side == 0 else rows.shape[0]):
            price, size = rows[r, 0], rows[r, 1]
            at = place(prices, n, sign, sign * price, at)
            if at < n and prices[at] == price:
                sizes[at] = size
                if size <= 0.0:
                    first_gap = min(first_gap, at)
            else:
                new[n_new, 0] = price
                new[n_new, 1] = size
                n_new += 1
        n = closed_up(prices, sizes, n, first_gap)
        if n_new > 0:
            n_new = in_order(new, n_new, sign)
            n = woven_in(prices, sizes, n, new, n_new, sign)
        counts[side] = min(n, depth) if depth > 0 else n
