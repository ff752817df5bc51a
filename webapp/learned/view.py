"""What the Models page asks of a view."""

from dataclasses import dataclass
from typing import Protocol

from engine.hub import MarketKey
from models.learning.state import DelayState, LearningState


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a tab looks at: one market's learning, at one delay."""

    key: MarketKey | None
    """None while no market is followed."""
    state: LearningState | None
    delay: DelayState | None


class View(Protocol):
    """Built once; painted while it is shown."""

    async def show(self, seen: Seen, *, plots: bool) -> None:
        """Paint what is known now; plots only when asked, because they are dear."""
        ...
