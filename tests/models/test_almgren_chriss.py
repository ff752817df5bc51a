"""Almgren and Chriss 2000: the published example, and what must hold at any parameters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import OrderError
from models.base import CostKind
from models.estimate import estimate
from models.impact.linear import (
    LinearImpact,
    Slices,
    holdings,
    holdings_with_drift,
    trades,
)
from tests.builders import book, request, state

# A million shares at 50, 30 % a year of 250 days, spread 1/8, 5 million shares a day; one spread of
# temporary impact at 1 % of the volume, of permanent impact at 10 %; five days, five slices.
X = 1e6
PAPER = Slices(horizon_day=5.0, number=5)
SHARE = LinearImpact(permanent=2.5e-7, temporary=2.5e-6, sigma=0.3 * 50 / 250**0.5, fixed=1 / 16)
ROUNDED = LinearImpact(permanent=2.5e-7, temporary=2.5e-6, sigma=0.95, fixed=1 / 16)
"""With the volatility as the paper prints it."""

EQUAL = X * np.full(5, 1 / 5)
urgencies = st.floats(0.0, 50.0)
numbers = st.integers(1, 40)


def best(impact, risk_aversion, slices=PAPER):
    kappa = impact.kappa(risk_aversion, slices)
    return X * trades(kappa, slices)


def objective(impact, risk_aversion, schedule, slices=PAPER):
    cost = impact.expected_cost(schedule, slices)
    return cost + risk_aversion * impact.variance(schedule, slices)


def test_the_discrete_kappa_of_the_published_example():
    # DROP's run of the paper's example prints 0.6063 and a characteristic time of 1.6495 days
    kappa = SHARE.kappa(1e-6, PAPER)
    assert kappa == pytest.approx(0.6063, abs=5e-5)
    assert 1 / kappa == pytest.approx(1.6495, abs=5e-5)


def test_the_trades_of_the_published_example():
    expected = [457_619.3, 252_085.6, 142_079.0, 85_912.9, 62_303.2]
    assert best(SHARE, 1e-6) == pytest.approx(expected, abs=0.05)


def test_the_cost_and_variance_of_the_published_example():
    schedule = best(SHARE, 1e-6)
    assert SHARE.expected_cost(schedule, PAPER) == pytest.approx(910_477.8, abs=0.05)
    assert SHARE.variance(schedule, PAPER) == pytest.approx(363_868.0e6, rel=1e-6)


# lambda in 1e-6: expected cost and variance in millions (DROP's efficient frontier of the example)
FRONTIER = [
    (0.001, 0.6625, 1.0812, 51.30),
    (0.009, 0.6626, 1.0669, 17.10),
    (0.25, 0.6996, 0.7513, 3.26),
    (0.5, 0.7681, 0.5634, 2.31),
    (1.0, 0.9112, 0.3641, 1.65),
    (2.0, 1.1407, 0.2019, 1.18),
    (4.0, 1.4341, 0.0970, 0.86),
]


@pytest.mark.parametrize(("risk", "mean", "variance", "time"), FRONTIER)
def test_the_published_frontier(risk, mean, variance, time):
    schedule = best(ROUNDED, risk * 1e-6)
    assert ROUNDED.expected_cost(schedule, PAPER) / 1e6 == pytest.approx(mean, abs=5.1e-5)
    assert ROUNDED.variance(schedule, PAPER) / 1e12 == pytest.approx(variance, abs=5.1e-5)
    assert 1 / ROUNDED.kappa(risk * 1e-6, PAPER) == pytest.approx(time, abs=0.0051)


def test_equal_slices_by_the_closed_form():
    # gamma X^2 / 2 + eps X + eta~ X^2 / T = 125,000 + 62,500 + 475,000
    assert SHARE.expected_cost(EQUAL, PAPER) == pytest.approx(662_500.0)
    expected = SHARE.sigma**2 * X**2 * 5 / 3 * (1 - 1 / 5) * (1 - 1 / 10)
    assert SHARE.variance(EQUAL, PAPER) == pytest.approx(expected)


def test_all_in_the_first_slice_by_the_closed_form():
    # eps X + eta X^2 / tau = 62,500 + 2,500,000, and no risk
    at_once = np.array([X, 0, 0, 0, 0])
    assert SHARE.expected_cost(at_once, PAPER) == pytest.approx(2_562_500.0)
    assert SHARE.variance(at_once, PAPER) == 0.0


def test_without_risk_aversion_the_slices_are_equal():
    assert best(SHARE, 0.0) == pytest.approx(EQUAL)


def test_with_endless_risk_aversion_all_is_in_the_first_slice():
    assert best(SHARE, 1e6)[0] == pytest.approx(X)


@given(urgency=urgencies, number=numbers)
def test_trades_add_up_to_the_order_and_shrink(urgency, number):
    schedule = trades(urgency, Slices(horizon_day=1.0, number=number))
    assert schedule.sum() == pytest.approx(1.0, rel=1e-12)
    assert np.all(np.diff(schedule) <= 1e-15)


@given(urgency=urgencies, number=numbers)
def test_holdings_are_what_trades_leave(urgency, number):
    slices = Slices(horizon_day=1.0, number=number)
    left = 1 - np.concatenate(([0.0], np.cumsum(trades(urgency, slices))))
    assert holdings(urgency, slices) == pytest.approx(left, abs=1e-12)
    assert holdings(urgency, slices)[-1] == 0.0


@given(
    shift=st.lists(st.floats(-1e5, 1e5), min_size=5, max_size=5),
    risk=st.sampled_from([1e-7, 1e-6, 1e-5]),
)
def test_no_other_schedule_of_the_same_order_does_better(shift, risk):
    moved = best(SHARE, risk) + np.array(shift) - np.mean(shift)
    ours = objective(SHARE, risk, best(SHARE, risk))
    assert ours <= objective(SHARE, risk, moved) * (1 + 1e-12)


@given(risk=st.floats(1e-8, 1e-4), done=st.integers(1, 4))
def test_planning_again_half_way_changes_nothing(risk, done):
    plan = best(SHARE, risk)
    rest = Slices(horizon_day=5.0 - done, number=5 - done)
    again = plan[done:].sum() * trades(SHARE.kappa(risk, rest), rest)
    assert again == pytest.approx(plan[done:], rel=1e-9, abs=1e-6)


@given(low=st.floats(1e-9, 1e-3), high=st.floats(1e-9, 1e-3))
def test_less_risk_costs_more(low, high):
    low, high = sorted((low, high))
    calm, eager = best(SHARE, low), best(SHARE, high)
    assert SHARE.expected_cost(calm, PAPER) <= SHARE.expected_cost(eager, PAPER) * (1 + 1e-12)
    assert SHARE.variance(calm, PAPER) >= SHARE.variance(eager, PAPER) * (1 - 1e-12)


def test_a_kappa_of_continuous_time_is_slightly_worse_on_slices():
    careless = X * trades(SHARE.sigma * (1e-6 / SHARE.temporary) ** 0.5, PAPER)
    worse, ours = objective(SHARE, 1e-6, careless), objective(SHARE, 1e-6, best(SHARE, 1e-6))
    assert ours < worse < 1.01 * ours


@pytest.mark.parametrize("number", [100, 1000])
def test_many_slices_come_near_continuous_time(number):
    # E = gamma X^2 / 2 + eps X + eta kappa X^2 (coth / 2 + kT / (2 sinh^2)); V alike; O(1/N)
    slices = Slices(horizon_day=5.0, number=number)
    schedule = best(SHARE, 1e-6, slices)
    kappa = SHARE.sigma * (1e-6 / SHARE.temporary) ** 0.5
    coth, bend = 1 / np.tanh(5 * kappa), 5 * kappa / np.sinh(5 * kappa) ** 2
    cost = 187_500 + SHARE.temporary * kappa * X**2 * (coth + bend) / 2
    variance = SHARE.sigma**2 * X**2 / kappa * (coth - bend) / 2
    assert SHARE.expected_cost(schedule, slices) == pytest.approx(cost, rel=2 / number)
    assert SHARE.variance(schedule, slices) == pytest.approx(variance, rel=4 / number)


def test_nothing_overflows_at_any_urgency():
    slices = Slices(horizon_day=1.0, number=1000)
    schedule = trades(1e4, slices)
    assert np.isfinite(schedule).all()
    assert schedule.sum() == pytest.approx(1.0)


def test_the_risk_aversion_behind_an_urgency_gives_it_back():
    assert SHARE.risk_aversion(SHARE.kappa(1e-6, PAPER), PAPER) == pytest.approx(1e-6)


def test_a_drift_shifts_the_schedule_towards_its_static_level():
    # alpha / (2 lambda Sigma^2) = 0.02 / (2e-6 * 0.9025) = 11,080 shares, the paper's 11,000
    left = holdings_with_drift(X, ROUNDED, PAPER, 1e-6, 0.02)
    plain = X * holdings(ROUNDED.kappa(1e-6, PAPER), PAPER)
    assert left[0] == pytest.approx(X)
    assert left[-1] == pytest.approx(0.0, abs=1e-6)
    assert np.all(left[1:-1] > plain[1:-1])
    assert 0.02 / (2e-6 * ROUNDED.sigma**2) == pytest.approx(11_000, rel=0.01)


def test_slices_too_long_for_any_best_schedule_are_refused():
    steep = LinearImpact(permanent=1.0, temporary=0.1, sigma=1.0)
    with pytest.raises(OrderError) as refused:
        steep.kappa(1e-6, Slices(horizon_day=1.0, number=5))
    # tau < 2 eta / gamma = 0.2 needs more than five slices
    assert refused.value.field == "slices"
    assert refused.value.allowed == "6 or more"


@pytest.mark.parametrize("risk", [-1e-6, float("nan"), float("inf")])
def test_an_impossible_risk_aversion_is_refused(risk):
    with pytest.raises(OrderError, match="risk aversion"):
        SHARE.kappa(risk, PAPER)


@pytest.mark.parametrize(("horizon", "number"), [(0.0, 5), (float("nan"), 5), (1.0, 0)])
def test_impossible_slices_are_refused(horizon, number):
    with pytest.raises(OrderError):
        Slices(horizon_day=horizon, number=number)


DEEP = book([(100, 1e6)], [(100, 1e6)])


def scheduled(amount=100.0, **parameters):
    chosen = {f"almgren_chriss.{k}": v for k, v in parameters.items()}
    asked = request(amount, recipe="worked_almgren_chriss", parameters=chosen)
    return estimate(asked, state(DEEP)).component(CostKind.IMPACT)


def test_the_component_at_a_constant_rate_by_hand():
    # 1e4 * 1.18 * 0.03 * 0.01 * (1 - 1/12) / 2 = 1.6225; 1e4 * 0.357 * 0.03 * 0.01 * 24 = 25.704
    assert scheduled(urgency=0.0).bps == pytest.approx(1.6225 + 25.704)


def test_the_band_of_the_component_is_its_timing_risk():
    # 1e4 * 0.03 * sqrt(T / 3 (1 - 1/12)(1 - 1/24)), T = 1/24
    cost = scheduled(urgency=0.0)
    risk = 300 * (1 / 24 / 3 * (11 / 12) * (23 / 24)) ** 0.5
    assert cost.high_bps - cost.bps == pytest.approx(risk)
    assert cost.bps - cost.low_bps == pytest.approx(risk)


def test_more_urgency_costs_more_and_risks_less():
    calm, eager = scheduled(urgency=0.0), scheduled(urgency=10.0)
    assert calm.bps < eager.bps
    assert eager.high_bps - eager.bps < calm.high_bps - calm.bps


def test_a_refill_time_takes_the_temporary_impact_from_the_book():
    # density to the second level: 3 base over 2 quote = 1.5; eta = 86.4 / 86400 / 3 = 1 / 3000
    asked = request(
        2.0,
        recipe="worked_almgren_chriss",
        parameters={
            "almgren_chriss.refill_s": 86.4,
            "almgren_chriss.urgency": 0.0,
            "almgren_chriss.permanent": 0.0,
        },
    )
    cost = estimate(asked, state()).component(CostKind.IMPACT)
    # eta X / T / mid = 2 * 24 / 3000 / 100 = 1.6 bps
    assert cost.bps == pytest.approx(1.6)


def test_a_book_without_a_slope_gives_a_reason_instead():
    asked = request(
        1.0, recipe="worked_almgren_chriss", parameters={"almgren_chriss.refill_s": 5.0}
    )
    priced = estimate(asked, state(DEEP))
    assert "too shallow" in priced.absent[0].reason


def test_slices_too_long_name_the_field_of_the_ticket():
    asked = request(
        1.0,
        recipe="worked_almgren_chriss",
        parameters={"almgren_chriss.slices": 1.0, "almgren_chriss.temporary": 0.001},
    )
    with pytest.raises(OrderError) as refused:
        estimate(asked, state(DEEP))
    assert refused.value.field == "almgren_chriss.slices"
