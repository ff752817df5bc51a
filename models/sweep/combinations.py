"""The choices of a block that are taken one after the other: what is summed, and which orders.

Orders differ by order type and depth policy; a recipe and its model of impact only say which costs
of them are added, so one carrying out serves all of these.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

from models.sweep.cells import Block
from models.sweep.executed import Executed, executed
from models.sweep.plan import LOOPED


def combinations(block: Block) -> Iterator[tuple[Executed, tuple[str, str], tuple[Any, ...]]]:
    """(orders, recipe and impact, place in the results); orders are carried out once."""
    dimensions = range(len(block.plan.dimensions))
    chosen = {n: block.values(n) if block.has(n) else (None, ("",)) for n in LOOPED}
    sums = list(product(*(enumerate(chosen[name][1]) for name in ("recipe", "impact"))))
    for t, style in enumerate(chosen["order_type"][1]):
        for p, policy in enumerate(chosen["depth_policy"][1]):
            orders = executed(block, style, policy)
            for (r, recipe), (i, impact) in sums:
                at = dict(zip((chosen[name][0] for name in LOOPED), (r, i, t, p), strict=True))
                place = tuple(slice(None) if n in block.axes else at[n] for n in dimensions)
                yield orders, (recipe, impact), place
