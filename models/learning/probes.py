"""What would orders of several sizes pay on this book? The questions that learning asks.

A probe is one book at one moment: both sides times a few sizes, for each the features, the walk of
the book as it stands, and the mid to which later slippage is related.

sizes     quote; a tenth to ten times the user's amount and S1's 1k, 10k, 100k, 1M without one
visible   a size that the visible book does not hold is left out on that side, and counted
Source: earlier system S1 (probe orders on every message); features: models/slippage/features.py.
Wrong when: the book hides size. Example: two sides, four sizes, all visible: eight rows.
"""

from dataclasses import dataclass
from math import ceil, log10

import numpy as np
from numpy.typing import NDArray

from market.book import BookSnapshot
from market.instrument import Floats, Side
from models.depth_curve import DepthCurve
from models.learning.served import bucket_of
from models.slippage.features import FEATURES, features

S1_AMOUNTS = (1e3, 1e4, 1e5, 1e6)
"""quote"""
AROUND = (0.1, 10**-0.5, 1.0, 10**0.5, 10.0)
"""Sizes around a user's amount, as shares of it."""
COLUMNS = (*FEATURES, "quote", "best_quote")
"""Of a probe's rows: all features of models/slippage/features.py, S1's among them."""
HELD_AT_LEAST = 2
"""Of S1's amounts, by the visible book; otherwise all are divided by ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One book, n orders."""

    ns: int
    mid: float
    signs: Floats
    """(n,) +1 buy, -1 sell; buys first"""
    sizes: Floats
    """(n,) base"""
    buckets: NDArray[np.int64]
    """(n,) models/learning/served.py"""
    x: Floats
    """(n, len(COLUMNS))"""
    walk: Floats
    """(n,) slippage on this very book (bps)"""


def amounts_for(book: BookSnapshot, around: float | None = None) -> tuple[float, ...]:
    """Sizes to ask about (quote): around a user's amount, or S1's as far as the book holds them."""
    if around is not None:
        return tuple(share * around for share in AROUND)
    held = min(DepthCurve.of(book, side).value for side in Side)
    too_large = ceil(log10(S1_AMOUNTS[HELD_AT_LEAST - 1] / held)) if held > 0 else 0
    return tuple(amount / 10.0 ** max(0, too_large) for amount in S1_AMOUNTS)


def probe(
    book: BookSnapshot, amounts: tuple[float, ...], *, sigma_day: float, flow: float, ns: int
) -> Probe | None:
    """The rows of one book; None where it holds none of the amounts."""
    parts = [_side(book, side, amounts, sigma_day, flow) for side in Side]
    signs = np.concatenate([np.full(len(sizes), side.sign) for side, (sizes, _, _) in _with(parts)])
    if not len(signs):
        return None
    sizes, x, walk = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return Probe(
        ns=ns,
        mid=book.mid,
        signs=signs.astype(np.float64),
        sizes=sizes,
        buckets=np.array([bucket_of(size * book.mid) for size in sizes.tolist()], dtype=np.int64),
        x=x,
        walk=walk,
    )


def slippage_now(
    book: BookSnapshot, signs: Floats, sizes: Floats, arrival_mid: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """(n,) slippage (bps of `arrival_mid`) of orders on this book, and which it holds whole."""
    slippage, is_held = np.empty(len(sizes)), np.zeros(len(sizes), dtype=np.bool_)
    for side in Side:
        mine = signs == side.sign
        if not mine.any():
            continue
        curve = DepthCurve.of(book, side)
        average = curve.cost(sizes[mine]) / np.minimum(sizes[mine], curve.visible)
        slippage[mine] = side.sign * (average - arrival_mid) / arrival_mid * 1e4
        is_held[mine] = sizes[mine] <= curve.visible
    return slippage, is_held


def _with(
    parts: list[tuple[Floats, Floats, Floats]],
) -> list[tuple[Side, tuple[Floats, Floats, Floats]]]:
    return list(zip(Side, parts, strict=True))


def _side(
    book: BookSnapshot, side: Side, amounts: tuple[float, ...], sigma_day: float, flow: float
) -> tuple[Floats, Floats, Floats]:
    """(sizes, rows, walk) of the amounts that this side holds."""
    curve = DepthCurve.of(book, side)
    sizes = np.array(amounts) / book.mid
    sizes = sizes[sizes <= curve.visible]
    rows = np.empty((len(sizes), len(COLUMNS)))
    if len(sizes):
        rows[:, : len(FEATURES)] = features(book, side, sizes, sigma_day=sigma_day, flow=flow)
        rows[:, -2] = sizes * book.mid
        rows[:, -1] = curve.best * float(curve.base[1])
    walk, _ = slippage_now(book, np.full(len(sizes), float(side.sign)), sizes, book.mid)
    return sizes, rows, walk
