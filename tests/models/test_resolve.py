"""From what was typed to what the venue accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import BookNotReady, OrderError
from market.instrument import Side
from market.order import Unit
from market.trust import Doubt, Grade
from models.resolve import resolve
from tests.builders import book, instrument, inverse_swap, order, state, swap
from tests.strategies import books


def test_money_to_spend_is_walked_not_divided_by_the_mid():
    # 203 buys one coin at 101 and one at 102; at the mid of 100 it would have been 2.03
    assert resolve(order(203, unit=Unit.QUOTE), state()).quantity == pytest.approx(2.0)


def test_money_to_receive_is_walked_down_the_bids():
    # one coin at 99 and one at 98
    sold = resolve(order(197, Side.SELL, Unit.QUOTE), state())
    assert sold.quantity == pytest.approx(2.0)


def test_quantity_is_rounded_down_to_the_lot_and_the_request_is_kept():
    listing = instrument(lot_size=0.1, min_size=0.1)
    resolved = resolve(order(0.37), state(instrument=listing))
    assert resolved.quantity == pytest.approx(0.3)
    assert resolved.requested == 0.37


def test_contracts_and_coins_meet_in_the_same_quantity():
    # 10 contracts of 0.01 BTC
    listing = state(instrument=swap())
    ten = resolve(order(10, unit=Unit.CONTRACTS), listing)
    tenth = resolve(order(0.1), listing)
    assert ten.quantity == tenth.quantity == 0.1
    assert ten.size == tenth.size == 10.0


def test_the_lot_of_a_swap_counts_contracts():
    # 0.123456 BTC is 12.3456 contracts, 12.34 in lots of 0.01: 0.1234 BTC
    assert resolve(order(0.123456), state(instrument=swap())).quantity == pytest.approx(0.1234)


def test_an_inverse_contract_buys_its_face_along_the_book():
    # 3 contracts of 100 USD: one coin at 101 takes 101, the other 199 buy 199 / 102 coins
    resolved = resolve(order(3, unit=Unit.CONTRACTS), state(instrument=inverse_swap()))
    assert resolved.quantity == pytest.approx(1 + 199 / 102)


def test_coins_of_an_inverse_contract_are_rounded_in_contracts():
    # 2 coins cost 203 USD = 2.03 contracts, 2.0 in lots of 0.1: 200 USD = 1 + 99/102 coins
    resolved = resolve(order(2.0), state(instrument=inverse_swap()))
    assert resolved.size == 2.0
    assert resolved.quantity == pytest.approx(1 + 99 / 102)
    assert resolved.requested == pytest.approx(2.0)


@given(of=books(), side=st.sampled_from(Side), amount=st.floats(0.5, 500.0))
def test_rounding_never_adds(of, side, amount):
    listing = instrument(lot_size=0.25, min_size=0.25)
    resolved = resolve(order(amount, side), state(of, instrument=listing))
    # 2.4999999999999996 is ten lots of a quarter: float64, not a wish
    slack = 1e-12 * resolved.requested
    assert -slack <= resolved.requested - resolved.quantity < 0.25 + slack


def test_money_the_book_cannot_take_is_counted_at_its_last_price():
    # asks hold 3 for 305; the other 102 stand for one coin more at 102
    resolved = resolve(order(407, unit=Unit.QUOTE), state())
    assert resolved.quantity == pytest.approx(4.0)


@pytest.mark.parametrize("policy", ["penalty", "extrapolate"])
def test_money_beyond_the_book_buys_what_the_policy_charges_for(policy):
    resolved = resolve(order(407, unit=Unit.QUOTE), state(), policy)
    fill_cost = 305 + resolved.policy.take(resolved.curve, resolved.quantity - 3).money
    assert fill_cost == pytest.approx(407.0)


@pytest.mark.parametrize(
    ("amount", "unit", "allowed"),
    [
        # smallest: 0.01 contracts = 0.0001 BTC, at 101 each 0.0101 USDT
        (0.00005, Unit.BASE, "at least 0.0001 BTC"),
        (0.005, Unit.CONTRACTS, "at least 0.01 contracts, which is 0.0001 BTC"),
        (0.01, Unit.QUOTE, "at least 0.0101 USDT, which is 0.0001 BTC"),
    ],
)
def test_an_order_below_the_minimum_is_told_the_minimum_in_its_own_unit(amount, unit, allowed):
    with pytest.raises(OrderError) as refused:
        resolve(order(amount, unit=unit), state(instrument=swap()))
    assert refused.value.field == "quantity"
    assert refused.value.allowed == allowed


def test_the_minimum_it_tells_is_enough():
    listing = state(book(asks=[(64123.7, 5.0)]), instrument=swap())
    with pytest.raises(OrderError) as refused:
        resolve(order(1.0, unit=Unit.QUOTE), listing)
    smallest = float(refused.value.allowed.split()[2])
    assert resolve(order(smallest, unit=Unit.QUOTE), listing).size == 0.01


def test_an_order_below_the_minimum_value_is_told_the_minimum():
    listing = instrument(min_notional=10.0)
    with pytest.raises(OrderError) as refused:
        resolve(order(0.05), state(instrument=listing))
    assert refused.value.allowed == "at least 10 USDT"


def test_contracts_of_a_spot_market_are_refused():
    with pytest.raises(OrderError, match="unit"):
        resolve(order(1, unit=Unit.CONTRACTS), state())


def test_an_untrusted_book_gives_its_reason_and_no_number():
    doubt = Doubt(Grade.REFUSE, "stale", "no news for 12 s")
    with pytest.raises(BookNotReady, match="no news for 12 s"):
        resolve(order(), state(doubts=[doubt]))


def test_a_missing_book_gives_no_number():
    with pytest.raises(BookNotReady, match="first book"):
        resolve(order(), state(no_book=True))


def test_a_suspended_market_gives_no_number():
    with pytest.raises(BookNotReady, match="not trading"):
        resolve(order(), state(instrument=instrument(is_live=False)))
