"""Before anything is timed: every contender finds our touch and our costs, message after message.

One that computes something else is not a reference. The tolerance is for float64 sums in another
order; nautilus_trader, whose walk takes coins instead of money, is allowed two hundredths of a bp.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose

from benchmarks.contenders.base import Contender
from benchmarks.frames import Frames

TOLERANCE_BPS = 1e-6
COINS_TOLERANCE_BPS = 2e-2
TAKES_COINS = frozenset({"nautilus_trader"})


@dataclass(frozen=True, slots=True)
class Agreement:
    """How near a contender came, over all messages."""

    name: str
    worst_bps: float
    tolerance_bps: float


class Disagreement(Exception):
    """A contender does another job than ours."""


def same(price: float, ours: float) -> bool:
    """Equal up to the last bits: nautilus_trader keeps prices as integers of 1e-16."""
    return isclose(price, ours, rel_tol=1e-12)


def check(ours: Contender, others: Sequence[Contender], frames: Frames) -> list[Agreement]:
    """Largest distance of each contender's costs from ours, or Disagreement."""
    worst = {other.name: 0.0 for other in others}
    for each in (ours, *others):
        each.start(frames.snapshot)
    for place, frame in enumerate(frames.updates):
        ours.tick(frame)
        costs, touch = ours.costs(), ours.touch()
        for other in others:
            other.tick(frame)
            if not all(map(same, other.touch(), touch)):
                raise Disagreement(
                    f"update {place}: {other.name} has the touch {other.touch()}, ours is {touch}"
                )
            apart = max(abs(a - b) for a, b in zip(other.costs(), costs, strict=True))
            worst[other.name] = max(worst[other.name], apart)
    agreements = [
        Agreement(name, bps, COINS_TOLERANCE_BPS if name in TAKES_COINS else TOLERANCE_BPS)
        for name, bps in worst.items()
    ]
    for found in agreements:
        if found.worst_bps > found.tolerance_bps:
            raise Disagreement(f"{found.name} is {found.worst_bps:g} bps from our costs")
    return agreements
