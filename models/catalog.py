"""The names the app offers, one line each. A forgotten line is caught by a test."""

from collections.abc import Mapping
from typing import TypeVar

from market.errors import OrderError
from models.base import CostModel
from models.depth import DepthCost
from models.depth_policy import DEPTH_POLICIES
from models.execution.base import ExecutionStyle
from models.execution.market_order import MarketOrder
from models.fees import FeeModel
from models.impact.quadratic import QuadraticImpact
from models.impact.square_root import SquareRootImpact
from models.parameters import configured, parameters_of
from models.recipe import Recipe
from models.slippage.walked import WalkedSlippage
from models.spread import SpreadCost
from models.volatility.base import VolatilityEstimator
from models.volatility.ewma import EwmaVolatility
from models.volatility.realised import RealisedVolatility

MODELS: dict[str, type[CostModel]] = {
    SpreadCost.name: SpreadCost,
    DepthCost.name: DepthCost,
    WalkedSlippage.name: WalkedSlippage,
    FeeModel.name: FeeModel,
    SquareRootImpact.name: SquareRootImpact,
    QuadraticImpact.name: QuadraticImpact,
}

STYLES: dict[str, type[ExecutionStyle]] = {
    MarketOrder.name: MarketOrder,
}

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="exact",
            label="Exact walk",
            adds=(SpreadCost, DepthCost, FeeModel),
            beside=(SquareRootImpact,),
        ),
        Recipe(
            name="seed1",
            label="Earlier system S1",
            adds=(WalkedSlippage, FeeModel, QuadraticImpact),
            warning=(
                "S1's sum charges the same liquidity twice: its impact is added to a walk that "
                "already holds it. Its day volume of 5e9 is assumed for every market. Its "
                "slippage is the walk here, not the regression."
            ),
        ),
    )
}

VOLATILITIES: dict[str, type[VolatilityEstimator]] = {
    EwmaVolatility.name: EwmaVolatility,
    RealisedVolatility.name: RealisedVolatility,
}

POLICIES = DEPTH_POLICIES

T = TypeVar("T")


def recipe(name: str) -> Recipe:
    """The recipe of that name, or OrderError naming those there are."""
    return _chosen(RECIPES, "recipe", name)


def style(name: str, parameters: Mapping[str, float]) -> ExecutionStyle:
    """The order type of that name with its parameters, or OrderError."""
    return configured(_chosen(STYLES, "order type", name), parameters)


def check_parameters(parameters: Mapping[str, float]) -> None:
    """OrderError for a parameter that nothing in the catalogue has, or that is out of range."""
    if not parameters:
        return
    owners = (*MODELS.values(), *STYLES.values())
    known = {p.key: p for owner in owners for p in parameters_of(owner)}
    for key, value in parameters.items():
        if key not in known:
            raise OrderError("parameters", f"nothing is called {key!r}", ", ".join(known))
        known[key].check(value)


def _chosen(table: Mapping[str, T], field: str, name: str) -> T:
    if name not in table:
        raise OrderError(field, f"no {name!r}", ", ".join(table))
    return table[name]
