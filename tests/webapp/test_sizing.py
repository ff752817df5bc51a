"""The sizes that the slider offers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.sizing import STEPS, SizeScale

SCALE = SizeScale(low=0.01, high=1000.0)


@pytest.mark.parametrize(
    ("position", "amount"), [(0, 0.01), (100, 0.1), (200, 1.0), (400, 100.0), (500, 1000.0)]
)
def test_equal_ways_of_the_slider_are_equal_ratios_of_size(position, amount):
    assert SCALE.amount(position) == amount
    assert SCALE.position(amount) == position


@given(st.integers(0, STEPS))
def test_the_slider_stays_where_it_was_put(position):
    # Two digits are at most 5 % of an amount, a step is 2.3 %.
    assert abs(SCALE.position(SCALE.amount(position)) - position) <= 3


@given(st.integers(0, STEPS - 1))
def test_farther_is_never_smaller(position):
    assert SCALE.amount(position) <= SCALE.amount(position + 1)


@pytest.mark.parametrize(("amount", "position"), [(1e-9, 0), (None, 0), (1e9, STEPS)])
def test_what_lies_outside_stands_at_an_end(amount, position):
    assert SCALE.position(amount) == position
