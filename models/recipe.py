"""Which cost models may be added up without charging the same thing twice."""

from dataclasses import dataclass, replace

from market.errors import OrderError
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
    impacts: tuple[type[CostModel], ...] = ()
    """Models of impact that may stand in the place of the recipe's own, which is one of them.
    Empty: its impact cannot be another one."""
    is_whole: bool = False
    """True: without one of `adds` there is no total at all, rather than one that leaves it out."""
    warning: str = ""
    """What is wrong with this sum, for the user."""

    @property
    def models(self) -> tuple[type[CostModel], ...]:
        """All that may take part."""
        return self.adds + self.waiting + self.beside

    @property
    def impact(self) -> type[CostModel] | None:
        """Its own model of impact, where another one may stand in its place."""
        return next((model for model in self.models if model in self.impacts), None)

    def with_impact(self, name: str) -> "Recipe":
        """The same sum with another model of impact in the place of its own; empty = its own.

        Nothing is charged twice: the other stands where its own stood, in the total or beside it,
        so there is still one. In a total, all models of a recipe charge the same things: they
        hold the half-spread, or they all leave it to the spread that the recipe adds. OrderError
        for a name that the recipe has no place for.
        """
        if not name:
            return self
        named = {model.name: model for model in self.impacts}
        if name not in named:
            allowed = ", ".join(named) or "empty, for its own"
            raise OrderError("impact", f"{name!r} has no place in recipe {self.name}", allowed)
        own, other = self.impact, named[name]

        def placed(models: tuple[type[CostModel], ...]) -> tuple[type[CostModel], ...]:
            return tuple(other if model is own else model for model in models)

        return replace(self, adds=placed(self.adds), beside=placed(self.beside))
