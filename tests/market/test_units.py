"""Conversions between units."""

import pytest

from market.units import (
    annual_from_day,
    bps_of,
    day_from_annual,
    from_bps,
    slippage_bps,
    to_bps,
)


def test_one_percent_is_a_hundred_bps():
    assert to_bps(0.01) == 100.0
    assert from_bps(100.0) == 0.01


def test_paying_above_the_mid_costs_a_buyer_and_pays_a_seller():
    # 101 against 100 is 1 % = 100 bps.
    assert slippage_bps(1, 101.0, 100.0) == pytest.approx(100.0)
    assert slippage_bps(-1, 101.0, 100.0) == pytest.approx(-100.0)


def test_money_is_measured_against_the_notional():
    # 2 of 1000 is 0.2 % = 20 bps.
    assert bps_of(2.0, 1000.0) == 20.0


def test_a_year_of_crypto_has_365_days():
    # sqrt(365) = 19.105
    assert annual_from_day(0.02) == pytest.approx(0.02 * 19.1049732)


def test_annual_and_daily_volatility_are_inverse():
    assert day_from_annual(annual_from_day(0.03)) == pytest.approx(0.03)
