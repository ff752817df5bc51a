"""The one place where costs are added."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import BookNotReady, OrderError
from market.instrument import Side
from market.order import Unit
from market.trust import Doubt, Grade
from models.base import CostKind
from models.catalog import RECIPES, STYLES
from models.estimate import estimate
from models.fee_schedules import custom_tier
from models.preview import as_preview
from tests.builders import book, instrument, request, state, swap
from tests.strategies import books

ORDERS = st.builds(
    request,
    amount=st.floats(0.01, 3000.0),
    side=st.sampled_from(Side),
    unit=st.sampled_from([Unit.BASE, Unit.QUOTE]),
    recipe=st.sampled_from(["exact", "seed1"]),
    depth_policy=st.sampled_from(["partial", "extrapolate", "penalty"]),
)


def test_ten_swap_contracts_cost_the_same_as_a_tenth_of_a_coin():
    market = state(instrument=swap())
    contracts = estimate(request(10, unit=Unit.CONTRACTS), market)
    coins = estimate(request(0.1), market)
    assert contracts.fill == coins.fill
    assert contracts.components == coins.components
    assert contracts.total_bps == coins.total_bps


def test_the_exact_total_by_hand():
    # buying 2: (101 + 102) / 2 = 101.5 against 100
    # spread 100, depth 50, fees 10 * 101.5 / 100 = 10.15 bps of 200: 3.203
    priced = estimate(request(2.0), state())
    assert priced.total_bps == pytest.approx(160.15)
    assert priced.total_quote == pytest.approx(3.203)
    assert priced.component(CostKind.SPREAD).bps == pytest.approx(100.0)
    assert priced.component(CostKind.DEPTH).bps == pytest.approx(50.0)


def test_the_exact_total_does_not_charge_impact_again():
    priced = estimate(request(2.0), state())
    impact = priced.component(CostKind.PERMANENT_IMPACT)
    assert impact.is_in_total is False
    assert priced.total_bps == pytest.approx(
        sum(c.bps for c in priced.components if c is not impact)
    )


def test_the_sum_of_s1_by_hand():
    # 203 quote buy 2 at 101.5: slippage (101.5 - 100) / 100 = 1.5 % of 203 = 3.045
    # fee 0.1 % of 203 = 0.203; impact 0.5 * 0.02 * (203 / 5e9) * 203 = 8.2418e-8
    of = request(203, unit=Unit.QUOTE, recipe="seed1", sigma_day=0.02)
    priced = estimate(of, state())
    assert priced.total_quote == pytest.approx(3.248 + 8.2418e-8, rel=1e-12)
    assert priced.component(CostKind.IMPACT).quote(priced.notional) == pytest.approx(8.2418e-8)


def test_the_sum_of_s1_says_what_is_wrong_with_it():
    priced = estimate(request(recipe="seed1"), state())
    assert any("charges the same liquidity twice" in w for w in priced.warnings)


@given(of=books(), asked=ORDERS)
def test_components_in_the_total_add_up_to_it(of, asked):
    priced = estimate(asked, state(of))
    added = [c for c in priced.components if c.is_in_total]
    assert priced.total_bps == pytest.approx(sum(c.bps for c in added))
    assert priced.total_quote == pytest.approx(sum(c.quote(priced.notional) for c in added))


@given(of=books(), asked=ORDERS)
def test_each_kind_of_cost_stands_once(of, asked):
    priced = estimate(asked, state(of))
    kinds = [c.kind for c in priced.components] + [a.kind for a in priced.absent]
    assert len(set(kinds)) == len(kinds)


@given(of=books(), asked=ORDERS)
def test_spread_and_depth_are_the_whole_walk(of, asked):
    priced = estimate(asked, state(of))
    if asked.recipe == "exact":
        both = priced.component(CostKind.SPREAD).bps + priced.component(CostKind.DEPTH).bps
        assert both == pytest.approx(priced.fill.slippage_bps, abs=1e-8)


@given(of=books(), asked=ORDERS)
def test_filled_and_unfilled_are_the_quantity(of, asked):
    fill = estimate(asked, state(of)).fill
    assert fill.filled + fill.unfilled == pytest.approx(fill.quantity)
    assert fill.filled > 0
    assert fill.unfilled >= 0


@given(of=books(), asked=ORDERS)
def test_the_total_lies_in_its_band_and_is_a_number(of, asked):
    priced = estimate(asked, state(of))
    assert priced.low_bps <= priced.total_bps <= priced.high_bps
    assert math.isfinite(priced.total_bps)


@given(of=books(), asked=ORDERS)
def test_an_exact_total_has_no_width(of, asked):
    priced = estimate(asked, state(of))
    assert priced.low_bps == priced.total_bps == priced.high_bps


@given(of=books(), asked=ORDERS)
def test_the_same_question_has_the_same_answer(of, asked):
    market = state(of)
    assert estimate(asked, market) == estimate(asked, market)


@given(of=books(), asked=ORDERS)
def test_a_shortfall_is_always_said(of, asked):
    priced = estimate(asked, state(of))
    if priced.fill.unfilled > 0 or priced.fill.beyond > 0:
        assert any("visible book ends" in w for w in priced.warnings)


def test_a_partial_fill_says_where_the_book_ends_and_what_is_missing():
    # asks 101 x 1, 102 x 2: the book ends at 102, 200 bps from 100
    priced = estimate(request(5.0), state())
    assert "The visible book ends 200 bps from the mid: 3 of 5 BTC filled, 2 unfilled." in (
        priced.warnings
    )


def test_rounding_is_shown():
    priced = estimate(request(0.123456), state(instrument=swap()))
    assert "Rounded down from 0.123456 to 0.1234 BTC (lot 0.01 contracts)." in priced.warnings
    assert priced.requested == 0.123456


@pytest.mark.parametrize(
    ("amount", "lot", "shown"),
    [
        (2999.75104, 0.001, "from 2999.75104 to 2999.751 BTC"),
        (12345.6789, 0.001, "from 12345.6789 to 12345.678 BTC"),
        (0.123456, 0.0001, "from 0.123456 to 0.1234 BTC"),
    ],
)
def test_rounding_shows_the_digits_in_which_the_two_differ(amount, lot, shown):
    priced = estimate(request(amount), state(instrument=instrument(lot_size=lot, min_size=lot)))
    assert any(f"Rounded down {shown} (" in warning for warning in priced.warnings)


def test_a_whole_number_of_lots_is_not_called_rounded():
    priced = estimate(request(0.07), state(instrument=swap()))
    assert priced.warnings == ()


def test_a_doubt_about_the_book_is_passed_on():
    doubt = Doubt(Grade.WARN, "shallow", "only 12 levels")
    assert "only 12 levels" in estimate(request(), state(doubts=[doubt])).warnings


def test_a_refused_book_gives_no_number():
    doubts = [Doubt(Grade.WARN, "shallow", "few levels"), Doubt(Grade.REFUSE, "gap", "lost one")]
    with pytest.raises(BookNotReady, match="lost one; few levels"):
        estimate(request(), state(doubts=doubts))


def test_an_extreme_volatility_is_questioned():
    assert any("extreme" in w for w in estimate(request(sigma_day=2.0), state()).warnings)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"recipe": "magic"}, "recipe"),
        ({"style": "magic"}, "order type"),
        ({"depth_policy": "magic"}, "depth policy"),
        ({"sigma_day": -0.1}, "volatility"),
        ({"sigma_day": float("nan")}, "volatility"),
        ({"parameters": {"magic": 1.0}}, "parameters"),
        ({"parameters": {"square_root.y": 99.0}}, "square_root.y"),
        ({"parameters": {"square_root.y": float("nan")}}, "square_root.y"),
    ],
)
def test_what_cannot_be_is_refused_by_the_field_at_fault(changed, field):
    with pytest.raises(OrderError) as refused:
        estimate(request(**changed), state())
    assert refused.value.field == field
    assert refused.value.allowed


def test_a_parameter_of_a_model_the_recipe_does_not_use_is_checked_too():
    with pytest.raises(OrderError, match=r"quadratic\.c: is -5"):
        estimate(request(parameters={"quadratic.c": -5.0}), state())


def test_reject_gives_no_estimate():
    with pytest.raises(OrderError, match="more than the visible book holds"):
        estimate(request(5.0, depth_policy="reject"), state())


def test_the_preview_has_the_names_of_trading_previews():
    shown = as_preview(estimate(request(5.0), state()))
    # 3 filled at (101 + 2 * 102) / 3; fee 10 bps of 305
    assert shown["average_price"] == pytest.approx(305 / 3)
    assert shown["worst_price"] == 102.0
    assert shown["slippage_bps"] == pytest.approx((305 / 3 - 100) * 100)
    assert shown["fee"] == pytest.approx(0.305)
    assert shown["unfilled"] == 2.0
    assert shown["max_fillable"] == 3.0
    assert shown["total_bps"] == pytest.approx(shown["total"] / shown["notional"] * 1e4)
    assert shown["trust"] == "good"


@given(of=books(), asked=ORDERS)
def test_the_preview_is_plain_json(of, asked):
    shown = as_preview(estimate(asked, state(of)))
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown


def test_the_preview_of_an_unknown_fee_is_empty_not_zero():
    shown = as_preview(estimate(request(), state(instrument=instrument(venue="nowhere"))))
    assert shown["fee"] is None
    assert shown["absent"] == [{"kind": "fees", "reason": "no schedule for nowhere spot"}]


def test_a_locked_book_costs_the_fee_alone():
    locked = state(book([(100, 5)], [(100, 5)]))
    assert estimate(request(tier=custom_tier(0, 7)), locked).total_bps == pytest.approx(7.0)


@pytest.mark.parametrize(
    "of",
    [
        book(asks=[(1.7e308, 1.0)]),
        book(asks=[(101.0, 1.0), (1e300, 1e300)]),
        book(bids=[(1e-300, 1.0)], asks=[(1e300, 1.0)]),
    ],
    ids=["the mid overflows", "the money overflows", "the slippage overflows"],
)
@pytest.mark.parametrize("side", Side)
def test_a_book_with_numbers_no_market_has_gives_a_reason_or_a_finite_cost(of, side):
    try:
        priced = estimate(request(0.5, side), state(of))
    except BookNotReady as refused:
        assert "finite" in refused.reason or "no market has" in refused.reason
    else:
        assert math.isfinite(priced.total_bps)


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("recipe", sorted(RECIPES))
@pytest.mark.parametrize("sigma_day", [0.0, 5e-324, 1e-300, 1e-160])
def test_a_price_that_stands_still_is_priced_whatever_the_recipe(style, recipe, sigma_day):
    try:
        priced = estimate(request(0.5, recipe=recipe, style=style), state(sigma_day=sigma_day))
    except OrderError as refused:
        assert refused.field
    except BookNotReady as refused:
        assert refused.reason
    else:
        numbers = [priced.total_bps, *(i.value for c in priced.components for i in inputs(c))]
        assert all(math.isfinite(number) for number in numbers)


def inputs(component):
    return component.explanation.inputs


@pytest.mark.parametrize("style", ["limit", "fok", "ioc", "iceberg"])
@pytest.mark.parametrize("side", Side)
def test_a_book_that_holds_the_order_leaves_no_speck_of_it(style, side):
    # ten levels of 0.1 add up to 0.9999999999999999 in float64
    of = book(bids=[(99.0 - i, 0.1) for i in range(10)], asks=[(101.0 + i, 0.1) for i in range(10)])
    price = {f"{style}.price": 110.0 if side is Side.BUY else 90.0}
    priced = estimate(request(1.0, side, style=style, parameters=price), state(of))
    assert (priced.fill.unfilled, priced.resting, priced.warnings) == (0.0, 0.0, ())


def test_what_a_policy_fills_beyond_the_book_leaves_no_speck():
    # 0.1 + (0.4876352004 - 0.1) is 0.48763520039999997 in float64
    of = book(asks=[(101.0, 0.1)])
    priced = estimate(request(0.4876352004, depth_policy="penalty"), state(of))
    assert priced.fill.unfilled == 0.0


def test_a_stop_order_tells_where_the_book_ends_from_its_own_mid():
    # asks 101 x 1, 102 x 2: the book ends 200 bps from 100, before and after it has moved
    asked = request(5.0, style="stop_market", parameters={"stop_market.price": 150.0})
    warnings = estimate(asked, state()).warnings
    assert any("ends 200 bps from the mid" in warning for warning in warnings)


def test_a_volatility_full_of_flicker_is_questioned_unless_another_one_was_typed():
    market = state(sigma_warning="Flicker of the mid hides its volatility.")
    assert any("hides its volatility" in w for w in estimate(request(), market).warnings)
    typed = estimate(request(sigma_day=0.02), market)
    assert not any("hides its volatility" in w for w in typed.warnings)
