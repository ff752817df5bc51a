"""When would orders have filled that were never sent?

    a trade against us at our price      F <- F - v              beyond it: F <- min(F, 0) - v
    the level changes                    models/fill/queue_position.py, three views of a cancel
    the other side comes to our price    filled: `crossed`
    filled                               when F <= -quantity

F   base ahead of us; starts as the size of the level that was joined, ours behind it
A trade beyond our price means that the level at our price was taken whole, whatever the queue.
pessimistic: every cancel was behind us; proportional: spread evenly; optimistic: all ahead of us.
A level that lies beyond the visible book is not followed until it can be seen again.
Source: docs/scoring.md; queue positions: Rigtorp 2013.
Wrong when: our order would have changed what others did; a trade is reported after the book that it
changed (its size then counts as a cancel first); size is hidden. Indicative, hence three views.
Example: 2 ahead, our 1: sells of 2 and of 1 at our price fill it with the second.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.book import BookSnapshot
from market.instrument import Floats, Side
from market.trade import Trade

VIEWS: Final = ("pessimistic", "proportional", "optimistic")
PROPORTIONAL: Final = 1
"""The view that labels are taken from."""
SLACK: Final = 1e-9
"""Relative to the quantity: less than that missing is float64."""
NEVER: Final = 0

Whole = NDArray[np.int64]


class ShadowOrders:
    """A fixed number of places, each with one order or none. Written by one follower."""

    def __init__(self, places: int) -> None:
        self.is_live = np.zeros(places, dtype=bool)
        self.filled_ns = np.zeros((len(VIEWS), places), dtype=np.int64)
        """When each view saw it filled; NEVER = not yet."""
        self.is_crossed = np.zeros(places, dtype=bool)
        """Whether the pessimistic view was filled by the other side coming to our price."""
        self.ahead = np.zeros((len(VIEWS), places))
        self._sign = np.zeros(places)
        self._price = np.zeros(places)
        self._quantity = np.zeros(places)
        self._level = np.zeros(places)
        self._traded = np.zeros(places)
        self._is_seen = np.zeros(places, dtype=bool)

    def place(
        self, at: Whole, *, signs: Floats, prices: Floats, quantities: Floats, ahead: Floats
    ) -> None:
        """(n,) orders into (n,) places; each joins the back of its level."""
        self.is_live[at], self.is_crossed[at], self._is_seen[at] = True, False, True
        self.filled_ns[:, at] = NEVER
        self._sign[at], self._price[at], self._quantity[at] = signs, prices, quantities
        self.ahead[:, at] = ahead
        self._level[at], self._traded[at] = ahead, 0.0

    def take_away(self, at: Whole) -> None:
        """Forget the orders in these places."""
        self.is_live[at] = False

    def clear(self) -> None:
        """Forget all of them."""
        self.is_live[:] = False

    def trade(self, trade: Trade) -> None:
        """A print: against every order on the taker's other side that it reached."""
        reach = self._sign * (self._price - trade.price)
        ours = self.is_live & (self._sign == -trade.aggressor.sign)
        at, beyond = ours & (reach == 0.0), ours & (reach > 0.0)
        self.ahead[:, beyond] = np.minimum(self.ahead[:, beyond], 0.0) - trade.size
        self.ahead[:, at] -= trade.size
        self._traded[at] += trade.size
        self._note(at | beyond, trade.recv_ns)

    def book(self, book: BookSnapshot, now_ns: int) -> None:
        """The book as it stands now."""
        for side in Side:
            self._levels(book, side)
        other = np.where(self._sign > 0, book.ask_prices[0], book.bid_prices[0])
        crossed = self.is_live & (self._sign * (other - self._price) <= 0.0)
        open_ = crossed & (self.filled_ns == NEVER)
        self.is_crossed |= open_[0]
        self.filled_ns[open_] = now_ns

    def _levels(self, book: BookSnapshot, side: Side) -> None:
        ours = np.flatnonzero(self.is_live & (self._sign == side.sign))
        if not ours.size:
            return
        prices, sizes = book.levels(side.opposite)
        ladder, wanted = -side.sign * prices, -side.sign * self._price[ours]
        level = np.minimum(ladder.searchsorted(wanted), len(prices) - 1)
        size = np.where(ladder[level] == wanted, sizes[level], 0.0)
        is_visible = wanted <= ladder[-1]
        self._move(ours[is_visible], size[is_visible])
        self._is_seen[ours] = is_visible

    def _move(self, at: Whole, size: Floats) -> None:
        """New level sizes (base) at these places."""
        ahead, before = self.ahead[:, at], self._level[at]
        cancelled = np.where(self._is_seen[at], before - size - self._traded[at], -1.0)
        front = np.maximum(ahead, 0.0)
        back = np.maximum(before - front, 0.0)
        share = _behind(front, back)
        moved = (1 - share) * cancelled + np.maximum(share * cancelled - back, 0.0)
        moved = np.where(cancelled < 0.0, 0.0, np.minimum(moved, front))
        self.ahead[:, at] = np.minimum(ahead - moved, size)
        self._level[at], self._traded[at] = size, 0.0

    def _note(self, touched: NDArray[np.bool_], now_ns: int) -> None:
        done = touched & (-self.ahead >= self._quantity * (1 - SLACK))
        self.filled_ns[done & (self.filled_ns == NEVER)] = now_ns


def _behind(front: Floats, back: Floats) -> Floats:
    """(3, n) chance of a cancel having been behind us, by view."""
    share = np.empty_like(front)
    share[0], share[2] = 1.0, 0.0
    total = front[1] + back[1]
    share[1] = np.divide(back[1], total, out=np.ones_like(total), where=total > 0.0)
    return share
