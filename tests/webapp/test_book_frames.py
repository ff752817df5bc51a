"""Rows of the ladder, for any book and any step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.instrument import Side
from webapp.frames.book import grouped, rows_of

TICK = 0.1


@st.composite
def sides(draw):
    side = draw(st.sampled_from(list(Side)))
    ticks = sorted(draw(st.sets(st.integers(1, 5000), min_size=1, max_size=60)))
    ticks = ticks if side is Side.BUY else ticks[::-1]
    sizes = draw(st.lists(st.integers(1, 1000), min_size=len(ticks), max_size=len(ticks)))
    return side, np.array(ticks) * TICK, np.array(sizes, dtype=float)


@given(sides(), st.sampled_from([1, 2, 5, 10, 100]))
def test_grouping_loses_no_size_and_keeps_the_order(given_side, every):
    side, prices, sizes = given_side
    rows, held = grouped(prices, sizes, side, TICK, every)
    assert held.sum() == pytest.approx(sizes.sum())
    assert (np.diff(side.sign * rows) > 0).all()


@given(sides(), st.sampled_from([2, 5, 10, 100]))
def test_no_level_looks_better_than_it_is(given_side, every):
    side, prices, sizes = given_side
    rows, _ = grouped(prices, sizes, side, TICK, every)
    shown = rows[rows_of(prices, side, TICK, every)]
    worse = side.sign * (shown - prices)
    assert (worse > -1e-6).all() and (worse < every * TICK).all()
