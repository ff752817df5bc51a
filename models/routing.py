"""Which part of an order should go to which venue, fees included?

    minimise  sum_v side C_v(n_v) (1 + side f_v)        sum(n_v) = X,  n_v on lots, 0 or >= least_v

C_v      money for n_v base along venue v's levels (quote)      f_v     its taker rate (fraction)
least_v  its smallest order (base)                              side    +1 buy, -1 sell
Every C_v is convex, so taking lots one by one where the next one is cheapest, all-in, is optimal
when lots are equal. Smallest orders and unequal lots break that: every set of venues that may take
part is tried, and coarse lots a few steps around the continuous optimum.
Source: separable convex resource allocation; exchange argument in docs/models.md.
Wrong when: venues quote the same maker twice; moving coins or money costs; one feed is late.
Example: asks 100 x 1 with 10 bps and 100.05 x 1 with 0 bps: 100.1 against 100.05, the second first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import ceil, floor, inf

import numpy as np

from market.errors import OrderError
from market.fee_schedule import FeeTier
from market.instrument import Instrument, Kind, Side
from market.units import bps_of
from models.base import MarketState
from models.depth_curve import DepthCurve
from models.resolve import priced_book

MAX_VENUES = 8
AROUND = (-2, -1, 0, 1, 2)
"""Coarse lots tried around the continuous optimum."""
SLACK = 1e-9
"""Of a lot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One venue's side of the book, with what it charges and the sizes it takes."""

    instrument: Instrument
    curve: DepthCurve
    taker_bps: float

    @property
    def lot(self) -> float:
        """base"""
        return self.instrument.lot_size * self.instrument.contract_size

    @property
    def least_lots(self) -> int:
        """Smallest order."""
        least = self.instrument.min_size * self.instrument.contract_size
        if self.instrument.min_notional is not None:
            least = max(least, self.instrument.min_notional / self.curve.mid)
        return max(1, ceil(least / self.lot - SLACK))

    @property
    def most_lots(self) -> int:
        """What the visible book holds."""
        return floor(self.curve.visible / self.lot + SLACK)

    def all_in(self, quantity: float) -> float:
        """Money with fees, positive = paid, negative = received (quote)."""
        sign = self.curve.side.sign
        rate = 1 + sign * self.taker_bps / 1e4
        return float(sign * self.curve.cost(quantity) * rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePart:
    """What goes to one venue."""

    venue: str
    venue_symbol: str
    quantity: float
    """base"""
    average: float
    """quote/base, without the fee"""
    taker_bps: float
    cost: float
    """against the common mid, fee included (quote)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The split, and what it saves."""

    side: Side
    mid: float
    """mean of the venues' mids (quote/base): one reference for all"""
    parts: tuple[RoutePart, ...]
    filled: float
    unfilled: float
    cost: float
    """quote"""
    cost_bps: float
    best_single: RoutePart | None
    """None where no venue alone holds as much"""
    saving: float | None
    """quote, against the best single venue"""
    saving_bps: float | None


def offer(state: MarketState, side: Side, tier: FeeTier) -> Offer:
    """What a venue offers now; BookNotReady where its book may not be priced."""
    if state.instrument.kind is Kind.INVERSE:
        raise OrderError(
            "venues", f"{state.instrument.venue_symbol} counts in money", "spot or linear contracts"
        )
    curve = DepthCurve.of(priced_book(state), side)
    return Offer(instrument=state.instrument, curve=curve, taker_bps=tier.taker_bps)


def route(offers: Sequence[Offer], quantity: float) -> Route:
    """The cheapest split of a quantity (base); what no venue holds stays unfilled."""
    _check(offers, quantity)
    finest = min(one.lot for one in offers)
    wanted = floor(quantity / finest + SLACK) * finest
    best: tuple[float, float, tuple[int, ...]] | None = None
    for lots in _splits(offers, wanted):
        filled = sum(n * one.lot for n, one in zip(lots, offers, strict=True))
        if filled <= 0 or filled > wanted * (1 + SLACK):
            continue
        cost = sum(one.all_in(n * one.lot) for n, one in zip(lots, offers, strict=True) if n)
        key = (-round(filled / finest), cost, lots)
        if best is None or key < best:
            best = key
    if best is None:
        raise OrderError("quantity", f"{quantity:g} is below every venue's smallest order")
    return _route(offers, best[2], quantity)


def _check(offers: Sequence[Offer], quantity: float) -> None:
    if not 1 <= len(offers) <= MAX_VENUES:
        raise OrderError("venues", f"are {len(offers)}", f"1 to {MAX_VENUES}")
    if not 0 < quantity < inf:
        raise OrderError("quantity", f"is {quantity:g}", "above 0")
    pairs = {(one.instrument.base, one.instrument.quote) for one in offers}
    if len(pairs) > 1:
        names = ", ".join(sorted("/".join(pair) for pair in pairs))
        raise OrderError("venues", f"trade different things: {names}", "one base, one quote")
    if len({one.curve.side for one in offers}) > 1:
        raise OrderError("venues", "are on different sides", "one side")


def _splits(offers: Sequence[Offer], wanted: float) -> Iterator[tuple[int, ...]]:
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


def _route(offers: Sequence[Offer], lots: Sequence[int], asked: float) -> Route:
    side, mid = offers[0].curve.side, float(np.mean([one.curve.mid for one in offers]))
    parts = tuple(_part(one, n * one.lot, mid) for one, n in zip(offers, lots, strict=True) if n)
    filled = sum(part.quantity for part in parts)
    cost = sum(part.cost for part in parts)
    alone = [
        _part(one, filled, mid)
        for one in offers
        if _on_lots(one, filled) and one.curve.holds(filled)
    ]
    single = min(alone, key=lambda part: part.cost, default=None)
    saving = None if single is None else single.cost - cost
    return Route(
        side=side,
        mid=mid,
        parts=parts,
        filled=filled,
        unfilled=max(asked - filled, 0.0),
        cost=cost,
        cost_bps=bps_of(cost, filled * mid),
        best_single=single,
        saving=saving,
        saving_bps=None if saving is None else bps_of(saving, filled * mid),
    )


def _on_lots(one: Offer, quantity: float) -> bool:
    lots = quantity / one.lot
    return lots >= one.least_lots - SLACK and abs(lots - round(lots)) <= 1e-6


def _part(one: Offer, quantity: float, mid: float) -> RoutePart:
    sign = one.curve.side.sign
    return RoutePart(
        venue=one.instrument.venue,
        venue_symbol=one.instrument.venue_symbol,
        quantity=quantity,
        average=float(one.curve.cost(quantity)) / quantity,
        taker_bps=one.taker_bps,
        cost=one.all_in(quantity) - sign * quantity * mid,
    )
