"""What every contender does: the same bytes in, the same costs out, all of the work in `tick`."""

from collections.abc import Sequence
from typing import Protocol

Costs = Sequence[float]
"""bps by size, ascending, buys before sells; first all by the walk, then all by the fit."""


class Runner(Protocol):
    """What can be timed."""

    name: str

    def start(self, snapshot: bytes) -> None:
        """Forget everything and begin with this snapshot. Not timed."""
        ...

    def tick(self, frame: bytes) -> object:
        """All the work of one message. Timed."""
        ...


class Contender(Runner, Protocol):
    """One way to decode, keep a book and price every size on both sides."""

    def costs(self) -> Costs:
        """What the last tick found, to be held against the others. Not timed."""
        ...

    def touch(self) -> tuple[float, float]:
        """Best bid and best ask after the last message. Not timed."""
        ...
