"""What the results ask of a view, and what they tell it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from engine.sweeps.query import Filter
from webapp.sweeps.look import Look, Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything a view paints from."""

    opened: Opened
    look: Look
    filters: tuple[Filter, ...]
    on_open: Callable[[int], Any]
    """show one point"""
    on_sort: Callable[[str], Any]
    on_first: Callable[[], Any]
    """there is something to see, and more to come"""


class View(Protocol):
    """Built once where it is made; painted while it is shown."""

    async def show(self, scene: Scene) -> None:
        """Ask and paint; OrderError says what cannot be asked."""
        ...
