"""Impact by the square-root law and by S1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import Absent, CostKind
from models.estimate import estimate
from models.impact.quadratic import QuadraticImpact
from models.impact.square_root import SquareRootImpact, square_root_peak_bps
from tests.builders import book, request, state

DEEP = book([(100, 1e6)], [(100, 1e6)])
"""Locked at 100, so that value and notional are the same."""


def move(amount=100.0, parameters=None, **changed):
    priced = estimate(request(amount, parameters=parameters), state(DEEP, **changed))
    return priced.component(CostKind.PERMANENT_IMPACT)


def s1(amount=1.0, parameters=None, **changed):
    of = request(amount, recipe="seed1", parameters=parameters)
    return estimate(of, state(DEEP, **changed)).component(CostKind.IMPACT)


def test_one_percent_of_the_day_at_three_percent_moves_the_price_30_bps():
    # 1e4 * 0.03 * sqrt(0.01) = 30; on average two thirds of it
    assert square_root_peak_bps(1.0, 0.03, 100.0, 10_000.0) == pytest.approx(30.0)
    assert move(sigma_day=0.03, adv=10_000.0).bps == pytest.approx(20.0)


def test_the_constant_scales_the_law():
    assert move(parameters={"square_root.y": 0.5}).bps == pytest.approx(10.0)


def test_the_band_is_the_spread_of_the_constant_between_studies():
    impact = move()
    assert (impact.low_bps, impact.high_bps) == (pytest.approx(10.0), pytest.approx(30.0))


@given(small=st.floats(0.01, 1e5), large=st.floats(0.01, 1e5))
def test_a_larger_order_moves_the_price_further(small, large):
    small, large = sorted((small, large))
    assert move(small).bps <= move(large).bps + 1e-12


def test_s1_impact_by_hand():
    # 10,000 coins at 100 are 1e6: 0.5 * 0.02 * (1e6 / 5e9) * 1e6 = 2 quote, 0.02 bps
    impact = s1(10_000.0, sigma_day=0.02)
    assert impact.quote(1e6) == pytest.approx(2.0)
    assert impact.bps == pytest.approx(0.02)


def test_s1_impact_may_use_the_measured_day_volume():
    # 10,000 coins a day at 100 are 1e6 a day: 0.5 * 0.02 * 1 = 1 %
    impact = s1(10_000.0, {"quadratic.measured": 1.0}, sigma_day=0.02, adv=10_000.0)
    assert impact.bps == pytest.approx(100.0)


def test_s1_impact_is_the_root_of_participation_times_below_the_law():
    # ratio C sqrt(Q / ADV) to the peak, Y = 1: 0.5 * sqrt(0.01) = 0.05
    quadratic = s1(100.0, {"quadratic.measured": 1.0}).bps
    assert quadratic / square_root_peak_bps(1.0, 0.03, 100.0, 10_000.0) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("recipe", "model"), [("exact", SquareRootImpact), ("seed1", QuadraticImpact)]
)
def test_without_a_volatility_there_is_no_impact_and_it_says_so(recipe, model):
    priced = estimate(request(recipe=recipe), state(sigma_day=None))
    assert [(a.model, "volatility" in a.reason) for a in priced.absent] == [(model.name, True)]
    assert priced.component(model.kind) is None


def test_without_a_day_volume_there_is_no_square_root_law():
    priced = estimate(request(), state(adv=None))
    assert "day's volume" in priced.absent[0].reason


def test_s1_without_the_measured_volume_it_was_asked_for_says_so():
    of = request(recipe="seed1", parameters={"quadratic.measured": 1.0})
    priced = estimate(of, state(adv=None))
    assert isinstance(priced.absent[0], Absent)
    assert any("leaves out impact" in w for w in priced.warnings)


def test_a_typed_volatility_replaces_the_measured_one():
    typed = estimate(request(100.0, sigma_day=0.06), state(DEEP))
    assert typed.component(CostKind.PERMANENT_IMPACT).bps == pytest.approx(40.0)
