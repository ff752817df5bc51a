"""A ladder that many tabs show: what changed of it is worked out once for all of them."""

from dataclasses import dataclass, field
from typing import Any

from models.base import MarketState
from webapp.delta import changes
from webapp.view import encode


@dataclass(slots=True)
class Ladder:
    """A book as it is shown in rows of some ticks, and the ways to it from what tabs show."""

    state: MarketState
    topic: dict[str, Any]
    _since: list[tuple[dict[str, Any] | None, bytes]] = field(default_factory=list)

    def since(self, shown: dict[str, Any] | None) -> bytes:
        """JSON of what changed since that one, or of all."""
        for before, change in self._since:
            if before is shown:
                return change
        change = encode(self.topic if shown is None else changes(shown, self.topic))
        self._since.append((shown, change))
        return change
