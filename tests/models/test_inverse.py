"""Inverse questions are answered by what, asked forwards, gives the question back."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from market.errors import BookNotReady, OrderError
from market.instrument import Side
from market.trust import Doubt, Grade
from models.estimate import estimate
from models.fee_schedules import custom_tier
from models.impact.square_root import AVERAGE_OF_PEAK, square_root_peak_bps
from models.inverse import capacity, largest_size, largest_size_after, price_of_move
from tests.builders import book, instrument, request, state, swap
from tests.strategies import books

sides = st.sampled_from(Side)
FINE = instrument(lot_size=1e-6, min_size=1e-6)


def cost_of(market, side, quantity, taker):
    return estimate(request(quantity, side, tier=custom_tier(0.0, taker)), market).total_bps


@given(of=books(), side=sides, budget=st.floats(0.0, 300.0), taker=st.sampled_from([0.0, 5.0]))
def test_the_largest_size_is_within_the_budget_and_a_little_more_is_not(of, side, budget, taker):
    market = state(of, instrument=FINE)
    try:
        found = largest_size(market, side, budget, taker)
    except OrderError:
        assert cost_of(market, side, 2e-6, taker) > budget - 1e-6
        return
    assert cost_of(market, side, found.quantity, taker) <= budget + 1e-6
    assert found.cost_bps == pytest.approx(cost_of(market, side, found.quantity, taker), abs=1e-6)
    if not found.is_all_visible:
        more = found.quantity * (1 + 1e-6) + 2e-5
        assume(more <= float(of.levels(side)[1].sum()))
        assert cost_of(market, side, more, taker) > budget - 1e-3


def test_the_largest_size_by_hand():
    # asks 101 x 1, 102 x 2; 150 bps of 100: 101 + 102 = 203 = 2 * 101.5
    found = largest_size(state(), Side.BUY, 150.0)
    assert (found.quantity, found.cost_bps) == (pytest.approx(2.0), pytest.approx(150.0))


def test_a_budget_below_the_spread_is_refused_with_what_any_size_costs():
    with pytest.raises(OrderError) as refused:
        largest_size(state(), Side.BUY, 50.0)
    assert (refused.value.field, refused.value.allowed) == ("budget", "above 100 bps")


def test_all_that_is_visible_is_said_to_be_the_end():
    assert largest_size(state(), Side.BUY, 1000.0).is_all_visible


def test_a_swap_is_answered_in_whole_lots():
    found = largest_size(state(instrument=swap()), Side.BUY, 123.4)
    assert found.quantity / 1e-4 == pytest.approx(round(found.quantity / 1e-4))


def test_an_untrusted_book_has_no_largest_size():
    with pytest.raises(BookNotReady):
        largest_size(state(doubts=[Doubt(Grade.REFUSE, "gap", "lost one")]), Side.BUY, 150.0)


def test_confidence_keeps_room_for_the_price_to_move():
    # 1.645 * 3 % * sqrt(1 / 86400) = 1.679 bps
    sure = largest_size_after(state(), Side.BUY, 150.0, delay_s=1.0, confidence=0.95)
    assert sure.uncertain_bps == pytest.approx(1.6449 * 300 / math.sqrt(86_400), rel=1e-4)
    assert sure.quantity < largest_size(state(), Side.BUY, 150.0).quantity


@given(confidence=st.floats(0.5, 0.99), more=st.floats(0.0, 0.009))
def test_more_confidence_means_less_size(confidence, more):
    sizes = [
        largest_size_after(state(), Side.BUY, 150.0, delay_s=1.0, confidence=c).quantity
        for c in (confidence, confidence + more)
    ]
    assert sizes[1] <= sizes[0] + 1e-9


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"delay_s": -1.0}, "delay"), ({"confidence": 1.0}, "confidence")],
)
def test_an_impossible_question_names_its_field(changed, field):
    with pytest.raises(OrderError) as refused:
        largest_size_after(
            state(), Side.BUY, 150.0, **{"delay_s": 1.0, "confidence": 0.9, **changed}
        )
    assert refused.value.field == field
    assert refused.value.allowed


def test_the_price_of_a_move_by_hand():
    # 150 bps from 100 is 101.5: the coin at 101 goes, 102 is left
    found = price_of_move(state(), Side.BUY, 150.0)
    assert (found.quantity, found.money, found.next_price) == (1.0, 101.0, 102.0)


@given(of=books(), side=sides, move=st.floats(0.01, 500.0))
def test_a_move_leaves_a_best_price_at_least_that_far(of, side, move):
    found = price_of_move(state(of), side, move)
    if found.next_price is not None:
        assert side.sign * (found.next_price - of.mid) / of.mid * 1e4 >= move - 1e-9


def test_a_move_beyond_the_book_has_no_next_price():
    assert price_of_move(state(book()), Side.SELL, 1e4).next_price is None


@given(edge=st.floats(0.1, 100.0), sigma=st.floats(0.001, 0.2), adv=st.floats(1.0, 1e6))
def test_at_capacity_the_expected_impact_is_the_edge(edge, sigma, adv):
    quantity = capacity(edge, sigma, adv)
    impact = AVERAGE_OF_PEAK * square_root_peak_bps(1.0, sigma, quantity, adv)
    assert impact == pytest.approx(edge)


def test_without_an_edge_there_is_no_capacity():
    assert capacity(-1.0, 0.03, 1e4) == 0.0
