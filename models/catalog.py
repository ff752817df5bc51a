"""The names the app offers, one line each. A forgotten line is caught by a test."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from market.errors import OrderError
from models.base import CostModel
from models.depth import DepthCost
from models.depth_policy import DEPTH_POLICIES
from models.earlier_recipes import EARLIER_SYSTEMS
from models.execution.ac_schedule import AlmgrenChrissSchedule
from models.execution.base import ExecutionStyle
from models.execution.fok import FillOrKill
from models.execution.iceberg import Iceberg
from models.execution.ioc import ImmediateOrCancel
from models.execution.limit_order import LimitOrder
from models.execution.market_order import MarketOrder
from models.execution.post_only import PostOnly
from models.execution.pov import Pov
from models.execution.stop import StopLimit, StopMarket
from models.execution.twap import Twap
from models.execution.vwap import Vwap
from models.fees import FeeModel
from models.fees_at_arrival import FeesAtArrival
from models.impact.aegis import AegisImpact
from models.impact.almgren_2005 import Almgren2005Impact
from models.impact.almgren_chriss import AlmgrenChrissImpact
from models.impact.i_star import IStarImpact
from models.impact.obizhaeva_wang import ObizhaevaWangImpact
from models.impact.propagator import PropagatorImpact
from models.impact.quadratic import QuadraticImpact
from models.impact.seed2a import Seed2aImpact
from models.impact.seed2b import Seed2bImpact
from models.impact.square_root import SquareRootImpact
from models.opportunity import OpportunityCost
from models.parameters import Parameter, configured, parameters_of
from models.permanent import PermanentImpact
from models.recipe import Recipe
from models.slippage.aegis import AegisSlippage
from models.slippage.base import SlippageLearner
from models.slippage.boosted import BoostedSlippage
from models.slippage.learned import LearnedSlippage
from models.slippage.linear import LinearSlippage
from models.slippage.polynomial import PolynomialSlippage
from models.slippage.quantile import QuantileSlippage
from models.slippage.seed2a import Seed2aSlippage
from models.slippage.seed2b import Seed2bSlippage
from models.slippage.walked import WalkedSlippage
from models.spread import SpreadCost
from models.volatility.base import VolatilityEstimator
from models.volatility.bipower import BipowerVolatility
from models.volatility.ewma import EwmaVolatility
from models.volatility.garman_klass import GarmanKlassVolatility
from models.volatility.parkinson import ParkinsonVolatility
from models.volatility.realised import RealisedVolatility
from models.volatility.rogers_satchell import RogersSatchellVolatility
from models.volatility.two_scale import TwoScaleVolatility
from models.volatility.yang_zhang import YangZhangVolatility
from models.worked_recipes import BESIDE_A_SPREAD, HOLDING_THE_SPREAD, WORKED_ORDERS

MODELS: dict[str, type[CostModel]] = {
    SpreadCost.name: SpreadCost,
    DepthCost.name: DepthCost,
    WalkedSlippage.name: WalkedSlippage,
    LearnedSlippage.name: LearnedSlippage,
    FeeModel.name: FeeModel,
    SquareRootImpact.name: SquareRootImpact,
    QuadraticImpact.name: QuadraticImpact,
    AlmgrenChrissImpact.name: AlmgrenChrissImpact,
    Almgren2005Impact.name: Almgren2005Impact,
    IStarImpact.name: IStarImpact,
    PropagatorImpact.name: PropagatorImpact,
    ObizhaevaWangImpact.name: ObizhaevaWangImpact,
    Seed2aSlippage.name: Seed2aSlippage,
    Seed2bSlippage.name: Seed2bSlippage,
    AegisSlippage.name: AegisSlippage,
    FeesAtArrival.name: FeesAtArrival,
    Seed2aImpact.name: Seed2aImpact,
    Seed2bImpact.name: Seed2bImpact,
    AegisImpact.name: AegisImpact,
    PermanentImpact.name: PermanentImpact,
    OpportunityCost.name: OpportunityCost,
}

STYLES: dict[str, type[ExecutionStyle]] = {
    MarketOrder.name: MarketOrder,
    LimitOrder.name: LimitOrder,
    PostOnly.name: PostOnly,
    ImmediateOrCancel.name: ImmediateOrCancel,
    FillOrKill.name: FillOrKill,
    StopMarket.name: StopMarket,
    StopLimit.name: StopLimit,
    Iceberg.name: Iceberg,
    Twap.name: Twap,
    Vwap.name: Vwap,
    Pov.name: Pov,
    AlmgrenChrissSchedule.name: AlmgrenChrissSchedule,
}

OVER_TIME: frozenset[str] = frozenset({Twap.name, Vwap.name, Pov.name, AlmgrenChrissSchedule.name})
"""Order types that are worked over time, in parts."""

WHOLE_IMPACTS = (SquareRootImpact, *BESIDE_A_SPREAD, *HOLDING_THE_SPREAD)
"""Any of them may stand beside a walk, which charges the temporary part of all of them."""

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="exact",
            label="Exact walk",
            adds=(SpreadCost, DepthCost, FeeModel),
            beside=(SquareRootImpact,),
            waiting=(OpportunityCost,),
            impacts=WHOLE_IMPACTS,
        ),
        Recipe(
            name="learned",
            label="Learned from the tape",
            adds=(LearnedSlippage, FeeModel),
            beside=(SquareRootImpact,),
            impacts=WHOLE_IMPACTS,
            is_whole=True,
        ),
        *WORKED_ORDERS,
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
        *EARLIER_SYSTEMS,
    )
}

IMPACTS: dict[str, type[CostModel]] = {
    model.name: model for recipe in RECIPES.values() for model in recipe.impacts
}
"""Models of impact that some recipe has a place for."""

VOLATILITIES: dict[str, type[VolatilityEstimator]] = {
    EwmaVolatility.name: EwmaVolatility,
    RealisedVolatility.name: RealisedVolatility,
    ParkinsonVolatility.name: ParkinsonVolatility,
    GarmanKlassVolatility.name: GarmanKlassVolatility,
    RogersSatchellVolatility.name: RogersSatchellVolatility,
    YangZhangVolatility.name: YangZhangVolatility,
    BipowerVolatility.name: BipowerVolatility,
    TwoScaleVolatility.name: TwoScaleVolatility,
}

SLIPPAGES: dict[str, type[SlippageLearner]] = {
    LinearSlippage.name: LinearSlippage,
    PolynomialSlippage.name: PolynomialSlippage,
    QuantileSlippage.name: QuantileSlippage,
    BoostedSlippage.name: BoostedSlippage,
}

POLICIES = DEPTH_POLICIES

T = TypeVar("T")


def recipe(name: str) -> Recipe:
    """The recipe of that name, or OrderError naming those there are."""
    return _chosen(RECIPES, "recipe", name)


def recipe_for(style: str) -> str:
    """The recipe that fits an order type, for those who name none: worked over time, or sent now.

    An order type that does not exist is left for `style` to refuse.
    """
    return "schedule" if style in OVER_TIME else "exact"


def style(name: str, parameters: Mapping[str, float]) -> ExecutionStyle:
    """The order type of that name with its parameters, or OrderError."""
    return configured(_chosen(STYLES, "order type", name), parameters)


def check_parameters(parameters: Mapping[str, float]) -> None:
    """OrderError for a parameter that nothing in the catalogue has, or that is out of range."""
    if not parameters:
        return
    known = _known_parameters()
    for key, value in parameters.items():
        if key not in known:
            raise OrderError("parameters", f"nothing is called {key!r}", ", ".join(known))
        known[key].check(value)


@cache
def _known_parameters() -> Mapping[str, Parameter]:
    owners: list[type[Any]] = [*MODELS.values(), *STYLES.values()]
    return {p.key: p for owner in owners for p in parameters_of(owner)}


def _chosen(table: Mapping[str, T], field: str, name: str) -> T:
    if name not in table:
        raise OrderError(field, f"no {name!r}", ", ".join(table))
    return table[name]
