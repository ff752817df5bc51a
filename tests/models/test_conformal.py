"""Bands that hold as often as they say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import OrderError
from models.slippage.conformal import AdaptiveLevel, half_width


def test_the_rank_by_hand():
    # n = 9, alpha = 0.2: k = ceil(10 * 0.8) = 8
    assert half_width(np.arange(1.0, 10.0), 0.2) == 8.0


def test_the_sign_of_an_error_does_not_matter():
    assert half_width(-np.arange(1.0, 10.0), 0.2) == 8.0


def test_too_few_errors_give_an_endless_band():
    # n >= 1 / alpha - 1 = 9 is the least for 10 %
    assert half_width(np.ones(8), 0.1) == math.inf
    assert half_width(np.ones(9), 0.1) == 1.0
    assert half_width(np.array([]), 0.5) == math.inf


@pytest.mark.parametrize(
    ("alpha", "width"), [(-0.1, math.inf), (0.0, math.inf), (1.0, 0.0), (1.2, 0.0)]
)
def test_a_level_outside_its_range_is_an_endless_or_an_empty_band(alpha, width):
    assert half_width(np.ones(50), alpha) == width


def test_coverage_is_exactly_the_rank_over_n_plus_one():
    # of n + 1 distinct errors each is equally likely to be the new one
    errors = np.arange(1.0, 21.0)
    inside = [errors[i] <= half_width(np.delete(errors, i), 0.25) for i in range(20)]
    # k = ceil(20 * 0.75) = 15
    assert sum(inside) == 15


misses = st.lists(st.booleans(), min_size=1, max_size=400)
steps = st.floats(0.005, 0.2)


@given(seen=misses, gamma=steps)
def test_the_identity_of_the_adaptive_level(seen, gamma):
    # sum of misses = T alpha + (alpha_1 - alpha_{T+1}) / gamma
    level = AdaptiveLevel(0.1, gamma)
    for miss in seen:
        level.update(miss)
    assert sum(seen) == pytest.approx(len(seen) * 0.1 + (0.1 - level.alpha) / gamma)


@given(outcomes=st.lists(st.floats(0.0, 1.0), min_size=50, max_size=400), gamma=steps)
def test_the_bound_holds_against_any_opponent(outcomes, gamma):
    # alpha <= 0 is an endless band that cannot miss, alpha >= 1 an empty one that must
    level = AdaptiveLevel(0.1, gamma)
    for outcome in outcomes:
        level.update(outcome < level.alpha if 0 < level.alpha < 1 else level.alpha >= 1)
    bound = (max(0.1, 0.9) + gamma) / (len(outcomes) * gamma)
    assert abs(level.misses / level.seen - 0.1) <= bound + 1e-12


def test_a_miss_widens_the_next_band():
    level, errors = AdaptiveLevel(0.2, 0.1), np.arange(1.0, 31.0)
    before = half_width(errors, level.alpha)
    level.update(True)
    assert half_width(errors, level.alpha) > before


def test_coverage_is_not_known_before_the_first_label():
    level = AdaptiveLevel()
    assert level.coverage is None
    level.update(False)
    level.update(True)
    assert level.coverage == 0.5


@pytest.mark.parametrize(("alpha", "gamma"), [(0.0, 0.01), (1.0, 0.01), (0.1, 0.0), (0.1, 1.0)])
def test_an_impossible_level_is_refused(alpha, gamma):
    with pytest.raises(OrderError, match="between 0 and 1"):
        AdaptiveLevel(alpha, gamma)
