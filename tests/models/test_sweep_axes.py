"""The values of an axis, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import OrderError
from models.sweep import Grid, LatinHypercube, Linear, Listed, Log, Random
from models.sweep.axes import sampled_values, values_of


def test_a_list_is_taken_as_it_is():
    assert values_of("size", Listed((3.0, 1.0, 2.0))).tolist() == [3.0, 1.0, 2.0]


def test_a_grid_of_tenths_has_the_decimals_that_were_meant():
    # 0.1 + 0.1 + 0.1 is 0.30000000000000004 in float64
    assert values_of("size", Grid(0.1, 0.5, 0.1)).tolist() == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_a_linear_axis_holds_both_ends():
    assert values_of("size", Linear(1.0, 2.0, 3)).tolist() == [1.0, 1.5, 2.0]


def test_a_logarithmic_axis_has_equal_ratios():
    assert values_of("size", Log(1.0, 100.0, 3)) == pytest.approx([1.0, 10.0, 100.0])


@given(count=st.integers(2, 200), seed=st.integers(0, 2**32 - 1))
def test_a_latin_hypercube_has_one_draw_in_each_stratum(count, seed):
    axes = {"a": LatinHypercube(0.0, 1.0), "b": LatinHypercube(10.0, 20.0)}
    drawn = sampled_values(axes, count, seed, {})
    for values, low, width in ((drawn["a"], 0.0, 1.0), (drawn["b"], 10.0, 10.0)):
        strata = np.floor((values - low) / width * count * (1 - 1e-12))
        assert sorted(strata.tolist()) == list(range(count))


def test_the_same_seed_draws_the_same_points():
    axes = {"a": Random(0.0, 1.0), "b": LatinHypercube(1.0, 100.0, "log")}
    first, second = (sampled_values(axes, 50, 7, {}) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in axes)
    assert not np.array_equal(first["a"], sampled_values(axes, 50, 8, {})["a"])


@pytest.mark.parametrize(
    ("axis", "problem"),
    [
        (Listed(()), "has no values"),
        (Listed((1.0, float("nan"))), "holds nan"),
        (Listed((1.0, float("inf"))), "holds inf"),
        (Listed((-1.0,)), "holds -1"),
        (Linear(2.0, 1.0, 5), "goes from 2 to 1"),
        (Linear(float("nan"), 1.0, 5), "goes from nan to 1"),
        (Linear(1.0, 2.0, 10_000_000), "has 10,000,000 values"),
        (Log(0.0, 1.0, 5), "is 0"),
        (Grid(0.0, 1.0, 0.0), "is 0"),
        (Grid(0.0, 1.0, 1e-9), "has 1,000,000,001 values"),
    ],
)
def test_an_axis_that_cannot_be_is_refused_by_name_and_range(axis, problem):
    with pytest.raises(OrderError, match=problem) as refused:
        values_of("size", axis, 0.0, 1e15)
    assert refused.value.field.startswith("size")
    assert refused.value.allowed
