"""A number beside the cost with its explanation, and what such explanations have in common."""

import msgspec

from models.base import CostEstimate, Explanation, Input, MarketState, Origin

MEASURED, TYPED, ASSUMED, PUBLISHED = (
    Origin.MEASURED,
    Origin.TYPED,
    Origin.ASSUMED,
    Origin.PUBLISHED,
)
WALK = "walk of the visible book, exact for this instant (models/walk.py)"


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """One number with its explanation."""

    label: str
    value: float
    unit: str
    explanation: Explanation


def number(
    label: str,
    value: float,
    unit: str,
    formula: str,
    source: str,
    *inputs: Input,
    caveat: str = "",
) -> Number:
    """The number, made from what is said of it."""
    why = Explanation(formula=formula, inputs=inputs, source=source, caveat=caveat)
    return Number(label=label, value=value, unit=unit, explanation=why)


def sigma(of: CostEstimate, state: MarketState) -> tuple[float, Origin]:
    """Volatility that was used (0 = none), and whether it was typed or measured."""
    typed = of.request.sigma_day
    return (typed, TYPED) if typed is not None else (state.sigma_day or 0.0, MEASURED)


def ways(of: CostEstimate) -> str:
    """How the prices of a fill came about."""
    if of.children:
        return "parts taken from a book that refills (models/planning/refill.py)"
    return "expectation over fill and no fill (models/execution)" if of.waiting else WALK


def of_fill(of: CostEstimate) -> Origin:
    """Whether the fill was read off the book or is expected."""
    is_walked = of.waiting is None and not of.children and not of.fill.beyond
    return MEASURED if is_walked else ASSUMED


def expected(of: CostEstimate) -> str:
    """A caveat for a fill that is expected."""
    return "" if of_fill(of) is MEASURED else "An expectation, not a promise of the book."


def quote(of: CostEstimate) -> str:
    """Unit of money."""
    return of.instrument.quote


def base(of: CostEstimate) -> str:
    """Unit of quantity."""
    return of.instrument.base


def price(of: CostEstimate) -> str:
    """Unit of price."""
    return f"{of.instrument.quote}/{of.instrument.base}"
