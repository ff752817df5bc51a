"""Chances of a fill: first passage, queue position, intensity, and the race of two queues."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import OrderError
from market.instrument import Side
from models.depth_curve import DepthCurve
from models.fill.first_passage import median_touch_s, touch_probability
from models.fill.intensity import FillIntensity, fit_intensity
from models.fill.normal import cdf, log_cdf, quantile
from models.fill.queue_position import QueuePosition, logarithmic, power, risk_averse
from models.fill.queue_race import CAP, QueueFlow, fill_before_move, mid_up_first
from models.fill.rest_or_cross import rest_or_cross
from models.fill.resting import chances, expected
from tests.builders import book, instrument, state

distances = st.floats(0.01, 50.0)
sigmas = st.floats(0.01, 10.0)
horizons = st.floats(0.1, 1000.0)
drifts = st.floats(-1.0, 1.0)


@pytest.mark.parametrize("x", [-19.999, -20.001])
def test_the_logarithm_of_the_normal_tail_has_no_step(x):
    # the two sides of the switch, compared with the slope of ln Phi, -x - 1/x
    step = log_cdf(-19.999) - log_cdf(-20.001)
    assert step == pytest.approx(0.002 * (20 + 1 / 20), rel=1e-3)
    assert math.isfinite(log_cdf(x))


def test_the_normal_tail_is_finite_far_out():
    # ln Phi(-1e6) = -5e11 - ln 1e6 - ln(2 pi) / 2
    assert log_cdf(-1e6) == pytest.approx(-5e11 - math.log(1e6) - 0.9189385, rel=1e-12)


def test_quantile_and_distribution_are_inverse():
    assert cdf(quantile(0.95)) == pytest.approx(0.95)


@given(distance=distances, sigma=sigmas, horizon=horizons)
def test_without_drift_a_touch_is_twice_as_likely_as_being_there_at_the_end(
    distance, sigma, horizon
):
    at_the_end = cdf(-distance / (sigma * math.sqrt(horizon)))
    assert touch_probability(distance, sigma, horizon) == pytest.approx(2 * at_the_end)


@given(near=distances, far=distances, sigma=sigmas, horizon=horizons, drift=drifts)
def test_a_farther_price_is_touched_less_often(near, far, sigma, horizon, drift):
    near, far = sorted((near, far))
    first, second = (touch_probability(d, sigma, horizon, drift) for d in (near, far))
    assert second <= first + 1e-12


@given(distance=distances, sigma=sigmas, short=horizons, long=horizons, drift=drifts)
def test_more_time_means_more_touches(distance, sigma, short, long, drift):
    short, long = sorted((short, long))
    first, second = (touch_probability(distance, sigma, t, drift) for t in (short, long))
    assert first <= second + 1e-12


@given(distance=distances, sigma=st.floats(1e-6, 10.0), drift=st.floats(-1e3, 1e3))
def test_a_touch_is_a_probability_at_any_drift(distance, sigma, drift):
    assert 0.0 <= touch_probability(distance, sigma, 100.0, drift) <= 1.0


def test_a_drift_away_for_ever_touches_with_the_known_limit():
    # T to infinity, mu away: exp(-2 mu d / s^2) = exp(-1)
    assert touch_probability(1.0, 1.0, 1e6, 0.5) == pytest.approx(math.exp(-1))


def test_first_passage_agrees_with_simulated_paths():
    rng = np.random.default_rng(7)
    steps, paths = 2000, 4000
    walk = np.cumsum(rng.normal(0.1 / steps, 1 / math.sqrt(steps), (paths, steps)), axis=1)
    # discrete steps miss touches: the barrier is seen 0.5826 sigma sqrt(dt) nearer than it is
    barrier = 1.0 - 0.5826 / math.sqrt(steps)
    seen = float(np.mean(walk.min(axis=1) <= -barrier))
    assert seen == pytest.approx(touch_probability(1.0, 1.0, 1.0, 0.1), abs=3 * 0.5 / paths**0.5)


@given(distance=distances, sigma=sigmas, horizon=horizons)
def test_half_of_the_touches_come_before_the_median(distance, sigma, horizon):
    median = median_touch_s(distance, sigma, horizon)
    total = touch_probability(distance, sigma, horizon)
    if total > 1e-300:
        assert touch_probability(distance, sigma, median) == pytest.approx(total / 2, rel=1e-6)


def test_after_a_touch_the_price_is_the_limit_on_average():
    # what a fill saves against the arrival mid, the price has moved: martingale after the touch
    rng = np.random.default_rng(11)
    steps, paths = 1000, 4000
    walk = np.cumsum(rng.normal(0, 1 / math.sqrt(steps), (paths, steps)), axis=1)
    touched = walk.min(axis=1) <= -0.5
    overshoot = 0.5826 / math.sqrt(steps)
    end = float(walk[touched, -1].mean())
    error = float(walk[touched, -1].std() / math.sqrt(touched.sum()))
    assert end == pytest.approx(-0.5 - overshoot, abs=3 * error)


@given(price=st.integers(1, 400), horizon=st.floats(1.0, 3600.0), quantity=st.floats(0.01, 100.0))
def test_a_fill_lies_between_a_trade_through_and_a_touch(price, horizon, quantity):
    market = state(book([(999.5, 5)], [(1000.5, 5)]), instrument=instrument(tick_size=0.5))
    waiting = expected(
        market,
        DepthCurve.of(market.book, Side.BUY),
        0.03,
        quantity=quantity,
        price=1000 - price / 2,
        horizon_s=horizon,
        queue_ahead=5.0,
    )
    assert waiting.low_probability <= waiting.fill_probability <= waiting.touch_probability


@given(ahead=st.floats(0.0, 1e4), more=st.floats(0.0, 1e4))
def test_a_longer_queue_fills_less_often(ahead, more):
    market = state(book([(99.9, 5)], [(100.1, 5)]))
    curve = DepthCurve.of(market.book, Side.BUY)
    fills = [
        expected(
            market, curve, 0.03, quantity=1.0, price=99.9, horizon_s=60.0, queue_ahead=queue
        ).fill_probability
        for queue in (ahead, ahead + more)
    ]
    assert fills[1] <= fills[0] + 1e-12


def test_without_a_known_volume_a_trade_through_is_required():
    market = state(book([(99.9, 5)], [(100.1, 5)]), adv=None)
    waiting = expected(
        market,
        DepthCurve.of(market.book, Side.BUY),
        0.03,
        quantity=1.0,
        price=99.9,
        horizon_s=60.0,
        queue_ahead=5.0,
    )
    assert waiting.fill_probability == waiting.low_probability


# -- intensity ---------------------------------------------------------------------------------


def test_the_intensity_by_hand():
    assert FillIntensity(at_zero=1.0, decay=1.0).probability(0.0, 1.0) == pytest.approx(
        1 - 1 / math.e
    )


def test_exact_rates_are_found_again():
    # 100 e^(-0.5 d) fills in 100 s: A = 1, k = 0.5
    distances = [0.0, 1.0, 2.0, 3.0]
    counts = [100 * math.exp(-0.5 * d) for d in distances]
    found = fit_intensity(distances, counts, [100.0] * 4)
    assert (found.at_zero, found.decay) == (pytest.approx(1.0), pytest.approx(0.5))


def test_counts_at_one_distance_say_nothing():
    with pytest.raises(OrderError, match="two distances"):
        fit_intensity([1.0, 1.0], [3, 4], [10.0, 10.0])


# -- queue position ----------------------------------------------------------------------------

events = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), st.floats(0.0, 5.0)),
        st.tuples(st.just("level"), st.floats(0.0, 20.0)),
    ),
    max_size=20,
)
variants = st.sampled_from([risk_averse, power(0.5), power(1.0), power(3.0), logarithmic(1.0)])


@given(start=st.floats(0.0, 20.0), seen=events, behind=variants)
def test_the_queue_ahead_never_grows(start, seen, behind):
    position, size = QueuePosition(start, behind), start
    for kind, value in seen:
        before = position.ahead
        if kind == "trade":
            position.trade(value)
        else:
            position.level(size, value)
            size = value
        assert position.ahead <= before + 1e-9
        assert math.isfinite(position.ahead)


def test_only_trades_move_a_risk_averse_order_while_others_stand_behind_it():
    # 10 ahead, 5 behind; 3 cancelled, then 4 traded
    position = QueuePosition(10.0)
    position.level(15.0, 12.0)
    assert position.ahead == 10.0
    position.trade(4.0)
    position.level(12.0, 8.0)
    assert position.ahead == 6.0


def test_cancels_are_shared_by_size_with_the_first_power():
    # 10 ahead, 5 behind: a third of 3 cancelled was behind, 2 ahead
    position = QueuePosition(10.0, power(1.0))
    position.level(15.0, 12.0)
    assert position.ahead == pytest.approx(8.0)


def test_a_trade_is_not_taken_for_a_cancel_as_well():
    position = QueuePosition(10.0, power(1.0))
    position.trade(4.0)
    position.level(10.0, 6.0)
    assert position.ahead == 6.0


def test_an_order_is_filled_when_a_trade_reaches_beyond_its_queue():
    position = QueuePosition(2.0)
    position.trade(2.0)
    assert not position.is_filled
    position.trade(0.5)
    assert position.is_filled


# -- Cont, Stoikov & Talreja -------------------------------------------------------------------

TOKYO = QueueFlow(limit=1.85, market=0.94, cancel=0.71)
"""Rates at one tick estimated for Sky Perfect (9412), per minute: their Table 2."""
queues = st.integers(1, 12)


@given(a=queues, b=queues, inside=st.sampled_from([0.0, 1.5]))
def test_the_two_directions_of_the_mid_add_up_to_one(a, b, inside):
    flow = QueueFlow(limit=1.85, market=0.94, cancel=0.71, inside=inside)
    assert mid_up_first(flow, a, b) + mid_up_first(flow, b, a) == pytest.approx(1.0, abs=1e-9)


def test_equal_queues_move_either_way():
    assert mid_up_first(TOKYO, 3, 3) == pytest.approx(0.5)


def test_a_race_without_arrivals_and_cancels_is_a_race_of_exponentials():
    # one order each: market orders at the same rate empty either first; 2 against 1: (1/2)^2 = 1/4
    flow = QueueFlow(limit=0.0, market=1.0, cancel=0.0)
    assert mid_up_first(flow, 1, 1) == pytest.approx(1 / 2)
    assert mid_up_first(flow, 1, 2) == pytest.approx(1 / 4)


@pytest.mark.parametrize(
    ("bid", "ask", "printed"),
    [(1, 2, 0.336), (1, 3, 0.259), (1, 4, 0.216), (1, 5, 0.188), (2, 3, 0.407), (2, 5, 0.307)],
)
def test_the_chance_of_an_upward_move_is_that_of_the_paper(bid, ask, printed):
    assert mid_up_first(TOKYO, bid, ask) == pytest.approx(printed, abs=1.5e-3)


@given(b=queues, a=queues)
def test_a_longer_own_queue_fills_less_and_a_longer_other_one_more(b, a):
    here = fill_before_move(TOKYO, b, a)
    assert fill_before_move(TOKYO, b + 1, a) < here
    assert fill_before_move(TOKYO, b, a + 1) > here


def test_the_chance_of_a_fill_agrees_with_a_simulated_queue():
    rng = np.random.default_rng(5)
    filled, runs = 0, 4000
    for _ in range(runs):
        ours, theirs = 3, 2
        while ours and theirs:
            rates = [
                TOKYO.market + (ours - 1) * TOKYO.cancel,
                TOKYO.limit,
                TOKYO.market + theirs * TOKYO.cancel,
            ]
            event = rng.choice(3, p=np.array(rates) / sum(rates))
            ours -= event == 0
            theirs += (event == 1) - (event == 2)
        filled += ours == 0
    assert filled / runs == pytest.approx(fill_before_move(TOKYO, 3, 2), abs=3 * 0.5 / runs**0.5)


def test_a_queue_off_the_grid_is_refused():
    with pytest.raises(OrderError, match="1 to 60"):
        mid_up_first(TOKYO, CAP + 1, 1)


# -- Cont & Kukanov ----------------------------------------------------------------------------

PRICES = {"half_spread": 1.0, "taker_fee": 0.0, "maker_rebate": 0.0, "impact": 0.0}


def test_the_split_by_hand():
    # ratio 2 / 4; outflow 10, nothing ahead: 10 ln 2 = 6.93 rests, 3.07 crosses
    split = rest_or_cross(10.0, **PRICES, underfill_penalty=3.0, queue_ahead=0.0, outflow=10.0)
    assert split.resting == pytest.approx(10 * math.log(2))
    assert split.resting + split.crossing == pytest.approx(10.0)


def test_a_low_penalty_rests_with_all_and_a_high_one_crosses_with_all():
    all_rest = rest_or_cross(10.0, **PRICES, underfill_penalty=0.5, queue_ahead=5.0, outflow=10.0)
    all_cross = rest_or_cross(10.0, **PRICES, underfill_penalty=1e6, queue_ahead=5.0, outflow=10.0)
    assert (all_rest.crossing, all_cross.resting) == (0.0, 0.0)


def test_the_split_costs_no_more_than_its_neighbours_under_the_model():
    rng = np.random.default_rng(3)
    outflow = rng.exponential(10.0, 400_000)

    def cost(resting):
        filled = np.clip(outflow - 2.0, 0.0, resting)
        short = 10.0 - filled - (10.0 - resting)
        return float(np.mean((10.0 - resting) * 1.0 - filled * 1.0 + short * 3.0))

    best = rest_or_cross(
        10.0, **PRICES, underfill_penalty=3.0, queue_ahead=2.0, outflow=10.0
    ).resting
    assert cost(best) <= min(cost(best - 0.5), cost(best + 0.5)) + 1e-3


def test_more_than_all_that_trades_until_the_deadline_is_not_said_to_fill():
    common = {"distance": 0.05, "tick": 0.1, "sigma": 5.0, "horizon_s": 60.0, "adv": 86_400.0}
    small, huge = (chances(**common, to_clear=size) for size in (1.0, 60_000.0))
    assert small.fill > 0.9
    assert huge.through <= small.through * 60 / 60_000 * 1.0001
    assert huge.fill < 0.01
