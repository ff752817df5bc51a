"""Digits are chosen in one place; these are the choices."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import instrument, inverse_swap, swap
from webapp import format as fmt


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234567.891, 2, "1,234,567.89"),
        (-0.5, 1, "−0.5"),
        (-0.001, 2, "0.00"),
        (0.0, 0, "0"),
        (None, 2, "–"),
        (math.nan, 2, "–"),
        (-math.inf, 2, "–"),
    ],
)
def test_a_number_has_separators_a_true_minus_and_a_dash_where_there_is_none(value, decimals, text):
    assert fmt.number(value, decimals) == text


@given(st.floats(), st.integers(0, 8))
def test_no_number_is_ever_written_as_nan_none_or_with_a_hyphen(value, decimals):
    text = fmt.number(value, decimals)
    assert not {"nan", "inf", "None", "-"}.intersection([text, text[:1]])
    assert text != "−" + "0" * len(text[1:])


@pytest.mark.parametrize(
    ("step", "decimals"), [(0.1, 1), (0.05, 2), (1e-8, 8), (1.0, 0), (10.0, 0), (2.5, 1)]
)
def test_a_step_says_how_many_decimals_its_multiples_need(step, decimals):
    assert fmt.decimals_of(step) == decimals


def test_a_price_has_the_decimals_of_the_tick():
    assert fmt.price(60000.0, instrument(tick_size=0.1)) == "60,000.0"
    assert fmt.price(60000.0, instrument(tick_size=0.1), finer=1) == "60,000.00"


def test_a_size_has_the_decimals_of_a_lot_in_base():
    assert fmt.quantity(0.1, swap()) == "0.1000 BTC"  # lot 0.01 contracts of 0.01 BTC
    assert fmt.quantity(0.5, inverse_swap()) == "0.5000 BTC"  # a lot is money there
    assert fmt.quantity(0.12345678, instrument(lot_size=1e-8)) == "0.12345678 BTC"


def test_a_size_in_the_book_is_no_finer_than_about_one_unit_of_quote():
    assert fmt.size(0.12345678, instrument(lot_size=1e-8), 30_000.0) == "0.12346"
    assert fmt.size(0.1, swap(), 60_000.0) == "0.1000"


def test_a_size_is_also_written_as_the_venue_counts_it():
    assert fmt.venue_size(0.1, 60000.0, swap()) == "10.00 contracts"
    assert fmt.venue_size(0.5, 100.0, instrument(lot_size=0.01)) == "0.50 BTC"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (0.03, "0.0300"),
        (-1e-13, "0.00"),
        (12.3, "12.30"),
        (1234567.8, "1,234,568"),
        (None, "–"),
    ],
)
def test_money_is_as_fine_as_it_matters(value, text):
    assert fmt.amount(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (42.0, "42 s"), (300.0, "5 min"), (8000.0, "2 h")],
)
def test_an_age_is_in_the_largest_unit_that_still_tells_something(seconds, text):
    assert fmt.age(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(71_000.0, "71.0 k"), (1.234e9, "1.23 B"), (12.0, "12.0"), (None, "–")]
)
def test_large_amounts_are_short(value, text):
    assert fmt.compact(value) == text


def test_a_volatility_is_given_per_day_and_per_year():
    assert fmt.volatility(0.02) == "2.00 % /day · 38 % /year"  # 2 % times the root of 365
    assert fmt.volatility(None) == "–"


def test_the_parts_of_a_waterfall_follow_each_other_and_a_rebate_steps_back():
    bars = fmt.waterfall([2.0, 3.0, -1.0], [8.0])
    assert bars == [(0.0, 0.25), (0.25, 0.375), (0.5, 0.125), (0.0, 0.5), (0.0, 1.0)]


def test_a_waterfall_that_starts_with_a_rebate_keeps_its_bars_inside():
    bars = fmt.waterfall([-1.0, 3.0], [])
    assert bars == [(0.0, 0.333), (0.0, 1.0), (0.333, 0.667)]


def test_a_waterfall_of_nothing_has_no_length():
    assert fmt.waterfall([0.0], []) == [(0.0, 0.0), (0.0, 0.0)]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=6), st.lists(st.floats(-100, 100)))
def test_no_bar_leaves_its_cell(parts, beside):
    for start, width in fmt.waterfall(parts, beside):
        assert 0 <= start <= 1 and 0 <= width <= 1 and start + width <= 1.001


def test_a_chart_gets_a_gap_for_a_number_that_is_none():
    assert fmt.plotted(math.nan) is None
    assert fmt.plotted(1 / 3) == 0.3333333


@given(st.floats(1e-9, 1e12))
def test_a_number_written_into_a_field_reads_back(value):
    assert float(fmt.typed(value)) == value
