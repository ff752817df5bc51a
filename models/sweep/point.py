"""One point of a sweep as an order on a state: what `estimate` would be asked, and the ticket."""

from dataclasses import replace
from typing import Any

from market.fee_schedule import FeeSchedule
from market.instrument import Side
from market.order import Order
from models.base import MarketState, Request
from models.sweep.cells import tier_of
from models.sweep.declaration import Scenario, Tier
from models.sweep.plan import SHOCKS, Plan
from models.sweep.shock import shocked


def request_at(
    plan: Plan, point: int, state: MarketState, fees: FeeSchedule | None
) -> tuple[Request, MarketState]:
    """The request, and the state (that of the point) with its shocks."""
    columns = plan.columns_at(point)
    scenario: Scenario = columns.get("scenario", Scenario(name="as it was"))
    depth, spread, volatility = (
        float(columns.get(name, 1.0)) * getattr(scenario, name) for name in SHOCKS
    )
    typed = columns.get("sigma_day")
    tier: Tier = columns.get("tier", Tier())
    request = Request(
        order=Order(
            side=Side(columns["side"]), amount=float(columns["size"]), unit=plan.sweep.unit
        ),
        recipe=columns["recipe"],
        style=columns["order_type"],
        depth_policy=columns["depth_policy"],
        fees=fees,
        tier=tier_of(tier, fees),
        sigma_day=None if typed is None else float(typed) * volatility,
        parameters=_used(plan, columns),
        impact=columns.get("impact", ""),
    )
    return request, replace(
        shocked(state, depth, spread),
        sigma_day=None if state.sigma_day is None else state.sigma_day * volatility,
    )


def _used(plan: Plan, columns: dict[str, Any]) -> dict[str, float]:
    return {name: float(columns[name]) for name in plan.sweep.parameters}
