"""One point of a run back as an order on its state: to open it in a ticket, to explain it."""

from dataclasses import dataclass

from engine.sweeps.books import unpack
from engine.sweeps.run import ChunkStore, SweepRun
from market.errors import BookNotReady, OrderError
from models.base import CostEstimate, MarketState, Request
from models.estimate import estimate
from models.fee_schedules import Schedules
from models.sweep.declaration import Frozen, changed, from_json
from models.sweep.plan import STATES_TOGETHER, plan
from models.sweep.point import request_at
from models.sweep.table import fees_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedPoint:
    """What was asked at one point, on which state, and the estimate with its explanation."""

    point: int
    request: Request
    state: MarketState
    estimate: CostEstimate | None
    refusal: str = ""
    """why there is none, for the user"""


async def priced_point(
    store: ChunkStore, run: SweepRun, point: int, own_fees: Schedules | None = None
) -> PricedPoint:
    """Price one point of a run again, with everything a ticket shows. OrderError: no such point."""
    if not run.states:
        raise OrderError("sweep", f"{run.id} has no books yet", "a moment later")
    sweep = changed(from_json(run.declaration), states=Frozen(()))
    planned = plan(sweep, run.states)
    number = int(planned.columns_at(point)["state"])
    group = unpack(await store.states(run.id, number // STATES_TOGETHER))
    state = group[number % STATES_TOGETHER]
    request, shocked = request_at(planned, point, state, fees_of([state], own_fees)[0])
    try:
        priced = estimate(request, shocked)
    except (OrderError, BookNotReady, ArithmeticError) as error:
        return PricedPoint(
            point=point, request=request, state=shocked, estimate=None, refusal=str(error)
        )
    return PricedPoint(point=point, request=request, state=shocked, estimate=priced)
