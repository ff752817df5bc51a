"""Which cost models may be added up without charging the same thing twice."""

from dataclasses import dataclass

from models.base import CostModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A named sum."""

    name: str
    label: str
    adds: tuple[type[CostModel], ...]
    """Models whose components make up the total."""
    beside: tuple[type[CostModel], ...] = ()
    """Models shown beside the total: another component already charges what they say."""
    waiting: tuple[type[CostModel], ...] = ()
    """Models that also make up the total where part of the order rests in the book."""
    is_whole: bool = False
    """True: without one of `adds` there is no total at all, rather than one that leaves it out."""
    warning: str = ""
    """What is wrong with this sum, for the user."""
