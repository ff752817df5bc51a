"""How much do takers buy and sell per second?

    S <- S exp(-dt / m) + v        rate = S / (m (1 - exp(-t / m)))

v    size of a trade (base), one S per direction        m   memory (s)
t    time since the first trade: the divisor is what a steady rate of 1 would have gathered by then
Source: exponential weights, corrected for their start.
Wrong when: trades come in bursts longer than the memory.
Example: 1 base every second for long: 1 base/s.
"""

from dataclasses import dataclass
from math import exp, expm1

from market.instrument import Side
from market.trade import Trade
from market.units import NS_PER_S

MEMORY_S = 60.0
LEAST_S = 1.0
"""A shorter past says nothing about a rate."""


@dataclass(slots=True)
class TradeRate:
    """Two running rates of one market."""

    memory_s: float = MEMORY_S
    first_ns: int | None = None
    _last_ns: int = 0
    _buys: float = 0.0
    _sells: float = 0.0

    def see(self, trade: Trade) -> None:
        """The newest print."""
        if self.first_ns is None:
            self.first_ns = self._last_ns = trade.recv_ns
        self._fade(trade.recv_ns)
        if trade.aggressor is Side.BUY:
            self._buys += trade.size
        else:
            self._sells += trade.size

    def rates(self, now_ns: int) -> tuple[float, float] | None:
        """(bought, sold) base per second by takers; None before there is a past."""
        if self.first_ns is None or now_ns - self.first_ns < LEAST_S * NS_PER_S:
            return None
        self._fade(now_ns)
        elapsed_s = (self._last_ns - self.first_ns) / NS_PER_S
        gathered = -self.memory_s * expm1(-elapsed_s / self.memory_s)
        return self._buys / gathered, self._sells / gathered

    def _fade(self, now_ns: int) -> None:
        if now_ns > self._last_ns:
            left = exp(-(now_ns - self._last_ns) / NS_PER_S / self.memory_s)
            self._buys, self._sells = self._buys * left, self._sells * left
            self._last_ns = now_ns
