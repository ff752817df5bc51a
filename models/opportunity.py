"""What does waiting cost, when a resting order does not fill by its deadline?

    opportunity = w (p d + (1 - p) (A - b)) / mid * 1e4          bps
    w = resting / (taken + resting)

p      chance of a fill by the deadline        d   distance from the mid to the limit price, passive
b, A   first and mean price of crossing with all that rests, on the book as it stands (quote/base)
A price without drift is, on average, where it was: what fills give (-d), misses take back, so the
move that is missed costs p d on average. (1 - p)(A - b) is the depth met when crossing late; its
half-spread and fee are in those components, with weight 1 - p. In sum, resting saves spread, depth
and the higher fee with the chance p, and nothing else.
The band holds all of that: the total if the order were at the back of the queue, and at its front.
Source: optional stopping; adverse selection at its smallest (models/fill/first_passage.py).
Wrong when: those who trade against us know more: then fills come before worse prices still.
Example: rests with all at 99, mid 100, ask 101 deep: p = 1/2 costs 0.5 * 1 / 100 = 50 bps, just as
much as the fills save; left is the half-spread of the misses.
"""

from dataclasses import dataclass
from typing import ClassVar

from market.errors import OrderError
from market.units import BPS
from models.base import CostComponent, CostKind, Execution, Explanation, Input, Origin, Waiting
from models.fees import fees_for
from models.fill.first_passage import missed_move


@dataclass(frozen=True, slots=True)
class OpportunityCost:
    """The price of not being filled."""

    name: ClassVar[str] = "opportunity"
    kind: ClassVar[CostKind] = CostKind.OPPORTUNITY

    def estimate(self, execution: Execution) -> CostComponent:
        """Nothing where nothing waits."""
        waiting, fill = execution.waiting, execution.fill
        inputs: tuple[Input, ...] = (
            Input("w", "share that rests", execution.resting / fill.filled, "", Origin.MEASURED),
        )
        bps = low = high = 0.0
        if waiting is not None:
            bps = _bps(execution, waiting)
            low = bps + _change(execution, waiting, waiting.touch_probability)
            high = bps + _change(execution, waiting, waiting.low_probability)
            low, high = min(low, bps, high), max(low, bps, high)
            inputs += _inputs(execution, waiting)
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=low,
            high_bps=high,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · w · (p · d + (1 − p) · side · (A − b)) / mid",
                inputs=inputs,
                source="price without drift, crossing at the deadline; chance of a fill by first "
                "passage and queue",
                caveat="Indicative: chances of a fill made from a model are poor proxies.",
            ),
        )


def _share(execution: Execution, waiting: Waiting) -> float:
    return waiting.quantity / execution.fill.filled


def _distance(execution: Execution, waiting: Waiting) -> float:
    return execution.fill.side.sign * (execution.fill.mid - waiting.price)


def _late_depth(execution: Execution, waiting: Waiting) -> float:
    """Beyond the first price, per unit (quote/base)."""
    return execution.fill.side.sign * (waiting.completion_average - waiting.completion_best)


def _bps(execution: Execution, waiting: Waiting) -> float:
    filled = waiting.fill_probability
    missed = missed_move(_distance(execution, waiting), filled)
    late = (1 - filled) * _late_depth(execution, waiting)
    return BPS * _share(execution, waiting) * (missed + late) / execution.fill.mid


def _change(execution: Execution, waiting: Waiting, filled: float) -> float:
    """How the total moves when the chance of a fill is another (bps)."""
    fill = execution.fill
    crossing = fill.side.sign * (waiting.completion_best - fill.mid)
    saved = crossing + _late_depth(execution, waiting) + _inside(execution, waiting)
    bps = BPS * saved / fill.mid + _fee_difference(execution)
    return (waiting.fill_probability - filled) * _share(execution, waiting) * bps


def _inside(execution: Execution, waiting: Waiting) -> float:
    """A limit price beyond the mid pays for the distance when it fills (quote/base, <= 0)."""
    return min(_distance(execution, waiting), 0.0)


def _fee_difference(execution: Execution) -> float:
    try:
        _, tier = fees_for(execution.request, execution.state.instrument)
    except OrderError:
        return 0.0
    return tier.taker_bps - tier.maker_bps


def _inputs(execution: Execution, waiting: Waiting) -> tuple[Input, ...]:
    fill = execution.fill
    return (
        Input("p", "chance of a fill", waiting.fill_probability, "", Origin.ASSUMED),
        Input(
            "touch", "chance at the queue's front", waiting.touch_probability, "", Origin.ASSUMED
        ),
        Input("through", "chance at its back", waiting.low_probability, "", Origin.ASSUMED),
        Input("d", "limit price below mid", _distance(execution, waiting), "quote/base", _M),
        Input("A", "mean price of crossing", waiting.completion_average, "quote/base", _M),
        Input("b", "first price of crossing", waiting.completion_best, "quote/base", _M),
        Input("T", "deadline", waiting.horizon_s, "s", Origin.TYPED),
        Input("mid", "arrival price", fill.mid, "quote/base", _M),
    )


_M = Origin.MEASURED
