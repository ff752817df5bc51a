"""Which best queue empties first, and does our order fill before that?

    best queue of x orders    arrivals   lambda                departures   mu + x theta
    our order, x-th in line   arrivals   0 (they join behind)  departures   mu + (x - 1) theta
    u(a, b) * (sum of rates) = sum of rate * u(after),    u = 1 where the event wins, 0 where lost

lambda, mu   limit orders arriving at the best, market orders (per unit of time)
theta        cancels per resting order (per unit of time)       a, b   orders in ask and bid queue
S            spread in ticks; for S > 1 orders arrive inside it at `inside` per side, moving the mid
All orders have one size: sizes are in units of the mean limit order.
Source: Cont, Stoikov & Talreja 2010, propositions 3 and 4. The linear system is solved on a grid of
CAP orders a side, arrivals beyond it left out: no Laplace inversion. The preprint's printed table
for the fill probability does not follow its own proposition (it is the complement with the two
queues interchanged); the proposition is what stands here.
Wrong when: order flow depends on the book (it does), sizes differ, the tick is small.
Example: equal queues: the chance of the mid going up first is 1/2 by symmetry.
"""

from dataclasses import dataclass

import numpy as np

from market.errors import OrderError
from market.instrument import Floats

CAP = 60
"""Orders per queue on the grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFlow:
    """Order flow at the best prices, per unit of time."""

    limit: float
    market: float
    cancel: float
    """per resting order"""
    inside: float = 0.0
    """limit orders per side inside the spread; 0 while it is one tick"""

    def __post_init__(self) -> None:
        for name in ("limit", "market", "cancel", "inside"):
            value = getattr(self, name)
            if not 0.0 <= value < float("inf"):
                raise OrderError(f"order flow, {name}", f"is {value:g}", "0 or more, finite")
        if self.market + self.cancel <= 0.0:
            raise OrderError("order flow", "has neither market orders nor cancels")


def mid_up_first(flow: QueueFlow, bid_orders: int, ask_orders: int) -> float:
    """Chance that the next move of the mid is up."""
    _check(bid_orders, ask_orders)
    count = np.arange(1.0, CAP + 1)
    death: Floats = flow.market + count * flow.cancel
    table = _race(
        births=(flow.limit, flow.limit), deaths=(death, death), won=flow.inside, lost=flow.inside
    )
    return float(table[ask_orders - 1, bid_orders - 1])


def fill_before_move(flow: QueueFlow, bid_orders: int, ask_orders: int) -> float:
    """Chance that our bid, last of `bid_orders`, fills before the ask queue empties."""
    _check(bid_orders, ask_orders)
    count = np.arange(1.0, CAP + 1)
    theirs: Floats = flow.market + count * flow.cancel
    ours: Floats = theirs - flow.cancel
    table = _race(births=(0.0, flow.limit), deaths=(ours, theirs), won=0.0, lost=2 * flow.inside)
    return float(table[bid_orders - 1, ask_orders - 1])


def _check(*orders: int) -> None:
    for count in orders:
        if not 1 <= count <= CAP:
            raise OrderError("queue", f"has {count} orders", f"1 to {CAP}")


def _race(
    *, births: tuple[float, float], deaths: tuple[Floats, Floats], won: float, lost: float
) -> Floats:
    """(CAP, CAP): chance that the first queue is empty before the second, by their sizes.

    Block tridiagonal in the first queue; eliminated from the largest size down.
    """
    first_birth, second_birth = births
    first_death, second_death = deaths
    n = CAP
    up_second = np.full(n, second_birth)
    up_second[-1] = 0.0
    moves = np.diag(-up_second[:-1], 1) + np.diag(-second_death[1:], -1)
    gain: list[Floats] = []
    offset: list[Floats] = []
    pull, push = np.zeros((n, n)), np.zeros(n)
    for i in reversed(range(n)):
        birth = first_birth if i < n - 1 else 0.0
        rates = birth + first_death[i] + up_second + second_death + won + lost
        matrix = moves + np.diag(rates) - birth * pull
        solved = np.linalg.solve(
            matrix, np.column_stack([first_death[i] * np.eye(n), won + birth * push])
        )
        pull, push = solved[:, :n], solved[:, n]
        gain.append(pull)
        offset.append(push)
    table = np.empty((n, n))
    below = np.ones(n)
    for i, (pull, push) in enumerate(zip(reversed(gain), reversed(offset), strict=True)):
        below = pull @ below + push
        table[i] = below
    return np.clip(table, 0.0, 1.0)
