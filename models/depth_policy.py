"""What to say about the part of an order that the visible book does not hold.

    partial       report it as unfilled (default)
    reject        no cost at all, and the reason
    extrapolate   continue the book: the price moves on by beta per base, beta = (p_L - p_1) / A_L,
                  so x base more cost  x p_L + beta x^2 / 2;  ends LIMIT_FRAC away from p_L
    penalty       everything more trades at  p_L (1 + 0.05 side)

x       base beyond the visible book     p_1, p_L, A_L   first and last price, base of the book
beta    quote/base per base; negative for a sell
Source: partial, reject: definitions; penalty: earlier system S2a; extrapolate: docs/models.md.
Wrong when: always a guess for extrapolate and penalty; a book of 400 levels is a truncated view.
Example: asks 100 x 1, 101 x 1; x = 1.  extrapolate: beta = 1/2, 101 + 1/4 = 101.25; penalty 106.05.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from market.errors import OrderError
from models.depth_curve import DepthCurve

LIMIT_FRAC = 0.5
"""extrapolate goes at most half the last price further; beyond that stays unfilled."""
PENALTY_FRAC = 0.05
"""S2a's choice."""


class Beyond(NamedTuple):
    """What a policy gives beyond the visible book."""

    quantity: float
    """base"""
    money: float
    """quote"""
    worst: float
    """last price (quote/base)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthPolicy:
    """One answer, for base that is missing and for money that is missing."""

    name: str
    label: str
    take: Callable[[DepthCurve, float], Beyond]
    """Missing base -> what is given."""
    base_for: Callable[[DepthCurve, float], float]
    """Missing money (quote) -> the base it stands for."""


def _partial(curve: DepthCurve, missing: float) -> Beyond:
    return Beyond(0.0, 0.0, curve.last)


def _reject(curve: DepthCurve, missing: float) -> Beyond:
    raise OrderError(
        "quantity",
        f"is {curve.visible + missing:.8g}, more than the visible book holds",
        f"at most {curve.visible:.8g} base",
    )


def _at_last_price(curve: DepthCurve, money: float) -> float:
    return money / curve.last


def _slope(curve: DepthCurve) -> float:
    return (curve.last - curve.best) / curve.visible


def _reach(curve: DepthCurve) -> float:
    """Base that extrapolation may add; none where one level shows no slope."""
    slope = abs(_slope(curve))
    return LIMIT_FRAC * curve.last / slope if slope > 0.0 else 0.0


def _extrapolate(curve: DepthCurve, missing: float) -> Beyond:
    given = min(missing, _reach(curve))
    drift = _slope(curve) * given
    return Beyond(given, given * (curve.last + drift / 2), curve.last + drift)


def _extrapolate_money(curve: DepthCurve, money: float) -> float:
    end = _extrapolate(curve, math.inf)
    if money >= end.money:
        return end.quantity + (money - end.money) / end.worst
    # the root of beta x^2 / 2 + p_L x = money, written without cancellation
    last = curve.last
    return 2 * money / (last + math.sqrt(last * last + 2 * _slope(curve) * money))


def _penalty_price(curve: DepthCurve) -> float:
    return curve.last * (1 + PENALTY_FRAC * curve.side.sign)


def _penalty(curve: DepthCurve, missing: float) -> Beyond:
    price = _penalty_price(curve)
    return Beyond(missing, missing * price, price)


def _penalty_money(curve: DepthCurve, money: float) -> float:
    return money / _penalty_price(curve)


DEPTH_POLICIES = {
    policy.name: policy
    for policy in (
        DepthPolicy(
            name="partial",
            label="Report the rest as unfilled",
            take=_partial,
            base_for=_at_last_price,
        ),
        DepthPolicy(name="reject", label="Give no cost", take=_reject, base_for=_at_last_price),
        DepthPolicy(
            name="extrapolate",
            label="Continue the book at its average density",
            take=_extrapolate,
            base_for=_extrapolate_money,
        ),
        DepthPolicy(
            name="penalty",
            label="Price the rest 5 % beyond the last level",
            take=_penalty,
            base_for=_penalty_money,
        ),
    )
}


def depth_policy(name: str) -> DepthPolicy:
    """The policy of that name, or OrderError naming those there are."""
    if name not in DEPTH_POLICIES:
        raise OrderError("depth policy", f"no {name!r}", ", ".join(DEPTH_POLICIES))
    return DEPTH_POLICIES[name]
