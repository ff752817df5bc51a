"""What do several takes cost on a book that refills between them?

    D_k   = (D_{k-1} + n_{k-1}) exp(-gap / refill)        taken and not yet replaced (base)
    money = C(D_k + n_k) - C(D_k)                         C: models/depth_curve.py

n_k      base of the k-th take         gap     time since the one before (s)
refill   time in which the missing depth falls to 1/e (s); 0 = refilled at once
Source: exponential resilience (Obizhaeva & Wang 2013) on the book as it stands instead of a block.
Wrong when: the book does not come back to what it was; others move the price meanwhile.
Example: asks 100 x 1, 101 x 1; two takes of 1. Refilled at once: 100 + 100. Never: 100 + 101.
"""

from collections.abc import Sequence
from math import exp

import numpy as np

from models.base import Child
from models.depth_curve import DepthCurve


def work(
    curve: DepthCurve, quantities: Sequence[float], starts_s: Sequence[float], refill_s: float
) -> tuple[Child, ...]:
    """The takes in order, those of nothing left out; `filled` is what the book holds then."""
    sent: list[tuple[float, float, float, float]] = []
    missing, before, visible = 0.0, 0.0, curve.visible
    for quantity, start in zip(quantities, starts_s, strict=True):
        missing *= exp(-(start - before) / refill_s) if refill_s > 0 else 0.0
        before = start
        if quantity > 0:
            filled = min(quantity, visible - missing)
            sent.append((start, quantity, filled, missing))
            missing += filled
    if not sent:
        return ()
    taken, gone = np.array(sent)[:, 2:].T
    money = (curve.cost(gone + taken) - curve.cost(gone)).tolist()
    return tuple(
        Child(
            start_s=start,
            quantity=quantity,
            filled=filled,
            average=paid / filled if filled > 0 else curve.last,
        )
        for (start, quantity, filled, _), paid in zip(sent, money, strict=True)
    )
