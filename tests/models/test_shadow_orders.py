"""Orders that were never sent: filled when they would have been, by hand and by property."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.instrument import Side
from market.trade import Trade
from models.fill.queue_position import QueuePosition, all_ahead, logarithmic, power, risk_averse
from models.fill.shadow_orders import NEVER, VIEWS, ShadowOrders
from tests.builders import book

S = 1_000_000_000


def trade(price, size, aggressor=Side.SELL, at_s=1.0):
    return Trade(
        symbol="X",
        price=price,
        size=size,
        aggressor=aggressor,
        event_ns=0,
        recv_ns=round(at_s * S),
    )


def resting(price=99.0, quantity=1.0, ahead=2.0, side=Side.BUY):
    orders = ShadowOrders(1)
    place(orders, [0], [price], [quantity], [ahead], side)
    return orders


def place(orders, at, prices, quantities, ahead, side=Side.BUY):
    orders.place(
        np.array(at),
        signs=np.full(len(at), float(side.sign)),
        prices=np.array(prices),
        quantities=np.array(quantities),
        ahead=np.array(ahead),
    )


def filled_s(orders, place=0):
    return tuple((orders.filled_ns[:, place] / S).tolist())


# -- by hand -----------------------------------------------------------------------------------


def test_an_order_fills_once_all_that_is_ahead_and_itself_has_traded():
    orders = resting(quantity=1.0, ahead=2.0)
    orders.trade(trade(99.0, 2.0, at_s=1))
    assert filled_s(orders) == (NEVER,) * 3
    orders.trade(trade(99.0, 1.0, at_s=2))
    assert filled_s(orders) == (2.0,) * 3


def test_half_an_order_is_no_fill():
    orders = resting(quantity=1.0, ahead=0.0)
    orders.trade(trade(99.0, 0.5))
    assert filled_s(orders) == (NEVER,) * 3


def test_a_buyer_who_takes_does_not_fill_a_resting_buy():
    orders = resting(ahead=0.0)
    orders.trade(trade(99.0, 9.0, Side.BUY))
    assert filled_s(orders) == (NEVER,) * 3


def test_a_print_beyond_our_price_means_that_the_queue_is_gone():
    # 100 ahead at 99, but 1 traded at 98: the level at 99 was taken whole, then 1 of ours
    orders = resting(quantity=1.0, ahead=100.0)
    orders.trade(trade(98.0, 1.0))
    assert filled_s(orders) == (1.0,) * 3


def test_a_sell_mirrors_a_buy():
    orders = resting(price=101.0, quantity=1.0, ahead=2.0, side=Side.SELL)
    orders.trade(trade(101.0, 2.0, Side.BUY))
    orders.trade(trade(101.5, 1.0, Side.BUY, at_s=2))
    assert filled_s(orders) == (2.0,) * 3


def test_the_other_side_at_our_price_fills_and_is_told_apart():
    orders = resting(price=99.0, ahead=5.0)
    orders.book(book([(98.0, 1.0)], [(99.0, 1.0)]), 3 * S)
    assert filled_s(orders) == (3.0,) * 3
    assert orders.is_crossed[0]


def test_a_trade_is_no_crossing():
    orders = resting(quantity=1.0, ahead=0.0)
    orders.trade(trade(99.0, 1.0))
    orders.book(book([(98.0, 1.0)], [(99.0, 1.0)]), 3 * S)
    assert not orders.is_crossed[0]


def test_three_views_of_a_cancel():
    # joins 4 (F = 4); 4 more join behind it (level 8); then 4 are cancelled (level 4):
    # all behind: 4 left ahead; spread evenly: 4 (1 - 4/8) = 2; all ahead: 0
    orders = resting(quantity=1.0, ahead=4.0)
    orders.book(book([(99.0, 8.0)]), S)
    orders.book(book([(99.0, 4.0)]), 2 * S)
    assert orders.ahead[:, 0].tolist() == [4.0, 2.0, 0.0]


def test_a_trade_is_not_counted_again_as_a_cancel():
    orders = resting(quantity=1.0, ahead=4.0)
    orders.trade(trade(99.0, 3.0))
    orders.book(book([(99.0, 1.0)]), S)
    assert orders.ahead[:, 0].tolist() == [1.0, 1.0, 1.0]


def test_a_level_beyond_the_visible_book_is_not_taken_for_cancelled():
    orders = resting(price=97.0, ahead=4.0)
    orders.book(book([(99.0, 1.0), (98.0, 1.0)]), S)
    assert orders.ahead[:, 0].tolist() == [4.0] * 3
    orders.book(book([(99.0, 1.0), (97.0, 3.0)]), 2 * S)
    # seen again with 3: at most 3 can be ahead, whatever happened meanwhile
    assert orders.ahead[:, 0].tolist() == [3.0] * 3


def test_a_place_is_used_again_without_a_trace():
    orders = resting(quantity=1.0, ahead=0.0)
    orders.trade(trade(99.0, 1.0))
    orders.take_away(np.array([0]))
    place(orders, [0], [98.0], [1.0], [2.0])
    assert filled_s(orders) == (NEVER,) * 3


# -- properties --------------------------------------------------------------------------------

sizes = st.integers(0, 12).map(float)
prices = st.sampled_from([98.0, 99.0])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), prices, st.integers(1, 8).map(float)),
        st.tuples(st.just("level"), sizes, sizes),
        st.tuples(st.just("cross"), sizes, sizes),
    ),
    max_size=25,
)


def run(orders, seen):
    """Bids at 99 and 98, as the steps say; a trade moves time on by a second, a book too."""
    for second, (kind, first, second_value) in enumerate(seen, start=1):
        if kind == "trade":
            orders.trade(trade(first, second_value, at_s=second))
            continue
        bids = [(p, q) for p, q in ((99.0, first), (98.0, second_value)) if q]
        ask = 99.0 if kind == "cross" and not first else 101.0
        orders.book(book([*bids, (97.0, 1.0)], [(ask, 1.0)]), second * S)


@given(seen=steps, ahead=sizes, small=st.integers(1, 5), more=st.integers(0, 5))
@settings(max_examples=200)
def test_a_larger_order_never_fills_earlier(seen, ahead, small, more):
    orders = ShadowOrders(2)
    place(orders, [0, 1], [99.0, 99.0], [small, small + more], [ahead, ahead])
    run(orders, seen)
    for view in range(len(VIEWS)):
        first, second = orders.filled_ns[view].tolist()
        assert second == NEVER or (first != NEVER and first <= second)


@given(seen=steps, ahead=sizes, quantity=st.integers(1, 5))
@settings(max_examples=200)
def test_a_more_hopeful_view_never_fills_later(seen, ahead, quantity):
    orders = resting(quantity=quantity, ahead=ahead)
    run(orders, seen)
    late, middle, soon = orders.filled_ns[:, 0].tolist()
    assert late == NEVER or (middle != NEVER and middle <= late)
    assert middle == NEVER or (soon != NEVER and soon <= middle)


@given(seen=steps, ahead=sizes, more=sizes)
@settings(max_examples=200)
def test_a_longer_queue_never_fills_earlier(seen, ahead, more):
    orders = ShadowOrders(2)
    place(orders, [0, 1], [99.0, 99.0], [1.0, 1.0], [ahead, ahead + more])
    run(orders, seen)
    for view in range(len(VIEWS)):
        first, second = orders.filled_ns[view].tolist()
        assert second == NEVER or (first != NEVER and first <= second)


at_price = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), st.floats(0.0, 5.0)),
        st.tuples(st.just("level"), st.floats(0.0, 20.0)),
    ),
    max_size=20,
)


@given(seen=at_price, start=st.floats(0.0, 20.0))
def test_each_view_is_the_queue_model_of_that_name(seen, start):
    orders = resting(quantity=1e9, ahead=start)
    models = [QueuePosition(start, behind) for behind in (risk_averse, power(1.0), all_ahead)]
    level = start
    for kind, value in seen:
        if kind == "trade":
            orders.trade(trade(99.0, value))
        else:
            orders.book(book([(99.0, value), (98.0, 1.0)] if value else [(98.0, 1.0)]), S)
        for model in models:
            if kind == "trade":
                model.trade(value)
            else:
                model.level(level, value)
        level = value if kind == "level" else level
    assert orders.ahead[:, 0].tolist() == pytest.approx([m.ahead for m in models], abs=1e-9)


@given(seen=at_price, start=st.floats(0.0, 20.0))
def test_cancels_alone_fill_nothing(seen, start):
    cancels = [value for kind, value in seen if kind == "level"]
    for behind in (risk_averse, power(0.5), power(1.0), logarithmic(1.0), all_ahead):
        position, level = QueuePosition(start, behind), start
        for value in cancels:
            position.level(level, value)
            level = value
        assert not position.is_filled
