"""What every order type is: an order carried out on a state.

An order type is a frozen dataclass. Its fields, made with models.parameters.parameter, are what
a ticket asks for; models.parameters.parameters_of lists them with unit and range.
"""

from typing import ClassVar, Protocol

from market.instrument import Side
from models.base import Execution, MarketState, Origin, Request
from models.resolve import Resolved


class ExecutionStyle(Protocol):
    """One order type."""

    name: ClassVar[str]
    label: ClassVar[str]

    def own_price(self, side: Side, state: MarketState) -> float | None:
        """The price (quote/base) at which an amount in money means base; None: as it is walked."""
        ...

    def execute(self, order: Resolved, request: Request, state: MarketState) -> Execution:
        """What is filled and by which means; raises OrderError where the order cannot be."""
        ...


class AtAnyPrice:
    """An order type without a price of its own: an amount in money is walked on the book."""

    __slots__ = ()

    def own_price(self, side: Side, state: MarketState) -> float | None:
        """None."""
        return None


def sigma_of(request: Request, state: MarketState) -> tuple[float | None, Origin]:
    """The volatility an order is priced with, and where it comes from: typed, else measured."""
    if request.sigma_day is not None:
        return request.sigma_day, Origin.TYPED
    return state.sigma_day, Origin.MEASURED
