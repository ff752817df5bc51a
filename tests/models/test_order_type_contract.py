"""Every order type in the catalogue keeps the same promises."""

import json
import math
from dataclasses import asdict

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from market.errors import BookNotReady, OrderError
from market.instrument import Side
from models.catalog import STYLES
from models.estimate import estimate
from models.fee_schedules import custom_tier
from models.parameters import configured, parameters_of
from models.preview import as_preview
from tests.builders import instrument, request, state
from tests.strategies import books, mirrored, scaled

every_type = pytest.mark.parametrize("style", STYLES)
sides = st.sampled_from(Side)
shares = st.floats(0.01, 0.99)
RECIPES = ("exact", "schedule")


def visible(of, side):
    return float(of.levels(side)[1].sum())


def priced(style, of, side, quantity, *, recipe="exact", price=1.0, size=1.0, taker=5.0, **more):
    """The estimate at 1 bps maker and 5 bps taker; None where the order is refused."""
    values = {"fok.ticks": 1000.0} if style == "fok" else {}
    listed = instrument(tick_size=0.5 * price, lot_size=1e-12 * size, min_size=1e-12 * size)
    market = state(of, adv=size * 1e5, instrument=listed, **more)
    asked = request(
        quantity, side, style=style, recipe=recipe, parameters=values, tier=custom_tier(1.0, taker)
    )
    try:
        return estimate(asked, market)
    except OrderError:
        return None


@every_type
@given(of=books(), side=sides, share=st.floats(0.001, 2.0), recipe=st.sampled_from(RECIPES))
@settings(max_examples=30)
def test_a_number_in_its_band_or_a_reason(style, of, side, share, recipe):
    found = priced(style, of, side, share * visible(of, side), recipe=recipe)
    assume(found is not None)
    assert found.low_bps <= found.total_bps + 1e-9
    assert found.total_bps <= found.high_bps + 1e-9
    assert all(math.isfinite(c.bps) for c in found.components)
    json.dumps(as_preview(found), allow_nan=False)


@every_type
@given(of=books(), side=sides, share=st.floats(0.001, 2.0))
@settings(max_examples=30)
def test_taken_resting_and_cancelled_are_the_quantity(style, of, side, share):
    found = priced(style, of, side, share * visible(of, side))
    assume(found is not None)
    parts = (found.taken, found.resting, found.cancelled)
    assert sum(parts) == pytest.approx(found.fill.quantity, rel=1e-12)
    assert min(parts) >= -1e-12 * found.fill.quantity


@every_type
@given(of=books(), side=sides, share=shares)
@settings(max_examples=30)
def test_selling_on_a_mirrored_book_costs_the_same_as_buying(style, of, side, share):
    quantity = share * visible(of, side)
    ours = priced(style, of, side, quantity, taker=1.0)
    theirs = priced(style, mirrored(of), side.opposite, quantity, taker=1.0)
    assert (ours is None) == (theirs is None)
    assume(ours is not None)
    # fees are charged on executed value: (1 + s) against (1 - s) of the same notional; a stop is
    # measured against the mid at its trigger, above it for one and below it for the other
    moved = 2 * abs(ours.fill.mid - of.mid) / of.mid
    slack = 4 * (abs(ours.fill.slippage_bps) / 1e4 + moved)
    assert ours.total_bps == pytest.approx(theirs.total_bps, rel=slack + 1e-9, abs=1e-6 + slack)


@every_type
@given(of=books(), side=sides, share=shares, price=st.sampled_from([0.125, 8.0]))
@settings(max_examples=20)
def test_bps_do_not_depend_on_the_unit_of_price(style, of, side, share, price):
    quantity = share * visible(of, side)
    ours = priced(style, of, side, quantity)
    theirs = priced(style, scaled(of, price=price), side, quantity, price=price)
    assert (ours is None) == (theirs is None)
    assume(ours is not None)
    assert ours.total_bps == pytest.approx(theirs.total_bps, abs=1e-6)


@every_type
@given(of=books(), side=sides, share=shares, size=st.sampled_from([0.25, 4.0]))
@settings(max_examples=20)
def test_bps_do_not_depend_on_the_unit_of_size(style, of, side, share, size):
    quantity = share * visible(of, side)
    ours = priced(style, of, side, quantity)
    theirs = priced(style, scaled(of, size=size), side, size * quantity, size=size)
    assert (ours is None) == (theirs is None)
    assume(ours is not None)
    assert ours.total_bps == pytest.approx(theirs.total_bps, abs=1e-6)


@every_type
@given(of=books(), side=sides, small=shares, large=shares)
@settings(max_examples=30)
def test_a_larger_order_never_costs_less_money(style, of, side, small, large):
    small, large = sorted((small, large))
    everything = visible(of, side)
    found = [priced(style, of, side, share * everything) for share in (small, large)]
    assume(None not in found)
    first, second = (one.total_quote for one in found)
    assert first <= second + 1e-9 * of.mid * everything


@pytest.mark.parametrize("style", ["limit", "post_only", "iceberg"])
@given(of=books(is_locked=False), side=sides, share=shares)
@settings(max_examples=30)
def test_resting_never_costs_more_on_average_than_crossing_now(style, of, side, share):
    found = priced(style, of, side, share * visible(of, side))
    assume(found is not None and found.waiting is not None)
    market = priced("market", of, side, found.fill.filled)
    # resting pays spread, depth and taker fee only with the chance of no fill
    half_tick = 0.25 / of.mid * 1e4
    assert found.total_bps <= market.total_bps + half_tick + 1e-6


@every_type
def test_the_same_question_has_the_same_answer(style):
    asked = request(2.0, style=style, parameters={"fok.ticks": 100.0})
    assert estimate(asked, state()) == estimate(asked, state())


@every_type
def test_parameters_make_a_round_trip_through_json(style):
    chosen = STYLES[style]()
    values = {f"{style}.{name}": value for name, value in asdict(chosen).items()}
    assert configured(STYLES[style], json.loads(json.dumps(values))) == chosen


@every_type
def test_every_parameter_has_a_range_around_its_default(style):
    for parameter in parameters_of(STYLES[style]):
        assert parameter.low <= parameter.default <= parameter.high
        assert parameter.meaning


@every_type
def test_a_parameter_out_of_range_is_refused_by_its_name(style):
    for parameter in parameters_of(STYLES[style]):
        for value in (parameter.high * 2 + 1, float("nan")):
            with pytest.raises(OrderError) as refused:
                estimate(request(style=style, parameters={parameter.key: value}), state())
            assert refused.value.field == parameter.key
            assert refused.value.allowed


@every_type
def test_without_volatility_and_volume_there_is_a_number_or_a_reason(style):
    asked = request(1.0, style=style)
    try:
        found = estimate(asked, state(sigma_day=None, adv=None))
    except BookNotReady as waiting:
        assert "not known yet" in waiting.reason
    else:
        assert math.isfinite(found.total_bps)
