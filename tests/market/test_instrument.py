"""Instruments: contracts become coins here and nowhere else."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import OrderError
from market.instrument import Side
from tests.builders import instrument, inverse_swap, swap


def test_ten_btc_swap_contracts_are_a_tenth_of_a_coin():
    # ctVal 0.01 BTC
    assert swap().base_of(10.0, price=60_000.0) == pytest.approx(0.1)


def test_a_linear_contract_does_not_depend_on_the_price():
    assert swap().base_of(10.0, 1.0) == swap().base_of(10.0, 60_000.0)


def test_an_inverse_contract_is_worth_its_face_in_money():
    # 6 contracts of 100 USD at 50,000: 600 / 50,000 = 0.012 BTC
    assert inverse_swap().base_of(6.0, 50_000.0) == pytest.approx(0.012)
    assert inverse_swap().contracts_of(0.012, 50_000.0) == pytest.approx(6.0)


def test_spot_sizes_are_coins():
    assert instrument().base_of(3.0, 60_000.0) == 3.0
    assert instrument().contracts_of(3.0, 60_000.0) == 3.0


def test_conversion_takes_arrays():
    assert swap().base_of(np.array([1.0, 2.0]), 1.0).tolist() == [0.01, 0.02]


@pytest.mark.parametrize(
    ("size", "lot", "expected"),
    [
        (0.3, 0.1, 0.3),  # 0.3 / 0.1 is 2.9999999999999996 in float64
        (0.39, 0.1, 0.3),
        (0.1 + 0.2, 0.1, 0.3),  # 0.30000000000000004
        (0.7 / 0.01 * 0.01, 0.01, 0.7),
        (7.0, 1.0, 7.0),
        (0.00001234, 0.00001, 0.00001),
        (0.05, 0.1, 0.0),
        (123456789.123, 0.01, 123456789.12),
    ],
)
def test_rounding_down_counts_whole_lots(size, lot, expected):
    assert instrument(lot_size=lot).floor_to_lot(size) == expected


@given(size=st.floats(1e-6, 1e9), lot=st.sampled_from([1e-8, 1e-5, 0.01, 0.1, 1.0]))
def test_rounding_down_gives_no_more_than_was_asked_for(size, lot):
    rounded = instrument(lot_size=lot).floor_to_lot(size)
    assert rounded <= size * (1 + 1e-12)
    assert size - rounded < lot * (1 + 1e-9) + size * 1e-12


@pytest.mark.parametrize("size", [1_000_000_000_000.6, 10_000_000_000_000.9])
def test_rounding_down_never_adds_a_lot_however_many_there_are(size):
    assert instrument(lot_size=1.0).floor_to_lot(size) == math.floor(size)


@pytest.mark.parametrize("size", [float("inf"), float("nan")])
def test_a_size_beyond_any_number_is_refused(size):
    with pytest.raises(OrderError, match="a finite amount"):
        instrument().floor_to_lot(size)


@given(lots=st.integers(1, 10**9), lot=st.sampled_from([1e-8, 1e-5, 0.01, 0.1, 1.0]))
def test_rounding_twice_is_rounding_once(lots, lot):
    once = instrument(lot_size=lot).floor_to_lot(lots * lot)
    assert instrument(lot_size=lot).floor_to_lot(once) == once


def test_a_float_of_numpy_is_a_size_too():
    assert instrument(lot_size=0.1).floor_to_lot(np.float64(0.35)) == 0.3


@pytest.mark.parametrize("field", ["tick_size", "lot_size", "min_size", "contract_size"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_instrument_is_refused_by_the_field_at_fault(field, value):
    with pytest.raises(ValueError, match=field):
        instrument(**{field: value})


def test_symbols_are_the_same_words_on_every_venue():
    assert instrument().symbol == "BTC/USDT"
    assert swap().symbol == "BTC/USDT:USDT"


def test_sides_have_signs_and_opposites():
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert Side.BUY.opposite is Side.SELL
    assert Side.SELL.opposite is Side.BUY
