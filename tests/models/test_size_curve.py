"""Cost against size: the curve says at each size what a single estimate says there."""

from dataclasses import replace

import numpy as np
import pytest

from market.errors import BookNotReady
from market.instrument import Side
from models.base import CostKind
from models.estimate import estimate
from models.size_curve import size_curve
from tests.builders import book, instrument, inverse_swap, order, request, state, swap


def test_the_walk_of_both_sides_is_the_slippage_of_an_order_of_that_size():
    market = state(book(asks=((101.0, 1.0), (103.0, 1.0))))
    curve = size_curve(request(), market)
    # 1 at 101 and 1 at 103 against a mid of 100: 2 % for all of it, 1 % for the first.
    assert curve.buy[curve.sizes == 2.0] == pytest.approx(200.0)
    assert curve.buy[curve.sizes <= 1.0] == pytest.approx(100.0)


def test_a_side_ends_where_its_visible_levels_do():
    market = state(book(bids=((99.0, 1.0),), asks=((101.0, 3.0),)))
    curve = size_curve(request(), market)
    assert np.isnan(curve.sell[curve.sizes > 1.0]).all()
    assert not np.isnan(curve.buy).any()


@pytest.mark.parametrize("side", list(Side))
def test_total_and_opinions_are_those_of_single_estimates(side):
    asked, market = request(side=side), state(instrument=swap())
    curve = size_curve(asked, market, points=8)
    for i, size in enumerate(curve.sizes.tolist()):
        one = estimate(replace(asked, order=order(size, side)), market)
        assert [column[i] for column in curve.total] == [one.total_bps, one.low_bps, one.high_bps]
        impact = one.component(CostKind.PERMANENT_IMPACT)
        assert [column[i] for column in curve.impact] == [
            impact.bps,
            impact.low_bps,
            impact.high_bps,
        ]


def test_the_learned_line_has_a_band_and_is_absent_until_something_is_learned():
    curve = size_curve(request(), state())
    number, low, high = curve.learned
    assert (low < number).all() and (number < high).all()
    assert np.isnan(size_curve(request(), state(learned=None)).learned).all()


def test_without_volatility_there_is_no_square_root_line_but_all_others():
    curve = size_curve(request(), state(sigma_day=None))
    assert np.isnan(curve.impact).all() and not np.isnan(curve.total[0]).any()


def test_sizes_are_whole_lots_that_rise():
    curve = size_curve(request(), state(instrument=instrument(lot_size=0.01, min_size=0.01)))
    assert curve.sizes / 0.01 == pytest.approx(np.rint(curve.sizes / 0.01))
    assert (np.diff(curve.sizes) > 0).all()


def test_contracts_that_count_money_have_a_curve_in_coins():
    curve = size_curve(request(), state(instrument=inverse_swap(contract_size=1.0)))
    assert curve.sizes[-1] == pytest.approx(3.0) and not np.isnan(curve.total[0][-2])


def test_a_market_whose_book_is_less_than_an_order_has_no_curve():
    assert size_curve(request(), state(instrument=instrument(min_size=5.0))) is None


def test_without_a_book_there_is_no_curve():
    with pytest.raises(BookNotReady):
        size_curve(request(), state(no_book=True))
