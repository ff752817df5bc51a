"""The best schedule under a power of the rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import OrderError
from models.impact.linear import LinearImpact, Slices, trades
from models.impact.power_schedule import power_schedule

DAY = Slices(horizon_day=1.0, number=8)
betas = st.sampled_from([0.3, 0.5, 0.6, 1.0, 2.0])


def schedule(quantity=100.0, beta=0.6, risk=0.02, slices=DAY):
    return power_schedule(quantity, slices, eta=0.5, beta=beta, sigma=2.0, risk_aversion=risk)


def objective(plan, beta, risk, slices=DAY):
    left = np.cumsum(plan[::-1])[::-1][1:]
    paid = 0.5 * (np.abs(plan) / slices.tau) ** beta * np.abs(plan)
    return paid.sum() + risk * 4.0 * slices.tau * left @ left


@given(beta=betas, quantity=st.floats(0.01, 1e4), risk=st.floats(0, 10))
def test_the_slices_add_up_are_positive_and_never_grow(beta, quantity, risk):
    plan = schedule(quantity, beta, risk)
    assert plan.sum() == pytest.approx(quantity)
    assert np.all(plan >= 0)
    assert np.all(np.diff(plan) <= 1e-9 * quantity)


@given(beta=betas)
def test_without_risk_aversion_the_slices_are_equal_for_every_power(beta):
    assert schedule(beta=beta, risk=0.0) == pytest.approx(np.full(8, 12.5))


def test_a_linear_impact_gives_the_schedule_of_almgren_and_chriss():
    impact = LinearImpact(permanent=0.0, temporary=0.5, sigma=2.0)
    expected = 100.0 * trades(impact.kappa(0.02, DAY), DAY)
    assert schedule(beta=1.0) == pytest.approx(expected, rel=1e-9)


@given(beta=betas, shift=st.lists(st.floats(-1, 1), min_size=8, max_size=8))
def test_no_other_schedule_does_better(beta, shift):
    plan = schedule(beta=beta)
    moved = plan + (np.array(shift) - np.mean(shift)) * plan.min() / 2
    assert objective(plan, beta, 0.02) <= objective(moved, beta, 0.02) + 1e-9


def test_a_larger_order_is_worked_relatively_faster_below_power_one():
    small, large = schedule(1.0), schedule(1000.0)
    assert large[0] / 1000 > small[0]


def test_a_larger_order_is_worked_relatively_slower_above_power_one():
    small, large = schedule(1.0, beta=2.0), schedule(1000.0, beta=2.0)
    assert large[0] / 1000 < small[0]


@pytest.mark.parametrize(("eta", "beta"), [(0.0, 0.6), (-1.0, 0.6), (1.0, 0.0)])
def test_an_impossible_impact_is_refused(eta, beta):
    with pytest.raises(OrderError, match="temporary impact"):
        power_schedule(1.0, DAY, eta=eta, beta=beta, sigma=1.0, risk_aversion=0.1)
