"""A sweep gives what `estimate` gives, point by point, for everything the catalogue has."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.book import BookSnapshot
from market.errors import BookNotReady, OrderError
from market.trust import Doubt, Grade
from models.catalog import IMPACTS, MODELS, POLICIES, RECIPES, STYLES
from models.estimate import estimate
from models.parameters import parameters_of
from models.sweep import (
    Frozen,
    LatinHypercube,
    Listed,
    Random,
    Scenario,
    Sweep,
    Tier,
    plan,
    swept,
)
from models.sweep.axes import Axis
from models.sweep.executed import NO_PRICE
from models.sweep.lots import floor_to_lots
from models.sweep.point import request_at
from models.sweep.shock import shocked
from models.sweep.table import fees_of
from tests.builders import book, instrument, inverse_swap, state, swap
from tests.strategies import books

LAST_DIGITS = 1e-12
"""Powers, exponentials and long sums may differ in the last digits (models/sweep/forms.py)."""
EXACT = ("exact", "seed1", "seed2a", "seed2b", "aegis")
"""Recipes of sums, products, quotients and roots: the same bits."""


def declared(**changed):
    defaults = {
        "name": "test",
        "states": Frozen(()),
        "size": Listed((0.3, 1.0, 2.9, 7.0)),
        "sides": ("buy", "sell"),
        "tiers": (Tier(maker_bps=-1.0, taker_bps=5.0), Tier(maker_bps=2.0, taker_bps=2.5)),
    }
    return Sweep(**{**defaults, **changed})


def assert_same(sweep, states, tolerance=0.0):
    """Every row against the estimate of the request that its point stands for."""
    planned, fees = plan(sweep, len(states)), fees_of(states, None)
    rows = swept(sweep, states).to_pylist()
    assert [row["point"] for row in rows] == list(range(planned.points))
    for row in rows:
        at = row["state"]
        request, market = request_at(planned, row["point"], states[at], fees[at])
        try:
            one = estimate(request, market)
        except OrderError as error:
            assert row["reason"] == error.field, row
            continue
        except (BookNotReady, ArithmeticError):
            assert row["reason"] == NO_PRICE, row
            continue
        assert row["reason"] is None, (row, one.total_bps)
        for name, value in numbers(one).items():
            if value is None or row[name] is None:
                assert value == row[name], (name, value, row)
            else:
                assert row[name] == pytest.approx(value, rel=tolerance, abs=0.0), (name, row)


def numbers(one):
    """What a row says of an estimate, by its column."""
    parts = {f"{c.kind.value}_bps": c.bps for c in one.components if c.is_in_total}
    beside = [c.bps for c in one.components if not c.is_in_total]
    return {
        "total_bps": one.total_bps,
        "low_bps": one.low_bps,
        "high_bps": one.high_bps,
        "total_quote": one.total_quote,
        "beside_bps": beside[0] if beside else None,
        "risk_bps": one.risk_bps,
        "maker_share": one.maker_share,
        "fill_probability": one.waiting.fill_probability if one.waiting else None,
        "quantity_base": one.fill.quantity,
        "filled_base": one.fill.filled,
        "notional_quote": one.notional,
        "mid": one.fill.mid,
        "average_price": one.fill.average,
        **parts,
    }


BROKEN = state(no_book=True, doubts=[Doubt(Grade.REFUSE, "gap", "an update is missing")])
STATES = (
    state(),
    state(
        book(bids=((99.5, 3.0), (99.0, 1.0)), asks=((99.5, 1.0), (101.0, 2.0), (105.0, 0.5))),
        adv=None,
    ),
    state(sigma_day=None),
    BROKEN,
)


@pytest.mark.parametrize("style", STYLES)
def test_every_order_type_recipe_and_policy_gives_what_estimate_gives(style):
    sweep = declared(order_types=(style,), recipes=tuple(RECIPES), depth_policies=tuple(POLICIES))
    assert_same(sweep, STATES, LAST_DIGITS)


@pytest.mark.parametrize("style", ["market", "limit", "twap"])
def test_every_model_of_impact_in_every_recipe_gives_what_estimate_gives(style):
    sweep = declared(order_types=(style,), recipes=tuple(RECIPES), impacts=("", *IMPACTS), tiers=())
    assert_same(sweep, STATES, LAST_DIGITS)


def test_a_parameter_of_a_model_of_impact_that_is_put_in_can_be_an_axis():
    sweep = declared(
        size=Listed((2.0,)),
        sides=("buy",),
        tiers=(),
        impacts=("", "i_star"),
        parameters={"i_star.a1": Listed((708.0, 100.0))},
    )
    rows = swept(sweep, [state()]).to_pylist()
    beside = {(row["impact"], row["i_star.a1"]): row["beside_bps"] for row in rows}
    assert beside["", 100.0] == beside["", 708.0]
    assert beside["i_star", 100.0] == pytest.approx(beside["i_star", 708.0] * 100 / 708)
    assert_same(sweep, [state()], LAST_DIGITS)


@pytest.mark.parametrize("recipe", EXACT)
def test_recipes_of_plain_arithmetic_give_the_same_bits(recipe):
    sweep = declared(
        recipes=(recipe,),
        depth_policies=tuple(POLICIES),
        sigma_day=Listed((0.01, 0.5)),
        scenarios=(Scenario("calm"), Scenario("storm", 0.3, 3.0, 2.0)),
    )
    assert_same(sweep, STATES)


@pytest.mark.parametrize("unit", ["base", "quote", "contracts"])
@pytest.mark.parametrize("listed", [instrument, swap, inverse_swap])
def test_every_unit_on_every_kind_of_instrument_gives_what_estimate_gives(unit, listed):
    coarse = listed(lot_size=0.1, min_size=0.2, min_notional=25.0)
    sizes = {"base": (0.3, 1.05, 9.0), "quote": (30.0, 333.3, 900.0), "contracts": (1.0, 30.0, 1e5)}
    sweep = declared(
        size=Listed(sizes[unit]),
        unit=unit,
        order_types=("market", "limit"),
        depth_policies=tuple(POLICIES),
        volatility_times=Listed((1.0, 2.0)),
    )
    assert_same(sweep, [state(instrument=coarse), state(instrument=listed())])


@pytest.mark.parametrize("owner", [*MODELS.values(), *STYLES.values()], ids=lambda o: o.name)
def test_every_parameter_of_the_catalogue_can_be_an_axis(owner):
    for parameter in parameters_of(owner):
        recipes = [r.name for r in RECIPES.values() if owner in r.adds + r.beside + r.waiting]
        style = owner.name if owner.name in STYLES else "market"
        if not recipes and style == "market":
            continue  # shown to users beside a sum, never in one
        between = parameter.low + 0.3 * (min(parameter.high, 50.0) - parameter.low)
        sweep = declared(
            size=Listed((0.5, 2.0)),
            recipes=tuple(recipes[:1] or ("exact",)),
            order_types=(style,),
            tiers=(),
            parameters={parameter.key: Listed((parameter.default, between))},
        )
        assert_same(sweep, STATES[:1], LAST_DIGITS)


factors: st.SearchStrategy[Axis] = st.sampled_from(
    [
        Listed((1.0,)),
        Listed((0.5, 2.0)),
        LatinHypercube(0.2, 5.0, "log"),
        Random(0.5, 2.0),
    ]
)


@given(
    of=st.lists(books(), min_size=1, max_size=3),
    sizes=st.lists(st.floats(0.01, 500.0), min_size=1, max_size=3),
    recipes=st.lists(st.sampled_from(list(RECIPES)), min_size=1, max_size=3, unique=True),
    impacts=st.lists(st.sampled_from(["", *IMPACTS]), max_size=3, unique=True),
    styles=st.lists(st.sampled_from(list(STYLES)), min_size=1, max_size=2, unique=True),
    policy=st.sampled_from(list(POLICIES)),
    sigma=st.none() | st.sampled_from([Listed((0.001, 3.0)), Random(0.01, 9.0, "log")]),
    depth=factors,
    volatility=factors,
    unit=st.sampled_from(["base", "quote"]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=25)
def test_random_sweeps_give_what_estimate_gives(
    of, sizes, recipes, impacts, styles, policy, sigma, depth, volatility, unit, seed
):
    axes = [a for a in (sigma, depth, volatility) if isinstance(a, LatinHypercube | Random)]
    sweep = declared(
        size=Listed(tuple(s * (10_000 if unit == "quote" else 1) for s in sizes)),
        unit=unit,
        recipes=tuple(recipes),
        impacts=tuple(impacts),
        order_types=tuple(styles),
        depth_policies=(policy,),
        sigma_day=sigma,
        depth_times=depth,
        volatility_times=volatility,
        samples=3 if axes else 0,
        seed=seed,
    )
    listed = instrument(tick_size=0.5, lot_size=0.001, min_size=0.01)
    assert_same(sweep, [state(one, instrument=listed) for one in of], LAST_DIGITS)


@given(
    lots=st.integers(0, 10**9),
    lot=st.sampled_from([0.1, 0.01, 1e-8, 1e-12, 1.0, 5.0, 100.0, 0.25, 0.3, 7e-5]),
    nudge=st.sampled_from([0.0, 1e-16, -1e-16, 1e-13, -1e-13, 1e-9, 0.3, 0.999999]),
)
def test_lots_are_rounded_as_one_at_a_time(lots, lot, nudge):
    listed = instrument(lot_size=lot, min_size=lot)
    size = (lots + nudge) * lot
    expected = listed.floor_to_lot(size) if size >= 0 else None
    if expected is not None:
        assert floor_to_lots(listed, np.array([size]))[0] == expected


def test_a_spread_three_times_as_wide_keeps_the_mid():
    # bid 99, ask 101: half-spread 1, so both move out by 2
    then = shocked(state(), depth_times=0.5, spread_times=3.0, volatility_times=2.0)
    assert isinstance(then.book, BookSnapshot)
    assert then.book.bid_prices.tolist() == [97.0, 96.0]
    assert then.book.ask_prices.tolist() == [103.0, 104.0]
    assert then.book.ask_sizes.tolist() == [0.5, 1.0]
    assert then.sigma_day == 0.06


def test_a_point_that_cannot_be_priced_is_a_row_with_a_reason():
    rows = swept(declared(depth_policies=("reject",)), [state(), BROKEN]).to_pylist()
    # the default book holds 3 a side: 7 is more, the broken state has no price at all
    reasons = {(row["state"], row["size"]): row["reason"] for row in rows}
    assert reasons[0, 2.9] is None
    assert reasons[0, 7.0] == "quantity"
    assert reasons[1, 0.3] == NO_PRICE
    assert all(row["total_bps"] is None for row in rows if row["reason"])


def test_what_a_sum_leaves_out_is_named():
    unknown = instrument(venue="nowhere", product="barter")
    rows = swept(declared(tiers=()), [state(instrument=unknown)]).to_pylist()
    assert {row["left_out"] for row in rows} == {"fees"}
    assert all(row["fees_bps"] is None and row["total_bps"] is not None for row in rows)


def test_states_are_left_as_they_were():
    market = state()
    before = replace(market)
    swept(declared(depth_times=Listed((0.5, 2.0)), recipes=tuple(RECIPES)), [market])
    assert market == before
    assert market.book is not None
    assert market.book.ask_sizes.tolist() == [1.0, 2.0]
