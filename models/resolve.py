"""From the amount that was typed to a quantity the venue accepts.

An amount in quote is money to spend (buy) or to receive (sell): the book says how much base that
is; money that the visible book cannot take is counted as the depth policy prices it (`partial`: at
the last visible price). An order type with a price of its own, a limit or a trigger, exchanges
money for base at that price: amount / price. An inverse contract fixes money too. Rounding is down
to the lot, in the venue's own unit, so what is spent or received may fall short by less than one
lot.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from math import isfinite

import numpy as np

from market.book import BookSnapshot
from market.errors import BookNotReady, OrderError
from market.instrument import Instrument, Kind, Side
from market.order import Order, Unit
from models.base import MarketState
from models.depth_curve import DepthCurve
from models.depth_policy import DepthPolicy, depth_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """An order in units that book and venue understand."""

    curve: DepthCurve
    """The side of the book it meets."""
    policy: DepthPolicy
    requested: float
    """base that the typed amount means"""
    quantity: float
    """base after rounding down to the lot"""
    size: float
    """the same in the venue's unit (contracts, or base)"""


def priced_book(state: MarketState) -> BookSnapshot:
    """The state's book if a price may stand on it; BookNotReady with the reason otherwise."""
    if state.trust.refuses:
        raise BookNotReady(state.trust.reason)
    if state.book is None:
        raise BookNotReady(state.trust.reason or "waiting for the first book")
    if not state.instrument.is_live:
        raise BookNotReady(f"{state.instrument.venue_symbol} is not trading")
    return state.book


OwnPrice = Callable[[Side, MarketState], float | None]
"""What an order type says of the price at which money means base; None = the walk of the book."""


def resolve(
    order: Order, state: MarketState, policy: str = "partial", own_price: OwnPrice | None = None
) -> Resolved:
    """The order as base on whole lots, or OrderError naming the field and what is allowed."""
    book = priced_book(state)
    order.check(state.instrument)
    with np.errstate(over="ignore", invalid="ignore"):
        curve = DepthCurve.of(book, order.side)
    if not (isfinite(curve.mid) and isfinite(curve.value) and isfinite(curve.visible)):
        raise BookNotReady("the book has a price or a size that no market has")
    price = None
    if own_price is not None and order.is_sized_in_quote(state.instrument):
        price = own_price(order.side, state)
    conversion = _Conversion(state.instrument, curve, depth_policy(policy), price)
    typed = conversion.size_of(float(order.amount), order.unit)
    size = state.instrument.floor_to_lot(typed)
    if size < state.instrument.min_size:
        raise _too_small(order, conversion)
    quantity = conversion.base_of(size)
    floor = state.instrument.min_notional
    worth = quantity * (price or book.mid)
    if floor is not None and worth < floor:
        raise OrderError(
            "quantity",
            f"is worth {worth:.6g} {state.instrument.quote}",
            f"at least {floor:g} {state.instrument.quote}",
        )
    return Resolved(
        curve=curve,
        policy=conversion.policy,
        requested=conversion.base_of(typed),
        quantity=quantity,
        size=size,
    )


@dataclass(frozen=True, slots=True)
class _Conversion:
    """Typed units, base and the venue's unit, along one side of one book."""

    instrument: Instrument
    curve: DepthCurve
    policy: DepthPolicy
    price: float | None
    """The order type's own (quote/base); None: money is walked."""

    def size_of(self, amount: float, unit: Unit) -> float:
        """Typed amount -> the venue's unit."""
        if unit is Unit.CONTRACTS:
            return amount
        if self.instrument.kind is Kind.INVERSE:
            money = amount if unit is Unit.QUOTE else self._money_of(amount)
            return money / self.instrument.contract_size
        base = self._base_for(amount) if unit is Unit.QUOTE else amount
        return base / self.instrument.contract_size

    def base_of(self, size: float) -> float:
        """The venue's unit -> base."""
        amount = size * self.instrument.contract_size
        return self._base_for(amount) if self.instrument.kind is Kind.INVERSE else amount

    def amount_of(self, size: float, unit: Unit) -> float:
        """The venue's unit -> the typed unit."""
        if unit is Unit.CONTRACTS:
            return size
        return self._money_of(self.base_of(size)) if unit is Unit.QUOTE else self.base_of(size)

    def _base_for(self, money: float) -> float:
        if self.price is not None:
            return money / self.price
        base = float(self.curve.base_for(money))
        if self.curve.holds_value(money):
            return base
        return base + self.policy.base_for(self.curve, money - self.curve.value)

    def _money_of(self, base: float) -> float:
        if self.price is not None:
            return base * self.price
        money = float(self.curve.cost(base))
        if self.curve.holds(base):
            return money
        missing = base - self.curve.visible
        beyond = self.policy.take(self.curve, missing)
        return money + beyond.money + (missing - beyond.quantity) * beyond.worst


def _too_small(order: Order, conversion: _Conversion) -> OrderError:
    instrument = conversion.instrument
    smallest = conversion.amount_of(instrument.min_size, order.unit)
    unit = {Unit.QUOTE: instrument.quote, Unit.BASE: instrument.base}.get(order.unit, "contracts")
    allowed = f"at least {_rounded_up(smallest)} {unit}"
    if order.unit is not Unit.BASE:
        base = conversion.base_of(instrument.min_size)
        allowed += f", which is {_rounded_up(base)} {instrument.base}"
    return OrderError(
        "quantity",
        f"{order.amount:g} {unit} is below the smallest order of {instrument.venue_symbol}",
        allowed,
    )


def _rounded_up(value: float) -> str:
    """Six digits that are never less than the value: typing them must be enough."""
    exact = Decimal(repr(value)) * (1 - Decimal("1e-12"))
    return f"{Context(prec=6, rounding=ROUND_CEILING).create_decimal(exact).normalize():f}"
