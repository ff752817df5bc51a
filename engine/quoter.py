"""A quote for a market and a request: the estimate, or why there is none."""

from dataclasses import dataclass

from engine.clock import Clock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from market.errors import BookNotReady, OrderError
from models.base import CostEstimate, MarketState, Request
from models.estimate import estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Exactly one of `estimate` and `refusal` is there."""

    state: MarketState | None
    estimate: CostEstimate | None = None
    refusal: str = ""
    """For the user: what is wrong, and the allowed range."""
    field: str = ""
    """The ticket field at fault; empty when it is the market's."""


class Quoter:
    """Prices requests on the hub's states and times it."""

    def __init__(self, hub: MarketHub, latency: LatencyMeter, clock: Clock) -> None:
        self._hub = hub
        self._latency = latency
        self._clock = clock

    def quote(self, key: MarketKey, request: Request) -> Quote:
        """Never raises for what a user or a venue can do wrong."""
        state = self._hub.state(key)
        if state is None:
            return Quote(state=None, refusal="this market is not followed; press Start")
        start = self._clock.steady_ns()
        try:
            result = estimate(request, state)
        except OrderError as error:
            return Quote(state=state, refusal=str(error), field=error.field)
        except BookNotReady as error:
            return Quote(state=state, refusal=error.reason)
        except ArithmeticError as error:
            return Quote(state=state, refusal=f"the model has no number for this input ({error})")
        self._latency.add(self._clock.steady_ns() - start)
        return Quote(state=state, estimate=result)
