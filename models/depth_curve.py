"""One side of a book as cumulative nodes: what a quantity costs, what money buys.

    C(q) = C_{k-1} + (q - A_{k-1}) p_k        k = first level with A_k >= q
    B(z) = A_{k-1} + (z - C_{k-1}) / p_k      k = first level with C_k >= z

p_i, a_i   price (quote/base) and size (base) of level i, best first
A_i, C_i   sums of a_j and of p_j a_j up to level i (base, quote); A_0 = C_0 = 0
C and B are inverse to each other and linear between nodes, so both are exact at any size. Never
interpolate the average price C(q)/q: it is a hyperbola inside a level.
Source: definition of a limit order book; docs/models.md, "Walking the book".
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from market.book import BookSnapshot
from market.errors import BookNotReady
from market.instrument import Floats, Side

SNAP = 1e-12
"""Relative. 0.1 + 0.2 against a book of 0.3 is complete; no phantom remainder is reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthCurve:
    """What an order of `side` meets."""

    side: Side
    mid: float
    """quote/base"""
    prices: Floats
    """(L,), best first"""
    base: Floats
    """(L + 1,): A_0 .. A_L"""
    money: Floats
    """(L + 1,): C_0 .. C_L (quote)"""

    @classmethod
    def of(cls, book: BookSnapshot, side: Side) -> Self:
        """The curve of one side, or BookNotReady where no price can stand on the book."""
        prices, sizes = book.levels(side)
        if not (book.bid_prices.size and book.ask_prices.size):
            raise BookNotReady("the book has only one side")
        if not 0.0 < book.bid_prices[0] <= book.ask_prices[0]:
            raise BookNotReady("the book is crossed or has an impossible price")
        base, money = np.zeros(prices.size + 1), np.zeros(prices.size + 1)
        sizes.cumsum(out=base[1:])
        (prices * sizes).cumsum(out=money[1:])
        return cls(side=side, mid=book.mid, prices=prices, base=base, money=money)

    @property
    def best(self) -> float:
        """First price met (quote/base)."""
        return float(self.prices[0])

    @property
    def last(self) -> float:
        """Last visible price (quote/base)."""
        return float(self.prices[-1])

    @property
    def visible(self) -> float:
        """All the base there is to take."""
        return float(self.base[-1])

    @property
    def value(self) -> float:
        """What all of it costs (quote)."""
        return float(self.money[-1])

    def level_of(self, quantity: Any) -> Any:
        """Index of the level that the last unit of `quantity` (base, <= visible) touches."""
        return self.base[1:].searchsorted(quantity)

    def cost(self, quantity: Any) -> Any:
        """Money (quote) for a quantity (base), scalar or array; what is not visible is left out."""
        reached = np.minimum(quantity, self.base[-1])
        level = self.level_of(reached)
        return self.money[level] + (reached - self.base[level]) * self.prices[level]

    def base_for(self, money: Any) -> Any:
        """Base that money (quote) exchanges for, scalar or array; at most what is visible."""
        reached = np.minimum(money, self.money[-1])
        level = self.money[1:].searchsorted(reached)
        return self.base[level] + (reached - self.money[level]) / self.prices[level]

    def slippage_bps(self, quantities: Floats) -> Floats:
        """(n,) bps against the mid for (n,) quantities (base); of what is visible of each."""
        reached = np.minimum(quantities, self.base[-1])
        average = self.cost(reached) / reached
        slippage: Floats = self.side.sign * (average - self.mid) / self.mid * 1e4
        return slippage

    def holds(self, quantity: float) -> bool:
        """Whether the visible book is enough."""
        return bool(quantity <= self.base[-1] * (1 + SNAP))

    def holds_value(self, money: float) -> bool:
        """Whether the visible book exchanges for that much money."""
        return bool(money <= self.money[-1] * (1 + SNAP))
