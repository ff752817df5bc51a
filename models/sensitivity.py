"""Which assumption moves the estimate most?

    swing = total(input at its high end) - total(input at its low end)          bps

Each input is moved alone, the others stay. Measured and typed inputs move by how far such
measurements usually differ: volatility by a quarter, the day's volume by half, the depth of the
book from half to double. A constant of a model or of a schedule goes from half to double, within
the range its field allows; a switch goes from off to on.
Source: one-at-a-time analysis (a tornado chart). Wrong when: inputs move together.
Example: `exact` on a market order: depth moves the depth component, nothing moves the spread.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from market.book import BookSnapshot
from market.errors import BookNotReady, OrderError
from market.instrument import Floats
from models import catalog
from models.base import CostEstimate, CostKind, MarketState, Request
from models.estimate import estimate
from models.parameters import Parameter, parameters_of

SIGMA_FRAC = 0.25
ADV_FRAC = 0.5
HALF, DOUBLE = 0.5, 2.0
ASSUMPTIONS_OF_STYLES = ("refill_s",)
"""Fields of order types that are assumptions about the market, not choices of the trader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """One input at its two ends."""

    key: str
    meaning: str
    unit: str
    low: float
    base: float
    high: float
    low_bps: float
    """the total with the input at `low`"""
    high_bps: float
    components: tuple[tuple[CostKind, float, float], ...]
    """(kind, bps at low, bps at high) of every component that moves"""

    @property
    def swing_bps(self) -> float:
        """From one end to the other."""
        return self.high_bps - self.low_bps


@dataclass(frozen=True, slots=True)
class _Input:
    key: str
    meaning: str
    unit: str
    low: float
    base: float
    high: float
    moved: Callable[[float], tuple[Request, MarketState]]


def tornado(request: Request, state: MarketState) -> tuple[Swing, ...]:
    """Swings of all assumptions, largest first; those that cannot be priced are left out."""
    swings = [swing for one in _inputs(request, state) if (swing := _swing(one)) is not None]
    return tuple(sorted(swings, key=lambda swing: -abs(swing.swing_bps)))


def _swing(one: _Input) -> Swing | None:
    try:
        low, high = (estimate(*one.moved(value)) for value in (one.low, one.high))
    except (OrderError, BookNotReady):
        return None
    return Swing(
        key=one.key,
        meaning=one.meaning,
        unit=one.unit,
        low=one.low,
        base=one.base,
        high=one.high,
        low_bps=low.total_bps,
        high_bps=high.total_bps,
        components=tuple(_moved_components(low, high)),
    )


def _moved_components(
    low: CostEstimate, high: CostEstimate
) -> Iterator[tuple[CostKind, float, float]]:
    for component in low.components:
        other = high.component(component.kind)
        if other is not None and other.bps != component.bps:
            yield component.kind, component.bps, other.bps


def _inputs(request: Request, state: MarketState) -> Iterator[_Input]:
    sigma = request.sigma_day if request.sigma_day is not None else state.sigma_day
    if sigma is not None:
        low, high = sigma * (1 - SIGMA_FRAC), sigma * (1 + SIGMA_FRAC)
        yield _Input(
            "sigma_day",
            "volatility",
            "1/√day",
            low,
            sigma,
            high,
            lambda value: (replace(request, sigma_day=value), state),
        )
    if state.adv:
        low, high = state.adv * (1 - ADV_FRAC), state.adv * (1 + ADV_FRAC)
        yield _Input(
            "adv",
            "traded per day",
            "base/day",
            low,
            state.adv,
            high,
            lambda value: (request, replace(state, adv=value)),
        )
    if state.book is not None:
        book = state.book
        yield _Input(
            "depth",
            "size on every level of the book",
            "×",
            HALF,
            1.0,
            DOUBLE,
            lambda value: (request, replace(state, book=_deeper(book, value))),
        )
    for one in _assumed(request):
        yield _of_parameter(one, request, state)


def _assumed(request: Request) -> Iterator[Parameter]:
    recipe = catalog.recipe(request.recipe).with_impact(request.impact)
    for model in dict.fromkeys(recipe.models):
        yield from (one for one in parameters_of(model) if _has_range(one, request))
    style = type(catalog.style(request.style, {}))
    for one in parameters_of(style):
        if one.key.partition(".")[2] in ASSUMPTIONS_OF_STYLES and _has_range(one, request):
            yield one


def _has_range(one: Parameter, request: Request) -> bool:
    return bool(request.parameters.get(one.key, one.default)) or _is_switch(one)


def _is_switch(one: Parameter) -> bool:
    return (one.low, one.high) == (0.0, 1.0) and one.default in (0.0, 1.0)


def _of_parameter(one: Parameter, request: Request, state: MarketState) -> _Input:
    base = request.parameters.get(one.key, one.default)
    low, high = max(one.low, HALF * base), min(one.high, DOUBLE * base)
    if _is_switch(one):
        low, high = one.low, one.high

    def moved(value: float) -> tuple[Request, MarketState]:
        return replace(request, parameters={**request.parameters, one.key: value}), state

    return _Input(one.key, one.meaning, one.unit, low, base, high, moved)


def _deeper(book: BookSnapshot, factor: float) -> BookSnapshot:
    def scaled(sizes: Floats) -> Floats:
        larger: Floats = sizes * factor
        larger.flags.writeable = False
        return larger

    return replace(book, bid_sizes=scaled(book.bid_sizes), ask_sizes=scaled(book.ask_sizes))
