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

BIDS, ASKS = 0, 1
PRICES, SIZES = 0, 1


def merge_plain(
    levels: NDArray[np.float64],
    counts: NDArray[np.int64],
    rows: NDArray[np.float64],
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


@compiled(merge_plain)
def merge(
    levels: NDArray[np.float64],
    counts: NDArray[np.int64],
    rows: NDArray[np.float64],
    n_bids: int,
    depth: int,
) -> None:
    """One binary search a row; a snapshot in venue order appends without searching."""
    for r in range(rows.shape[0]):
        side = 0 if r < n_bids else 1
        sign = -1.0 if side == 0 else 1.0
        prices = levels[side, 0]
        sizes = levels[side, 1]
        price = rows[r, 0]
        size = rows[r, 1]
        n = counts[side]
        key = sign * price
        if n == 0 or sign * prices[n - 1] < key:
            at = n
        else:
            at, high = 0, n - 1
            while at < high:
                middle = (at + high) >> 1
                if sign * prices[middle] < key:
                    at = middle + 1
                else:
                    high = middle
        if at < n and prices[at] == price:
            if size > 0.0:
                sizes[at] = size
            else:
                for i in range(at, n - 1):
                    prices[i] = prices[i + 1]
                    sizes[i] = sizes[i + 1]
                counts[side] = n - 1
        elif size > 0.0:
            for i in range(n, at, -1):
                prices[i] = prices[i - 1]
                sizes[i] = sizes[i - 1]
            prices[at] = price
            sizes[at] = size
            counts[side] = n + 1
    if depth > 0:
        for side in range(2):
            counts[side] = min(counts[side], depth)
