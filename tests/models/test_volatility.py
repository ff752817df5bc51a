"""Volatility: known when there is data, absent before, never zero for want of it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.errors import OrderError
from market.trade import Candle
from market.units import NS_PER_S
from models.volatility import MarketVolatility
from models.volatility.ewma import EwmaVolatility
from models.volatility.limits import check_sigma_day, sigma_warning
from models.volatility.realised import RealisedVolatility

ESTIMATORS = [EwmaVolatility, lambda: RealisedVolatility(step_s=1.0)]
estimators = pytest.mark.parametrize("make", ESTIMATORS, ids=["ewma", "realised"])


def fed(estimator, mids, step_s=1.0, start_s=1000.0):
    for i, mid in enumerate(mids):
        estimator.update(mid, int((start_s + i * step_s) * NS_PER_S))
    return estimator


def zigzag(n, move=1e-4):
    """Mids whose every log return is +move or -move."""
    return [100.0 * math.exp(move * (i % 2)) for i in range(n)]


def candles(n, move=1e-3, start_s=0):
    return [
        Candle(open_ns=(start_s + 60 * i) * NS_PER_S, open=c, high=c, low=c, close=c, volume=1.0)
        for i, c in enumerate(zigzag(n, move))
    ]


@estimators
def test_equal_moves_every_second_give_their_size_times_the_root_of_a_day(make):
    # 1e-4 * sqrt(86400) = 2.939 %
    assert fed(make(), zigzag(200)).get() == pytest.approx(1e-4 * 86400**0.5, rel=1e-6)


@estimators
def test_without_data_there_is_no_volatility_and_it_says_what_is_missing(make):
    estimator = make()
    assert estimator.get() is None
    assert "0 of" in estimator.missing()
    fed(estimator, zigzag(10))
    assert estimator.get() is None
    # ten mids are nine returns; on a grid the last of them is still open
    assert estimator.missing().split(" of ")[0] in ("8", "9")


@estimators
def test_a_price_that_never_moves_has_no_volatility(make):
    assert fed(make(), [100.0] * 200).get() == 0.0


@estimators
def test_a_simulated_day_is_measured_within_three_standard_errors(make):
    # 7200 returns of 0.03 / sqrt(86400); EWMA weighs about 2 * 866 of them, the window 3600:
    # error of a standard deviation 1 / sqrt(2 n), three times that is 5.1 % at most
    rng = np.random.default_rng(20260921)
    path = 100 * np.exp(np.cumsum(rng.normal(0, 0.03 / 86400**0.5, 7200)))
    assert fed(make(), path.tolist()).get() == pytest.approx(0.03, rel=0.051)


@estimators
@given(factor=st.floats(0.1, 20.0))
@settings(max_examples=20)
def test_moves_twice_as_large_are_twice_the_volatility(make, factor):
    small, large = fed(make(), zigzag(120)).get(), fed(make(), zigzag(120, factor * 1e-4)).get()
    assert large == pytest.approx(factor * small, rel=1e-9)


def test_the_same_path_four_times_slower_is_half_as_volatile():
    fast = fed(EwmaVolatility(half_life_s=100), zigzag(200)).get()
    slow = fed(EwmaVolatility(half_life_s=400), zigzag(200), step_s=4.0).get()
    assert slow == pytest.approx(fast / 2)


@estimators
def test_the_same_mid_again_at_the_same_time_changes_nothing(make):
    once, twice = make(), make()
    for i, mid in enumerate(zigzag(100)):
        at = i * NS_PER_S
        once.update(mid, at)
        twice.update(mid, at)
        twice.update(mid, at)
    assert once.get() == twice.get()


@estimators
def test_a_mid_from_the_past_changes_nothing(make):
    estimator = fed(make(), zigzag(100))
    before = estimator.get()
    estimator.update(500.0, 5 * NS_PER_S)
    assert estimator.get() == before


@estimators
def test_a_clock_that_is_set_back_does_not_stop_the_measurement(make):
    estimator = fed(make(), zigzag(600), start_s=7200)
    before = estimator.get()
    estimator.update(500.0, 3600 * NS_PER_S)
    assert estimator.get() == before
    fed(estimator, zigzag(600, 1e-2), start_s=3601)
    assert estimator.get() > 2 * before


def test_candles_out_of_order_or_twice_are_left_out():
    clean, shuffled = EwmaVolatility(), EwmaVolatility()
    bars = candles(60)
    clean.seed(bars)
    shuffled.seed([bars[0], *[bar for bar in bars for _ in range(2)]])
    assert (shuffled.get(), shuffled.candles) == (pytest.approx(clean.get()), clean.candles)
    far = EwmaVolatility()
    far.seed([*candles(2, start_s=10**9), *candles(2)])
    assert far.candles == 2


@estimators
@pytest.mark.parametrize("junk", [float("nan"), float("inf"), 0.0, -1.0])
def test_an_impossible_mid_changes_nothing(make, junk):
    estimator = fed(make(), zigzag(100))
    before = estimator.get()
    estimator.update(junk, 5000 * NS_PER_S)
    assert estimator.get() == before


@estimators
def test_a_gap_in_the_feed_is_not_a_return(make):
    # 100 mids, then 31 s of silence and a price 10 % away: no such return ever happened
    estimator = fed(make(), zigzag(100))
    fed(estimator, [110 * x / 100 for x in zigzag(100)], start_s=1000 + 99 + 31)
    assert estimator.get() == pytest.approx(1e-4 * 86400**0.5, rel=1e-6)


def test_a_short_silence_is_a_return_over_its_own_time():
    # 60 returns of 1e-4 in 60 s, then one of 1e-2 over 30 s; hardly forgotten with a long memory:
    # sqrt((60e-8 + 1e-4) / 90 * 86400)
    estimator = fed(EwmaVolatility(half_life_s=1e9), zigzag(61))
    estimator.update(100.0 * math.exp(1e-2), (1060 + 30) * NS_PER_S)
    assert estimator.get() == pytest.approx((100.6e-6 / 90 * 86400) ** 0.5, rel=1e-4)


def test_old_returns_are_forgotten_by_half_in_a_half_life():
    # 600 s of moves of 2e-4, then 600 s of none, half-life 600: the first part weighs 1 / 3
    estimator = fed(EwmaVolatility(half_life_s=600), zigzag(601, 2e-4))
    for i in range(1, 601):
        estimator.update(100.0, (1600 + i) * NS_PER_S)
    assert estimator.get() == pytest.approx(2e-4 * (86400 / 3) ** 0.5, rel=0.002)


def test_mids_between_two_steps_are_noise_and_are_left_out():
    # ten quotes a second that flicker, but every full second the price is back
    estimator = EwmaVolatility()
    for i in range(2000):
        estimator.update(100.0 if i % 10 == 0 else 101.0, 10**12 + i * NS_PER_S // 10)
    assert estimator.get() == 0.0


def test_a_window_forgets_what_left_it():
    # a minute of moves, then a window of stillness
    estimator = RealisedVolatility(window_s=60, step_s=1)
    fed(estimator, zigzag(60))
    fed(estimator, [100.0] * 70, start_s=1060)
    assert estimator.get() == 0.0


@given(moves=st.lists(st.floats(-1e-3, 1e-3), min_size=100, max_size=300))
@settings(max_examples=30)
def test_a_window_holds_exactly_its_last_returns(moves):
    path = 100 * np.exp(np.cumsum(moves))
    estimator = fed(RealisedVolatility(window_s=50, step_s=1), path.tolist())
    # the last cell is still open, so the 50 closed ones before it count
    expected = math.sqrt(np.square(np.diff(np.log(path))[-51:-1]).sum() / 50 * 86400)
    assert estimator.get() == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("make", [EwmaVolatility, RealisedVolatility], ids=["ewma", "realised"])
def test_candles_are_a_start(make):
    # 10 bps a minute: 1e-3 * sqrt(1440) = 3.79 %
    estimator = make()
    estimator.seed(candles(120))
    assert estimator.get() == pytest.approx(1e-3 * 1440**0.5, rel=1e-6)


def test_candles_may_come_before_or_after_the_first_live_mids():
    early, late = EwmaVolatility(), EwmaVolatility()
    early.seed(candles(100))
    fed(early, zigzag(50), start_s=6010)
    fed(late, zigzag(50), start_s=6010)
    late.seed(candles(100))
    assert early.get() == pytest.approx(late.get(), rel=1e-12)


@pytest.mark.parametrize("make", [EwmaVolatility, RealisedVolatility], ids=["ewma", "realised"])
def test_a_hole_in_the_candles_is_not_a_return(make):
    estimator = make()
    later = [
        Candle(open_ns=c.open_ns, open=c.open, high=c.high, low=c.low, close=2 * c.close, volume=1)
        for c in candles(50, start_s=60 * 60)
    ]
    estimator.seed(candles(50) + later)
    assert estimator.get() == pytest.approx(1e-3 * 1440**0.5, rel=1e-6)


@estimators
def test_no_candles_are_no_data(make):
    estimator = make()
    estimator.seed([])
    assert estimator.get() is None


def test_the_volatility_of_a_market_says_where_it_comes_from():
    market = MarketVolatility()
    assert market.sigma_day() is None
    assert market.origin() == "waiting: 0 of 60 s of returns seen"
    market.seed(candles(100))
    for i, mid in enumerate(zigzag(5)):
        market.update(mid, (6000 + i) * NS_PER_S)
    assert market.sigma_day() is not None
    assert market.origin() == ("EWMA, half-life 10 min, 4 live returns and 99 one-minute candles")


@pytest.mark.parametrize("sigma", [0.0, -0.01, 10.01, float("nan"), float("inf")])
def test_an_impossible_volatility_is_refused_with_the_range(sigma):
    with pytest.raises(OrderError) as refused:
        check_sigma_day(sigma)
    assert refused.value.field == "volatility"
    assert "0 < volatility <= 10" in refused.value.allowed


def test_an_extreme_volatility_is_questioned():
    assert sigma_warning(0.5) is None
    assert "200%" in sigma_warning(2.0)
