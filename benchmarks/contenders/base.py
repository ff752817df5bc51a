"""What every contender does: the same bytes in, the same costs out, all of the work in `tick`."""

from collections.abc import Sequence
from typing import Protocol

Costs = Sequence[float]
"""bps; one number a size, ascending, buys before sells: costs by the walk, then costs by the fit."""


class Contender(Protocol):
    """One way to keep a book and price the ladder on it."""

    name: str

    def start(self, snapshot: bytes) -> None:
        """Forget everything and begin with this snapshot. Not timed."""
        ...

    def tick(self, frame: bytes) -> object:
        """Decode, update the book, price every size on both sides. Timed."""
        ...

    def costs(self) -> Costs:
        """What the last tick found, to be held against the others. Not timed."""
        ...

    def touch(self) -> tuple[float, float]:
        """Best bid and best ask after the last message. Not timed."""
        ...
