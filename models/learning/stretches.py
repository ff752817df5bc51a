"""Which stretches of time were learned from already: no tape is learned from twice.

A recording can be gone back in, played again or opened anew after a restart; what its books say
would then be learned twice, and marked by models that know the answer.
"""

from collections.abc import Iterable

LIMIT = 1000
"""Stretches kept; beyond, the two that are nearest become one, and the hole counts as learned."""


class Stretches:
    """Disjoint (first, last), both included (ns), in order. One writer."""

    def __init__(self, known: Iterable[tuple[int, int]] = ()) -> None:
        self._known: list[tuple[int, int]] = []
        for first, last in known:
            self.add(first, last)

    def free_from(self, ns: int) -> int:
        """The first moment from `ns` on that is in none of them."""
        return next((last + 1 for first, last in self._known if first <= ns <= last), ns)

    def add(self, first: int, last: int) -> None:
        """One more; those it touches become one with it."""
        apart = [(a, b) for a, b in self._known if b + 1 < first or last + 1 < a]
        touched = [pair for pair in self._known if pair not in apart]
        first = min([first, *(a for a, _ in touched)])
        last = max([last, *(b for _, b in touched)])
        self._known = sorted([*apart, (first, last)])
        if len(self._known) > LIMIT:
            known = self._known
            i = min(range(len(known) - 1), key=lambda k: known[k + 1][0] - known[k][1])
            known[i : i + 2] = [(known[i][0], known[i + 1][1])]

    def known(self) -> tuple[tuple[int, int], ...]:
        """All, oldest first."""
        return tuple(self._known)
