"""How much of a queue is still ahead of our order, when only its total size can be seen?

    a trade v at our price        F <- F - v,  C <- C + v
    the level goes prev -> new    c = prev - new - C;  C <- 0
      it grew (c < 0)             F <- min(F, new)
      it shrank                   B = prev - F,  p = chance that a cancel was behind us
                                  F <- min(F - min((1 - p) c + max(p c - B, 0), F), new)

F   ahead of us (base); we fill when it falls below zero        B   behind us (base)
C   traded since the last level size, so that it is not taken for a cancel (base)
p   risk_averse: 1, only trades move us on;  power n: B^n / (B^n + F^n);
    log: ln(1 + B) / (ln(1 + B) + ln(1 + F));  all_ahead: 0, every cancel moves us on
Cancels bring us to the front at most: only a trade fills, so F falls below zero by trades alone.
Source: Rigtorp 2013, with that bound added; risk_averse is biased long, power 1 nearly unbiased for
uniform cancels, power 2 to 3 fits cancels that favour the back. risk_averse and all_ahead bracket
the others.
Wrong when: the venue shows aggregated or hidden size. Sizes in the log form are in units of
`unit`, since a logarithm has no unit.
Example: 10 ahead, power 1; a trade of 4 leaves 6. The level falls from 10 to 6: that was the trade.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log1p

from market.errors import OrderError

Behind = Callable[[float, float], float]
"""(behind, ahead) -> chance that a cancel was behind us."""


def risk_averse(behind: float, ahead: float) -> float:
    """Every cancel was behind us."""
    return 1.0


def all_ahead(behind: float, ahead: float) -> float:
    """Every cancel was ahead of us."""
    return 0.0


def power(n: float) -> Behind:
    """Cancels fall on the back and the front by size^n."""
    if not 0 < n <= 10:
        raise OrderError("queue power", f"is {n:g}", "above 0, at most 10")

    def share(behind: float, ahead: float) -> float:
        return _share(max(behind, 0.0) ** n, max(ahead, 0.0) ** n)

    return share


def logarithmic(unit: float) -> Behind:
    """Cancels fall on the back and the front by ln(1 + size / unit); unit in base."""
    if not unit > 0:
        raise OrderError("queue unit", f"is {unit:g}", "above 0")

    def share(behind: float, ahead: float) -> float:
        return _share(log1p(max(behind, 0.0) / unit), log1p(max(ahead, 0.0) / unit))

    return share


def _share(behind: float, ahead: float) -> float:
    total = behind + ahead
    return behind / total if total > 0 else 1.0


@dataclass(slots=True)
class QueuePosition:
    """One resting order, followed through trades and level sizes."""

    ahead: float
    """base; starts as the size of the level that was joined"""
    behind: Behind = risk_averse
    traded: float = 0.0
    """base since the last level size"""

    def trade(self, quantity: float) -> None:
        """A print at our price (base)."""
        self.ahead -= quantity
        self.traded += quantity

    def level(self, previous: float, new: float) -> None:
        """The visible size at our price, ours left out, changed (base)."""
        cancelled = previous - new - self.traded
        self.traded = 0.0
        if cancelled < 0.0:
            self.ahead = min(self.ahead, new)
            return
        ahead = max(self.ahead, 0.0)
        back = max(previous - ahead, 0.0)
        chance = min(max(self.behind(back, ahead), 0.0), 1.0)
        moved = (1 - chance) * cancelled + max(chance * cancelled - back, 0.0)
        self.ahead = min(self.ahead - min(moved, ahead), new)

    @property
    def is_filled(self) -> bool:
        """A trade reached beyond everything that was ahead."""
        return self.ahead < 0.0
