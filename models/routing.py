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

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, inf

import numpy as np

from market.errors import OrderError
from market.instrument import Side
from market.units import bps_of
from models.offers import SLACK, Offer
from models.route_splits import splits

MAX_VENUES = 8


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


def route(offers: Sequence[Offer], quantity: float) -> Route:
    """The cheapest split of a quantity (base); what no venue holds stays unfilled."""
    _check(offers, quantity)
    finest = min(one.lot for one in offers)
    wanted = floor(quantity / finest + SLACK) * finest
    best: tuple[float, float, tuple[int, ...]] | None = None
    for lots in splits(offers, wanted):
        filled = sum(n * one.lot for n, one in zip(lots, offers, strict=True))
        if filled <= 0 or filled > wanted * (1 + SLACK):
            continue
        cost = sum(one.all_in(n * one.lot) for n, one in zip(lots, offers, strict=True) if n)
        key = (-round(filled / finest), cost, lots)
        if best is None or key < best:
            best = key
    if best is None:
        raise OrderError(
            "quantity", f"{quantity:g} is below every venue's smallest order", _least(offers)
        )
    return _route(offers, best[2], quantity)


def _least(offers: Sequence[Offer]) -> str:
    return f"at least {min(one.least_lots * one.lot for one in offers):g} base"


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
