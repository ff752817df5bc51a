"""What a sweep will take, from what others took: points counted, seconds and bytes estimated.

    seconds = points * point_s  +  orders carried out one by one * order_s
            + prices asked one by one * model_s                              all of it per worker
    bytes   = points * columns that vary * bytes_of_number

The constants were measured with `make bench` on two cores; progress shows the true rate.
"""

from math import prod

from engine.sweeps.run import Budget, Preview
from market.errors import OrderError
from models.sweep.evaluate import measures_of
from models.sweep.forms import FORMS
from models.sweep.plan import FACTORED_STYLES, Plan, models_of

POINT_S = 1.5e-6
"""Evaluated, compressed and kept."""
ORDER_S = 2.5e-4
MODEL_S = 2e-4
"""One model without an array form, asked for one order."""
NUMBER_BYTES = 3.0
START_S = 1.5
"""Until the workers are there."""


def preview(planned: Plan, workers: int) -> Preview:
    """Everything that can be said before the first point is priced."""
    points = planned.points
    free = ("recipe", "impact", "order_type", "tier")
    sizes = [d.size for d in planned.dimensions if not any(c in free for c in d.columns)]
    styles = planned.sweep.order_types
    orders = prod(sizes) * sum(style not in FACTORED_STYLES for style in styles)
    sweep = planned.sweep
    models = [model for name in sweep.recipes for model in models_of(name, sweep.impacts)]
    alone = sum(model not in FORMS for model in models)
    asked = prod(sizes) * len(styles) * alone
    work_s = points * POINT_S + orders * ORDER_S + asked * MODEL_S
    seconds = START_S + work_s / max(1, workers)
    columns = len(measures_of(planned))
    return Preview(
        points=points,
        states=planned.shape[0],
        chunks=planned.chunk_count,
        seconds=seconds,
        size_bytes=round(points * columns * NUMBER_BYTES),
        is_factored=planned.is_factored,
    )


def check(found: Preview, budget: Budget) -> None:
    """OrderError for a sweep over budget, naming what would fit."""
    if found.points > budget.points:
        raise OrderError(
            "points",
            f"are {found.points:,}",
            f"at most {budget.points:,} (FATHOM_SWEEP_POINTS); shorten an axis",
        )
    if found.size_bytes > budget.size_bytes:
        raise OrderError(
            "size",
            f"of the results would be about {found.size_bytes >> 20:,} MiB",
            f"at most {budget.size_bytes >> 20:,} MiB (FATHOM_SWEEP_MIB)",
        )
