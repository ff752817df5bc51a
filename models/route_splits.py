"""Splits of an order over venues among which the cheapest one is.

For every set of venues that takes part, each with at least its smallest order: the continuous
optimum fills levels in the order of their all-in price. Venues with the finest lot are then filled
lot by lot from just below it, which is exact while their costs are convex; coarser lots are tried
a few steps around it.
Source: Hochbaum 1994 for how near the optimum on lots is to the continuous one.
Wrong when: coarse lots are not whole multiples of the finest: their best split may be further away.
Example: equal lots at every venue: one candidate per set of venues, and it is the best of that set.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from math import floor

import numpy as np

from models.offers import SLACK, Offer

AROUND = (-2, -1, 0, 1, 2)
"""Coarse lots tried around the continuous optimum."""


def splits(offers: Sequence[Offer], wanted: float) -> Iterator[tuple[int, ...]]:
    """Candidate splits in lots per venue: for every set of venues that takes part."""
    everyone = range(len(offers))
    for count in range(1, len(offers) + 1):
        for chosen in combinations(everyone, count):
            if all(offers[i].least_lots <= offers[i].most_lots for i in chosen):
                for lots in _within(offers, chosen, wanted):
                    split = dict(zip(chosen, lots, strict=True))
                    yield tuple(split.get(i, 0) for i in everyone)


def _within(
    offers: Sequence[Offer], chosen: Sequence[int], wanted: float
) -> Iterator[tuple[int, ...]]:
    used = [offers[i] for i in chosen]
    relaxed = _continuous(used, wanted)
    if relaxed is None:
        return
    finest = min(one.lot for one in used)
    fine = [k for k, one in enumerate(used) if one.lot <= finest * (1 + SLACK)]
    coarse = [k for k in range(len(used)) if k not in fine]
    for steps in product(AROUND, repeat=len(coarse)):
        lots = [0] * len(used)
        for k, step in zip(coarse, steps, strict=True):
            lots[k] = round(relaxed[k] / used[k].lot) + step
        if any(not used[k].least_lots <= lots[k] <= used[k].most_lots for k in coarse):
            continue
        left = wanted - sum(lots[k] * used[k].lot for k in coarse)
        shares = _greedy([used[k] for k in fine], floor(left / finest + SLACK))
        if shares is not None:
            for k, n in zip(fine, shares, strict=True):
                lots[k] = n
            yield tuple(lots)


def _continuous(used: Sequence[Offer], wanted: float) -> list[float] | None:
    """Optimal base per venue when lots do not matter, at least each one's smallest order."""
    taken = [one.least_lots * one.lot for one in used]
    left = wanted - sum(taken)
    if left < -SLACK * min(one.lot for one in used):
        return None
    steps = sorted(_steps(used, taken))
    for _, k, size in steps:
        if left <= 0:
            break
        size = min(size, left)
        taken[k] += size
        left -= size
    return taken


def _steps(used: Sequence[Offer], taken: Sequence[float]) -> Iterable[tuple[float, int, float]]:
    """(all-in price, venue, base) of what each level still holds beyond what is taken."""
    for k, one in enumerate(used):
        sign = one.curve.side.sign
        rate = sign * (1 + sign * one.taker_bps / 1e4)
        sizes = np.diff(np.maximum(one.curve.base, taken[k]))
        yield from zip(
            (rate * one.curve.prices).tolist(), [k] * sizes.size, sizes.tolist(), strict=True
        )


def _greedy(used: Sequence[Offer], total: int) -> list[int] | None:
    """Lots per venue, all lots equal: from below the continuous optimum, one by one."""
    least = [one.least_lots for one in used]
    if not used:
        return [] if total >= 0 else None
    if total < sum(least):
        return None
    lot = used[0].lot
    relaxed = _continuous(used, total * lot)
    if relaxed is None:
        return None
    lots = [
        min(max(low, floor(base / lot) - len(used)), one.most_lots)
        for low, base, one in zip(least, relaxed, used, strict=True)
    ]
    for _ in range(total - sum(lots)):
        open_ = [k for k, one in enumerate(used) if lots[k] < one.most_lots]
        if not open_:
            break
        lots[min(open_, key=lambda k: _next(used[k], lots[k]))] += 1
    return lots


def _next(one: Offer, lots: int) -> float:
    return one.all_in((lots + 1) * one.lot) - one.all_in(lots * one.lot)
