"""What does this order cost now? The only place where costs are added.

    total = sum of the components that the recipe adds, each kind once

exact   spread + depth + fees for a market order: the walk is the temporary impact, so no impact is
        added to it; the square-root law stands beside the total
Fails closed: an untrusted book raises BookNotReady with the reason, never an old or a zero number.
"""

from collections.abc import Iterator
from math import ceil, isfinite, log10

from market.errors import BookNotReady
from market.units import BPS
from models import catalog
from models.base import (
    Absent,
    CostComponent,
    CostEstimate,
    CostKind,
    Execution,
    MarketState,
    Request,
)
from models.fees import age_warning
from models.parameters import configured
from models.recipe import Recipe
from models.resolve import Resolved, priced_book, resolve
from models.volatility.limits import check_sigma_day, sigma_warning


def estimate(request: Request, state: MarketState) -> CostEstimate:
    """Price one request. Raises OrderError (the user's) or BookNotReady (wait)."""
    book = priced_book(state)
    recipe = catalog.recipe(request.recipe)
    catalog.check_parameters(request.parameters)
    style = catalog.style(request.style, request.parameters)
    if request.sigma_day is not None:
        check_sigma_day(request.sigma_day)
    order = resolve(request.order, state, request.depth_policy, style.own_price)
    execution = style.execute(order, request, state)
    recipe = recipe.with_impact(request.impact)
    components, absent = _priced(recipe, execution)
    added = [c for c in components if c.is_in_total]
    if not all(isfinite(c.bps) and isfinite(c.low_bps) and isfinite(c.high_bps) for c in added):
        raise BookNotReady("the cost on this book is no finite number")
    return CostEstimate(
        source=state.source,
        instrument=state.instrument,
        request=request,
        fill=execution.fill,
        requested=order.requested,
        components=components,
        absent=absent,
        total_bps=sum(c.bps for c in added),
        low_bps=sum(c.low_bps for c in added),
        high_bps=sum(c.high_bps for c in added),
        maker_share=execution.maker_share,
        warnings=tuple(_warnings(recipe, order, execution, absent)),
        trust=state.trust,
        book_seq=book.seq,
        as_of_ns=state.as_of_ns,
        waiting=execution.waiting,
        trigger=execution.trigger,
        children=execution.children,
        risk_bps=execution.risk_bps,
    )


def _priced(
    recipe: Recipe, execution: Execution
) -> tuple[tuple[CostComponent, ...], tuple[Absent, ...]]:
    parameters = execution.request.parameters
    components: list[CostComponent] = []
    absent: list[Absent] = []
    added = recipe.adds + (recipe.waiting if execution.waiting else ())
    for model in added + recipe.beside:
        priced = configured(model, parameters).estimate(execution)
        if isinstance(priced, Absent):
            if recipe.is_whole and model in recipe.adds and model.kind is not CostKind.FEES:
                raise BookNotReady(priced.reason)
            absent.append(priced)
        else:
            components.append(priced if model in added else priced.beside_total())
    return tuple(components), tuple(absent)


def _warnings(
    recipe: Recipe, order: Resolved, execution: Execution, absent: tuple[Absent, ...]
) -> Iterator[str]:
    """Everything the user should know before believing the number."""
    state, request = execution.state, execution.request
    yield from (doubt.text for doubt in state.trust.doubts)
    if recipe.warning:
        yield recipe.warning
    added = {model.name for model in recipe.adds}
    yield from (
        f"The total leaves out {gap.kind.replace('_', ' ')}: {gap.reason}."
        for gap in absent
        if gap.model in added
    )
    yield from execution.notes
    yield from _size_warnings(order, execution)
    old = age_warning(request, state)
    if old:
        yield old
    if state.sigma_warning and request.sigma_day is None:
        yield f"{state.sigma_warning} Type a volatility to replace it."
    if execution.sigma_day is not None:
        absurd = sigma_warning(execution.sigma_day)
        if absurd:
            yield absurd


def _size_warnings(order: Resolved, execution: Execution) -> Iterator[str]:
    fill, instrument = execution.fill, execution.state.instrument
    # Against its own mid: a stop order is priced on this book moved to its trigger.
    reach = fill.side.sign * (order.curve.last - order.curve.mid) / order.curve.mid * BPS
    ends = f"The visible book ends {reach:.4g} bps from the mid"
    if fill.unfilled > 0 and execution.shortfall:
        yield execution.shortfall
    elif fill.unfilled > 0:
        yield (
            f"{ends}: {fill.filled:.8g} of {fill.quantity:.8g} {instrument.base} filled, "
            f"{fill.unfilled:.8g} unfilled."
        )
    if fill.beyond > 0:
        yield (
            f"{ends}: {fill.beyond:.8g} {instrument.base} beyond it are priced by a guess "
            f"({order.policy.label.lower()})."
        )
    if order.requested - order.quantity > ROUNDING_SHOWN * order.requested:
        unit = "contracts" if instrument.has_contracts else instrument.base
        lot = f"lot {instrument.lot_size:g}"
        typed, rounded = _told_apart(order.requested, order.quantity)
        yield f"Rounded down from {typed} to {rounded} {instrument.base} ({lot} {unit})."


def _told_apart(larger: float, smaller: float) -> tuple[str, str]:
    """Both numbers with the digits that show their difference, eight at least."""
    digits = 8 + max(0, ceil(-log10((larger - smaller) / larger)) - 7)
    return f"{larger:.{digits}g}", f"{smaller:.{digits}g}"


ROUNDING_SHOWN = 1e-9
"""Relative; below this it is float64, not rounding."""
