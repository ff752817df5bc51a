"""How fast a run is: points per second over its last chunks."""

from collections import deque

from market.units import NS_PER_S

KEPT = 20


class Progress:
    """A sliding window of finished chunks."""

    def __init__(self, now_ns: int) -> None:
        self._seen = deque([(now_ns, 0)], maxlen=KEPT)

    def add(self, now_ns: int, points: int) -> float:
        """A chunk of so many points came back; seconds since the one before."""
        passed_s = (now_ns - self._seen[-1][0]) / NS_PER_S
        self._seen.append((now_ns, points))
        return passed_s

    @property
    def rate(self) -> float | None:
        """Points per second; None before the first chunk."""
        (first, _), *rest = self._seen
        passed_s = (self._seen[-1][0] - first) / NS_PER_S
        return sum(points for _, points in rest) / passed_s if passed_s > 0 else None
