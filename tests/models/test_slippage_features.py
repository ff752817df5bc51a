"""What the learners are told about a book."""

import math

import numpy as np
import pytest
from hypothesis import given

from market.instrument import Side
from models.depth_curve import DepthCurve
from models.slippage.features import (
    FEATURES,
    S1_FEATURES,
    features,
    log_slope,
    order_flow,
    s1_features,
)
from tests.builders import book
from tests.strategies import books, mirrored, scaled

FACTS = {"sigma_day": 0.03, "flow": 0.5}


def row(of, side=Side.BUY, size=2.0):
    values = features(of, side, np.array([size]), **FACTS)[0]
    return dict(zip(FEATURES, values.tolist(), strict=True))


def test_the_features_of_the_example_by_hand():
    # bids 99 x 1, 98 x 2; asks 101 x 1, 102 x 2
    seen = row(book())
    assert seen["log_quote"] == pytest.approx(math.log(200))
    assert seen["log_to_best"] == pytest.approx(math.log(2))
    assert seen["spread_bps"] == pytest.approx(200.0)
    assert seen["imbalance_1"] == 0.0
    assert seen["sigma_minute_bps"] == pytest.approx(300 * (1 / 1440) ** 0.5)
    assert seen["flow"] == pytest.approx(0.5)


def test_depth_within_a_band_is_counted_from_the_mid():
    deep = book([(99.99, 1)], [(100.01, 1), (100.04, 2), (100.09, 4), (100.2, 8)])
    seen = row(deep, size=1.0)
    # within 1 bp the first level, within 5 the second, within 10 the third, within 25 all
    bands = [seen[f"log_to_{band}bps"] for band in (1, 5, 10, 25)]
    assert bands == pytest.approx([-math.log(depth) for depth in (1, 3, 7, 15)])


def test_a_band_without_a_level_falls_back_on_the_best_one():
    assert row(book())["log_to_1bps"] == pytest.approx(math.log(2))


def test_more_on_the_bid_is_positive_for_a_buyer_and_negative_for_a_seller():
    heavy = book([(99, 3)], [(101, 1)])
    assert row(heavy)["imbalance_1"] == pytest.approx(0.5)
    assert row(heavy, Side.SELL)["imbalance_1"] == pytest.approx(-0.5)
    # microprice (101 * 3 + 99) / 4 = 100.5
    assert row(heavy)["microprice_bps"] == pytest.approx(50.0)


def test_a_block_of_depth_has_slope_one_and_a_wedge_two():
    mids = [(99.0, 1.0)]
    block = book(mids, [(100 + i, 1.0) for i in range(1, 60)])
    wedge = book(mids, [(100 + i, float(2 * i - 1)) for i in range(1, 60)])
    slope = [
        log_slope(DepthCurve.of(of, Side.BUY))
        for of in (book([(99, 1)], block_asks(block)), book([(99, 1)], block_asks(wedge)))
    ]
    assert slope == pytest.approx([1.0, 2.0], abs=1e-9)


def block_asks(of):
    return list(zip(of.ask_prices.tolist(), of.ask_sizes.tolist(), strict=True))


def test_one_level_has_no_slope():
    assert row(book(asks=[(101, 1)]))["log_slope"] == 0.0


@given(of=books())
def test_a_seller_on_the_mirrored_book_sees_the_same(of):
    theirs = features(mirrored(of), Side.SELL, np.array([1.0, 5.0]), sigma_day=0.03, flow=-0.5)
    ours = features(of, Side.BUY, np.array([1.0, 5.0]), **FACTS)
    assert theirs == pytest.approx(ours, abs=1e-6)


@given(of=books())
def test_no_feature_but_the_money_depends_on_the_unit_of_price(of):
    ours = features(of, Side.BUY, np.array([1.0]), **FACTS)[0]
    theirs = features(scaled(of, price=8.0), Side.BUY, np.array([1.0]), **FACTS)[0]
    assert theirs[1:] == pytest.approx(ours[1:], abs=1e-6)
    assert theirs[0] == pytest.approx(ours[0] + math.log(8))


@given(of=books())
def test_many_sizes_at_once_are_the_same_as_one_after_the_other(of):
    sizes = np.array([0.5, 3.0, 40.0])
    together = features(of, Side.SELL, sizes, **FACTS)
    alone = [features(of, Side.SELL, sizes[i : i + 1], **FACTS)[0] for i in range(3)]
    assert together == pytest.approx(np.array(alone))
    assert np.isfinite(together).all()


def test_the_three_features_of_s1_by_hand():
    rows = s1_features(book(), Side.BUY, np.array([1e3, 1e4]))
    assert S1_FEATURES == ("quote", "spread_bps", "best_quote")
    assert rows.tolist() == [[1e3, 200.0, 101.0], [1e4, 200.0, 101.0]]


@pytest.mark.parametrize(
    ("bid", "ask", "flow"),
    [
        ((99, 3), (101, 1), 2.0),  # two more on the same bid
        ((99, 1), (101, 3), -2.0),  # two more on the same ask
        ((100, 5), (101, 1), 5.0),  # a better bid brings all of its size
        ((98, 5), (101, 1), -1.0),  # the bid was taken away
        ((99, 1), (102, 7), 1.0),  # the ask was taken away
        ((99, 1), (101, 1), 0.0),
    ],
)
def test_order_flow_by_hand(bid, ask, flow):
    assert order_flow(book([(99, 1)], [(101, 1)]), book([bid], [ask])) == flow
