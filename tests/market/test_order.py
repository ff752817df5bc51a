"""An order that exists is valid."""

import pytest

from market.errors import OrderError
from market.instrument import Side
from market.order import MAX_AMOUNT, Order, Unit
from tests.builders import instrument, inverse_swap, order, swap


@pytest.mark.parametrize(
    "amount", [0, 0.0, -1.0, float("nan"), float("inf"), 2 * MAX_AMOUNT, True, "ten", None]
)
def test_an_impossible_amount_is_refused_with_the_allowed_range(amount):
    with pytest.raises(OrderError) as refused:
        Order(side=Side.BUY, amount=amount)
    assert refused.value.field == "quantity"
    assert "0 < quantity" in refused.value.allowed
    assert refused.value.allowed in str(refused.value)


def test_contracts_need_an_instrument_that_has_them():
    with pytest.raises(OrderError, match="BTC-USDT has no contracts") as refused:
        order(unit=Unit.CONTRACTS).check(instrument())
    assert refused.value.allowed == "base or quote"


def test_contracts_of_a_swap_are_accepted():
    order(unit=Unit.CONTRACTS).check(swap())


@pytest.mark.parametrize(
    ("unit", "listing", "is_money"),
    [
        (Unit.BASE, instrument(), False),
        (Unit.QUOTE, instrument(), True),
        (Unit.CONTRACTS, swap(), False),
        (Unit.CONTRACTS, inverse_swap(), True),
    ],
)
def test_quote_and_inverse_contracts_fix_money(unit, listing, is_money):
    assert order(unit=unit).is_sized_in_quote(listing) is is_money
