"""Every cost model in the catalogue keeps the same promises."""

import json
import math
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from market.instrument import Side
from models.base import Absent, CostComponent, CostKind
from models.catalog import MODELS
from models.execution.market_order import MarketOrder
from models.fee_schedules import custom_tier
from models.parameters import configured, parameters_of
from models.resolve import resolve
from tests.builders import request, state
from tests.strategies import books, mirrored, scaled

MEASURED = {"quadratic.measured": 1.0, "slippage_s2a.floor": 0.0}
"""So that a law about units is not disturbed by a number S1 assumed, or by S2a's floor."""

BROKEN = {
    "unit of price": {"slippage_s2b", "impact_s2b"},
    "unit of size": {"impact_s2b"},
    "split coin": {"slippage_s2b", "impact_s2b"},
    "tiny order": {"slippage_s2b", "slippage_aegis"},
}
"""Laws that earlier systems break, as their files say. A law kept after all fails here, too."""

every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def every_model_that_keeps(law):
    """Every model; those known to break the law must be seen to break it."""
    broken = pytest.mark.xfail(raises=AssertionError, reason=f"breaks the law of the {law}")
    return pytest.mark.parametrize(
        "model",
        [
            pytest.param(model, id=name, marks=[broken] if name in BROKEN[law] else [])
            for name, model in MODELS.items()
        ],
    )


sides = st.sampled_from(Side)
shares = st.floats(0.01, 0.99)


def executed(asked, market):
    return MarketOrder().execute(resolve(asked.order, market, asked.depth_policy), asked, market)


def priced(model, of, side, quantity, adv=10_000.0, parameters=MEASURED):
    """The model's component for a market order, 5 bps taker."""
    asked = request(quantity, side, tier=custom_tier(1.0, 5.0))
    market = state(of, adv=adv)
    return configured(model, parameters).estimate(executed(asked, market))


def visible(of, side):
    return float(of.levels(side)[1].sum())


@every_model
@given(of=books(), side=sides, share=st.floats(0.001, 2.0))
@settings(max_examples=40)
def test_a_number_in_its_band_or_a_reason(model, of, side, share):
    cost = priced(model, of, side, share * visible(of, side))
    assert isinstance(cost, CostComponent)
    assert cost.low_bps <= cost.bps <= cost.high_bps
    assert all(math.isfinite(x) for x in (cost.bps, cost.low_bps, cost.high_bps))
    assert all(math.isfinite(i.value) for i in cost.explanation.inputs)


@every_model
@given(of=books(), side=sides, share=shares)
@settings(max_examples=40)
def test_selling_on_a_mirrored_book_costs_the_same_as_buying(model, of, side, share):
    quantity = share * visible(of, side)
    ours = priced(model, of, side, quantity)
    theirs = priced(model, mirrored(of), side.opposite, quantity)
    # what is charged on executed value differs by the slippage itself: (1 + s) against (1 - s)
    walk = priced(MODELS["spread"], of, side, quantity).bps
    walk += priced(MODELS["depth"], of, side, quantity).bps
    assert ours.bps == pytest.approx(theirs.bps, rel=5 * walk / 1e4 + 1e-9, abs=1e-8)


@every_model_that_keeps("unit of price")
@given(of=books(), side=sides, share=shares, price=st.sampled_from([0.125, 8.0]))
@settings(max_examples=40)
def test_bps_do_not_depend_on_the_unit_of_price(model, of, side, share, price):
    quantity = share * visible(of, side)
    ours = priced(model, of, side, quantity)
    theirs = priced(model, scaled(of, price=price), side, quantity)
    assert ours.bps == pytest.approx(theirs.bps, abs=1e-8)


@every_model_that_keeps("unit of size")
@given(of=books(), side=sides, share=shares, size=st.sampled_from([0.25, 4.0]))
@settings(max_examples=40)
def test_bps_do_not_depend_on_the_unit_of_size(model, of, side, share, size):
    quantity = share * visible(of, side)
    ours = priced(model, of, side, quantity)
    theirs = priced(model, scaled(of, size=size), side, size * quantity, adv=size * 10_000.0)
    assert ours.bps == pytest.approx(theirs.bps, abs=1e-8)


@every_model_that_keeps("split coin")
@given(of=books(), side=sides, share=shares, factor=st.sampled_from([0.125, 8.0]))
@settings(max_examples=40)
def test_a_coin_split_into_parts_costs_the_same_money(model, of, side, share, factor):
    quantity = share * visible(of, side)
    parts = scaled(of, price=1 / factor, size=factor)
    adv = factor * 10_000.0
    ours = priced(model, of, side, quantity, parameters={})
    theirs = priced(model, parts, side, factor * quantity, adv=adv, parameters={})
    assert ours.bps == pytest.approx(theirs.bps, abs=1e-8)


@every_model
@given(of=books(), side=sides, small=shares, large=shares)
@settings(max_examples=40)
def test_a_larger_order_never_costs_less_money(model, of, side, small, large):
    small, large = sorted((small, large))
    everything = visible(of, side)
    costs = [
        priced(model, of, side, q).quote(q * of.mid)
        for q in (small * everything, large * everything)
    ]
    assert costs[0] <= costs[1] * (1 + 1e-9) + 1e-9 * of.mid * everything


@every_model_that_keeps("tiny order")
@given(of=books(), side=sides)
@settings(max_examples=40)
def test_a_tiny_order_pays_spread_and_fees_and_no_more(model, of, side):
    cost = priced(model, of, side, 1e-9 * visible(of, side), adv=1e6)
    half_spread = of.half_spread_bps
    expected = {
        CostKind.SPREAD: half_spread,
        CostKind.SLIPPAGE: half_spread,
        CostKind.FEES: 5.0 * (1 + side.sign * half_spread / 1e4),
    }.get(cost.kind, 0.0)
    # S1 takes its slippage on the money spent: hs (1 + hs / 1e4), at most 0.04 more at 20 bps
    slack = 0.05 if cost.kind is CostKind.SLIPPAGE else 0.02
    assert cost.bps == pytest.approx(expected, abs=slack)


@every_model
def test_the_same_execution_has_the_same_cost_and_is_left_as_it_was(model):
    market = state()
    execution = executed(request(2.0), market)
    before = (structs.replace(execution), market.book.ask_sizes.copy())
    first, second = model().estimate(execution), model().estimate(execution)
    assert first == second
    assert execution == before[0]
    assert market.book.ask_sizes.tolist() == before[1].tolist()


@every_model
def test_a_cost_explains_itself(model):
    cost = model().estimate(executed(request(2.0), state()))
    assert cost.model == model.name
    assert cost.kind is model.kind
    assert cost.explanation.formula
    assert cost.explanation.source
    assert cost.explanation.inputs


@every_model
def test_every_symbol_of_a_formula_is_explained(model):
    why = model().estimate(executed(request(2.0), state())).explanation
    assert all(i.symbol and i.meaning for i in why.inputs)
    assert len({i.symbol for i in why.inputs}) == len(why.inputs)


@every_model
def test_parameters_make_a_round_trip_through_json(model):
    chosen = model()
    values = {f"{model.name}.{k}": v for k, v in asdict(chosen).items()}
    assert configured(model, json.loads(json.dumps(values))) == chosen


@every_model
def test_every_parameter_has_a_range_around_its_default(model):
    for parameter in parameters_of(model):
        assert parameter.low <= parameter.default <= parameter.high
        assert parameter.meaning


@every_model
def test_without_volatility_and_volume_there_is_a_number_or_a_reason(model):
    market = state(sigma_day=None, adv=None)
    cost = model().estimate(executed(request(2.0), market))
    assert isinstance(cost, CostComponent) or (isinstance(cost, Absent) and cost.reason)
