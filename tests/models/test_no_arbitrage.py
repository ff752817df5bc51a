"""A round trip must not earn money from impact alone."""

import math

import numpy as np
import pytest

from market.errors import OrderError
from models.impact.arbitrage import (
    LEAST_DECAY,
    cheapest_round_trip,
    check_no_arbitrage,
    power_impact,
    power_law_is_possible,
    schedule_cost,
)
from models.impact.kernels import ExponentialDecay, NoDecay, PowerDecay

EXPONENTIAL = ExponentialDecay(g0=1.0, time=1.0)
POWER = PowerDecay(g0=1.0, time=0.01, b=0.45)
GATHERAL = np.array([0.2] * 5 + [-1.0])
"""In at 0.2 for five sixths of the time, out at 1 in the last sixth."""


def test_gatherals_round_trip_earns_0_001705():
    earned = schedule_cost(GATHERAL, 1 / 6, power_impact(0.5), EXPONENTIAL)
    assert earned == pytest.approx(-0.001705, abs=5e-7)


def test_with_linear_impact_the_same_round_trip_costs():
    assert schedule_cost(GATHERAL, 1 / 6, power_impact(1.0), EXPONENTIAL) > 0


def test_the_cost_of_a_round_trip_by_numerical_integration():
    # midpoint rule on 1200 steps of cost = int v(t) int_0^t f(v(s)) G(t - s) ds dt
    n = 1200
    rates = np.repeat(GATHERAL, n // 6)
    times = (np.arange(n) + 0.5) / n
    lags = times[:, None] - times[None, :]
    weights = (
        np.where(lags > 0, POWER.at(np.abs(lags)), 0.0) + np.eye(n) * POWER.at(np.array([0.0])) / 2
    )
    numeric = rates @ weights @ power_impact(0.6)(rates) / n**2
    exact = schedule_cost(GATHERAL, 1 / 6, power_impact(0.6), POWER)
    assert exact == pytest.approx(numeric, rel=2e-3, abs=1e-5)


@pytest.mark.parametrize(
    "kernel", [EXPONENTIAL, POWER, PowerDecay(g0=1, time=0.01, b=0.45, floor=0.2), NoDecay(g0=1)]
)
def test_linear_impact_with_any_kernel_on_offer_leaves_no_profit(kernel):
    check_no_arbitrage(power_impact(1.0), kernel)


@pytest.mark.parametrize("kernel", [EXPONENTIAL, NoDecay(g0=1.0)], ids=["exponential", "none"])
def test_a_root_with_exponential_or_no_decay_is_refused(kernel):
    with pytest.raises(OrderError, match="for a round trip"):
        check_no_arbitrage(power_impact(0.5), kernel)


def test_the_search_finds_at_least_the_classic_profit():
    classic = schedule_cost(GATHERAL, 1 / 6, power_impact(0.5), EXPONENTIAL) / (2 / 6)
    found = cheapest_round_trip(power_impact(0.5), EXPONENTIAL)
    assert found.cost / found.turnover <= classic
    assert found.rates.sum() == pytest.approx(0.0, abs=1e-9)


def test_permanent_linear_impact_costs_nothing_on_any_round_trip():
    found = cheapest_round_trip(power_impact(1.0), NoDecay(g0=1.0))
    assert found.cost == pytest.approx(0.0, abs=1e-9)


def test_gatherals_bounds_on_power_laws():
    assert pytest.approx(2 - math.log(3) / math.log(2)) == LEAST_DECAY
    assert pytest.approx(0.415, abs=5e-4) == LEAST_DECAY
    assert power_law_is_possible(0.6, 0.45)
    assert not power_law_is_possible(0.5, 0.45)
    assert not power_law_is_possible(0.7, 0.4)
