"""Coefficients found again in books and tapes that were made with them."""

import numpy as np
import pytest

from market.instrument import Side
from models.depth_curve import DepthCurve
from models.impact.calibration import (
    density,
    in_daily_volatilities,
    permanent_from_tape,
    refill_time,
    response,
    temporary_from_refill,
)
from models.impact.kernels import ExponentialDecay
from tests.builders import book


def test_the_density_of_a_block_is_its_base_per_quote_of_price():
    # 3 base up to 102, two away from 100
    assert density(DepthCurve.of(book(), Side.BUY)) == pytest.approx(1.5)
    assert density(DepthCurve.of(book(), Side.SELL)) == pytest.approx(1.5)


def test_levels_far_from_the_mid_do_not_count():
    near = book(asks=[(100.05, 1.0), (100.1, 1.0), (150, 1000)], bids=[(99.95, 1.0)])
    assert density(DepthCurve.of(near, Side.BUY), within_bps=20) == pytest.approx(2 / 0.1)


def test_one_level_shows_no_density():
    assert density(DepthCurve.of(book(asks=[(101, 1)]), Side.BUY)) is None


def test_a_book_that_refills_in_8_64_seconds_by_hand():
    assert temporary_from_refill(2.0, 8.64) == pytest.approx(2.5e-5)


def test_the_slope_of_the_tape_is_found_again():
    random = np.random.default_rng(1)
    volume = random.normal(0, 10, 2000)
    change = 0.05 * volume + random.normal(0, 0.2, 2000)
    assert permanent_from_tape(volume, change) == pytest.approx(0.05, rel=0.05)


def test_one_wild_bin_does_not_move_the_slope_far():
    random = np.random.default_rng(2)
    volume = random.normal(0, 10, 1000)
    change = 0.05 * volume
    change[0] = 1e6
    assert permanent_from_tape(volume, change) == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize("n", [0, 29])
def test_a_short_tape_has_no_slope(n):
    assert permanent_from_tape(np.ones(n), np.ones(n)) is None


def test_a_tape_without_volume_has_no_slope():
    assert permanent_from_tape(np.zeros(100), np.ones(100)) is None


def test_a_coefficient_becomes_the_number_of_the_ticket():
    # gamma = g sigma mid / V: 1.18 * 0.03 * 100 / 10,000
    assert in_daily_volatilities(1.18 * 3 / 1e4, 0.03, 100.0, 1e4) == pytest.approx(1.18)


def test_the_response_to_unrelated_trades_is_the_kernel():
    random = np.random.default_rng(3)
    volume = random.normal(0, 1, 40_000)
    kernel = ExponentialDecay(g0=2.0, time=5.0).at(np.arange(60.0))
    mids = 100 + np.concatenate(([0.0], np.convolve(volume, kernel)[: len(volume) - 1]))
    lags = (1, 3, 6, 11)
    expected = 2 * np.exp(-(np.array(lags) - 1) / 5)
    assert response(mids, volume, lags) == pytest.approx(expected, abs=0.08)


def test_a_response_needs_a_tape_longer_than_its_lags():
    assert response(np.ones(50), np.ones(50), (1, 30)) is None


def test_the_refill_time_is_found_again():
    seconds = np.arange(1.0, 10.0)
    depth = 50 * (1 - 0.8 * np.exp(-seconds / 3.0))
    assert refill_time(seconds, depth, 50.0) == pytest.approx(3.0)


def test_a_book_that_does_not_come_back_has_no_refill_time():
    seconds = np.arange(1.0, 10.0)
    assert refill_time(seconds, 50 * np.exp(-seconds / 3), 50.0) is None
    assert refill_time(seconds, np.full(9, 50.0), 50.0) is None
