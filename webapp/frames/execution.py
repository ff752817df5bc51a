"""How an order is carried out, as its page is sent it: taken, resting, cancelled, over time."""

from collections.abc import Iterator

from models.base import Child, CostEstimate, CostKind, Trigger, Waiting
from webapp import format as fmt

Pair = tuple[str, str, str]
"""Label, text, look."""


def carried_out(estimate: CostEstimate | None) -> list[Pair]:
    """What the order type makes of the order; nothing where there is no estimate."""
    return list(_pairs(estimate)) if estimate else []


def _pairs(estimate: CostEstimate) -> Iterator[Pair]:
    instrument, fill = estimate.instrument, estimate.fill
    if estimate.trigger:
        yield from _trigger(estimate, estimate.trigger)
    crossing = "Taken, over time" if estimate.children else f"Taken {_when(estimate)}"
    yield crossing, _of(estimate.taken, fill.quantity, estimate), ""
    if estimate.waiting:
        yield from _waiting(estimate, estimate.waiting)
    if estimate.cancelled > 0:
        yield "Cancelled", _of(estimate.cancelled, fill.quantity, estimate), "is-warn"
    yield "Maker share", fmt.percent(estimate.maker_share), ""
    opportunity = estimate.component(CostKind.OPPORTUNITY)
    if opportunity:
        yield "Opportunity", f"{fmt.bps(opportunity.bps)} bps", ""
    if estimate.children:
        yield "Parts", _parts(estimate.children), ""
        largest = max(child.filled for child in estimate.children)
        yield "Largest part", fmt.quantity(largest, instrument), ""
    if estimate.risk_bps is not None:
        yield "Timing risk", f"± {fmt.bps(estimate.risk_bps)} bps", ""


def _when(estimate: CostEstimate) -> str:
    """When an order takes what it takes at once."""
    return "then" if estimate.trigger else "now"


def _waiting(estimate: CostEstimate, waiting: Waiting) -> Iterator[Pair]:
    instrument = estimate.instrument
    yield "Rests", _of(waiting.quantity, estimate.fill.quantity, estimate), ""
    yield "At price", fmt.price(waiting.price, instrument), ""
    yield "Queue ahead", fmt.quantity(waiting.queue_ahead, instrument), ""
    within = f"within {fmt.age(waiting.horizon_s)}"
    yield "Chance of a fill", f"{fmt.percent(waiting.fill_probability)} {within}", ""
    span = f"{fmt.percent(waiting.low_probability)} … {fmt.percent(waiting.touch_probability)}"
    yield "Back … front of queue", span, ""
    median = waiting.median_s
    yield "Half of fills by", fmt.age(median) if median is not None else "none expected", ""


def _trigger(estimate: CostEstimate, trigger: Trigger) -> Iterator[Pair]:
    yield "Trigger", fmt.price(trigger.price, estimate.instrument), ""
    within = f"within {fmt.age(trigger.horizon_s)}"
    yield "Chance of the trigger", f"{fmt.percent(trigger.probability)} {within}", ""


def _of(part: float, whole: float, estimate: CostEstimate) -> str:
    return f"{fmt.quantity(part, estimate.instrument)} · {fmt.share(part, whole)}"


def _parts(children: tuple[Child, ...]) -> str:
    last = children[-1].start_s
    return f"{fmt.count(len(children))}, the last after {fmt.age(last)}"
