"""Another model of impact stands in the place of a recipe's own, and nothing is charged twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.errors import OrderError
from market.instrument import Side
from models.base import CostKind
from models.catalog import IMPACTS, RECIPES
from models.estimate import estimate
from models.execution.market_order import MarketOrder
from models.parameters import configured
from models.resolve import resolve
from models.sensitivity import tornado
from models.spread import SpreadCost
from models.sweep import Frozen, Listed, Sweep, plan
from tests.builders import instrument, request, state
from tests.strategies import books

PAIRS = [(recipe.name, m.name) for recipe in RECIPES.values() for m in recipe.impacts]
every_pair = pytest.mark.parametrize(("recipe", "impact"), PAIRS)
every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


def said(impact, asked, market):
    """What the model itself says about the order."""
    order = resolve(asked.order, market, asked.depth_policy)
    return configured(IMPACTS[impact], {}).estimate(MarketOrder().execute(order, asked, market))


def test_beside_the_walk_the_total_stays_and_the_information_is_the_other_models():
    # 2 coins at 101 and 102, mid 100: spread 100, depth 50, fee 10 bps of 203 on 200 = 10.15;
    # I-Star of 2 in 20,000 at 3 % a day over an hour: 0.2045 (docs/models.md)
    found = estimate(request(2.0, impact="i_star"), state(adv=20_000.0))
    beside = [part for part in found.components if not part.is_in_total]
    assert found.total_bps == pytest.approx(160.15)
    assert [part.model for part in beside] == ["i_star"]
    assert beside[0].bps == pytest.approx(0.2045, abs=5e-5)


def test_in_the_total_of_a_worked_order_it_is_added_instead():
    # fees 10.15 and I-Star 0.2045; Almgren et al. 2005 would have been 1.1594
    found = estimate(request(2.0, recipe="worked_2005", impact="i_star"), state(adv=20_000.0))
    assert found.total_bps == pytest.approx(10.3545, abs=5e-5)


@every_recipe
def test_without_a_name_the_recipe_is_its_own(recipe):
    assert recipe.with_impact("") is recipe


@every_pair
def test_one_model_of_impact_takes_the_place_of_the_one_there_was(recipe, impact):
    own = RECIPES[recipe]
    changed = own.with_impact(impact)
    for before, after in ((own.adds, changed.adds), (own.beside, changed.beside)):
        expected = [IMPACTS[impact] if model is own.impact else model for model in before]
        assert list(after) == expected
    assert [model in own.impacts for model in changed.models].count(True) == 1


@every_recipe
def test_the_models_a_total_may_have_charge_what_its_own_charges(recipe):
    if recipe.impact not in recipe.adds:
        return
    assert {model.kind for model in recipe.impacts} == {recipe.impact.kind}
    # a fit against the arrival price holds the half-spread, and none of the others does
    holding = {model.name for model in recipe.impacts} <= {"almgren_2005", "i_star"}
    assert holding != (SpreadCost in recipe.adds)


@every_recipe
def test_no_impact_is_put_where_a_walk_is_added(recipe):
    walks = {CostKind.DEPTH, CostKind.SLIPPAGE} & {model.kind for model in recipe.adds}
    assert not (walks and recipe.impact in recipe.adds)


@pytest.mark.parametrize(
    ("recipe", "impact"),
    [pair for pair in PAIRS if pair[0] != "learned"],  # no number before it has learned
)
@given(of=books(), side=st.sampled_from(Side), share=st.floats(0.01, 0.99))
@settings(max_examples=8)
def test_the_total_is_the_sum_of_its_parts_with_the_models_own_number(
    recipe, impact, of, side, share
):
    market = state(of, instrument=instrument(tick_size=0.5, lot_size=1e-9, min_size=1e-9), adv=1e5)
    amount = share * float(of.levels(side)[1].sum())
    asked = request(amount, side, recipe=recipe, impact=impact)
    found = estimate(asked, market)
    own = estimate(request(amount, side, recipe=recipe), market)
    (part,) = [c for c in found.components if c.model == impact]
    expected = said(impact, asked, market)
    assert part.bps == expected.bps
    replaced = sum(c.bps for c in own.components if c.model == RECIPES[recipe].impact.name)
    swapped = expected.bps - replaced if part.is_in_total else 0.0
    assert found.total_bps == pytest.approx(own.total_bps + swapped)


@every_recipe
@pytest.mark.parametrize("impact", [*IMPACTS, "quadratic", "permanent", "fees", "nothing"])
def test_a_name_without_a_place_is_refused_with_those_that_have_one(recipe, impact):
    allowed = [model.name for model in recipe.impacts]
    if impact in allowed:
        return
    with pytest.raises(OrderError) as error:
        estimate(request(2.0, recipe=recipe.name, impact=impact), state())
    assert error.value.field == "impact"
    assert error.value.allowed == (", ".join(allowed) or "empty, for its own")


def test_the_assumptions_that_move_the_cost_are_those_of_the_chosen_model():
    asked = request(2.0, recipe="worked_2005", impact="i_star")
    keys = {swing.key.partition(".")[0] for swing in tornado(asked, state())}
    assert "i_star" in keys and "almgren_2005" not in keys


def test_a_sweep_refuses_a_model_that_no_recipe_has_a_place_for():
    sweep = Sweep(name="t", states=Frozen(()), size=Listed((1.0,)), impacts=("fees",))
    with pytest.raises(OrderError) as error:
        plan(sweep, 1)
    assert (error.value.field, error.value.allowed) == ("impacts", ", ".join(IMPACTS))


def test_a_sweep_without_the_axis_has_no_column_of_it():
    sweep = Sweep(name="t", states=Frozen(()), size=Listed((1.0,)))
    assert "impact" not in plan(sweep, 1).columns_at(0)
