"""The compiled merge, its plain twin and a dict are one and the same book."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from market.merge import ASKS, BIDS, PRICES, SIZES, merge, merge_plain

CAPACITY = 128

rows = st.lists(
    st.tuples(
        st.integers(1, 25).map(float),
        st.sampled_from([0.0, 0.0, 0.5, 1.0, 2.5]),
    ),
    max_size=12,
)
updates = st.lists(st.tuples(rows, rows), max_size=6)
depths = st.integers(0, 6)


def run(kernel, steps, depth=0):
    """Levels per side after all updates, as lists of (price, size)."""
    levels = np.zeros((2, 2, CAPACITY))
    counts = np.zeros(2, dtype=np.int64)
    for bids, asks in steps:
        both = np.array(bids + asks, dtype=np.float64).reshape(-1, 2)
        kernel(levels, counts, both, len(bids), depth)
    return [
        list(
            zip(
                levels[side, PRICES, : counts[side]].tolist(),
                levels[side, SIZES, : counts[side]].tolist(),
                strict=True,
            )
        )
        for side in (BIDS, ASKS)
    ]


def expected(steps, depth=0):
    """The same with a dict per side."""
    sides = [{}, {}]
    for step in steps:
        for side, part in enumerate(step):
            for price, size in part:
                if size:
                    sides[side][price] = size
                else:
                    sides[side].pop(price, None)
            kept = sorted(sides[side].items(), reverse=side == BIDS)[: depth or None]
            sides[side] = dict(kept)
    return [sorted(side.items(), reverse=i == BIDS) for i, side in enumerate(sides)]


@given(steps=updates, depth=depths)
def test_compiled_merge_is_the_dict_model(steps, depth):
    assert run(merge, steps, depth) == expected(steps, depth)


@given(steps=updates, depth=depths)
def test_plain_merge_is_the_dict_model(steps, depth):
    assert run(merge_plain, steps, depth) == expected(steps, depth)


@given(steps=updates)
def test_prices_stay_sorted_and_unique_and_sizes_positive(steps):
    bids, asks = run(merge, steps)
    bid_prices, ask_prices = [p for p, _ in bids], [p for p, _ in asks]
    assert bid_prices == sorted(set(bid_prices), reverse=True)
    assert ask_prices == sorted(set(ask_prices))
    assert all(size > 0 for _, size in bids + asks)


@given(steps=updates, price=st.integers(1, 25).map(float))
def test_removing_twice_is_removing_once(steps, price):
    gone = ([(price, 0.0)], [(price, 0.0)])
    assert run(merge, [*steps, gone]) == run(merge, [*steps, gone, gone])


@given(steps=updates)
def test_the_same_update_twice_changes_nothing(steps):
    assert run(merge, [s for step in steps for s in (step, step)]) == run(merge, steps)


@given(steps=updates, depth=st.integers(1, 4))
def test_no_more_levels_than_the_depth_are_kept(steps, depth):
    assert all(len(side) <= depth for side in run(merge, steps, depth))
