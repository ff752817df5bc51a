"""Chances of a fill as they were learned: features, regression, trees, use in an estimate."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import BookNotReady, OrderError
from market.instrument import Side
from market.trade import Trade
from models.estimate import estimate
from models.fill.boosted import BoostedFill
from models.fill.fill_features import FILL_FEATURES, fill_features
from models.fill.learned import LearnedFill
from models.fill.logistic import LogisticFill
from models.fill.trade_rate import TradeRate
from storage import receipt as receipts
from tests.builders import NOW_NS, book, instrument, request, state

N = len(FILL_FEATURES)
AT = {name: i for i, name in enumerate(FILL_FEATURES)}
S = 1_000_000_000


def learned(**changed):
    """Knows nothing but an intercept of 0: one half for every order."""
    return LearnedFill(
        **{
            "features": FILL_FEATURES,
            "centre": (0.0,) * N,
            "scale": (1.0,) * N,
            "weights": (0.0,) * N,
            "intercept": 0.0,
            "shortest_s": 1.0,
            "longest_s": 60.0,
            "labels": 1000,
            "buy_rate": 1.0,
            "sell_rate": 2.0,
            **changed,
        }
    )


def weights(**named):
    return tuple(named.get(name, 0.0) for name in FILL_FEATURES)


def row(side=1.0, price=99.0, quantity=1.0, ahead=2.0, horizon=10.0, of=None):
    return fill_features(
        of or book(),
        signs=np.array([side]),
        prices=np.array([price]),
        quantities=np.array([quantity]),
        ahead=np.array([ahead]),
        horizons_s=np.array([horizon]),
        tick=1.0,
        sigma_day=0.03,
        buy_rate=1.0,
        sell_rate=2.0,
    )[0, 0]


# -- features ----------------------------------------------------------------------------------


def test_the_features_of_a_buy_by_hand():
    # bid 99 x 1, ask 101 x 1; a buy at 98: one tick behind, 2 below the mid
    found = row(price=98.0, quantity=1.0, ahead=2.0, horizon=10.0)
    assert found[AT["ticks"]] == pytest.approx(math.log(2))
    # s = 0.03 * 100 sqrt(10 / 86400) = 0.0323: 62 of them, told as 10
    assert found[AT["sigmas"]] == 10.0
    assert found[AT["queue"]] == pytest.approx(math.log(3 / 20))
    assert found[AT["spread"]] == pytest.approx(math.log(2))
    assert found[AT["imbalance_1"]] == 0.0
    assert found[AT["horizon"]] == pytest.approx(math.log(10))


def test_a_sell_is_served_by_those_who_buy():
    # 3 base at 1 per second for 10 s
    assert row(side=-1.0, price=101.0)[AT["queue"]] == pytest.approx(math.log(3 / 10))


def test_mirrored_books_have_the_same_features():
    bids, asks = [(99.0, 1.0), (98.0, 5.0)], [(101.0, 3.0), (102.0, 2.0)]
    mirrored = book([(99.0, 3.0), (98.0, 2.0)], [(101.0, 1.0), (102.0, 5.0)])
    ours, theirs = row(of=book(bids, asks)), row(-1.0, 101.0, of=mirrored)
    same = [AT[name] for name in FILL_FEATURES if name != "queue"]
    assert ours[same] == pytest.approx(theirs[same])


def test_without_any_trade_the_queue_is_as_long_as_it_can_be():
    found = fill_features(
        book(),
        signs=np.ones(1),
        prices=np.array([99.0]),
        quantities=np.ones(1),
        ahead=np.ones(1),
        horizons_s=np.ones(1),
        tick=1.0,
        sigma_day=0.03,
        buy_rate=0.0,
        sell_rate=0.0,
    )[0, 0]
    assert found[AT["queue"]] == 12.0
    assert np.isfinite(found).all()


# -- rates -------------------------------------------------------------------------------------


def trade(at_s, size=1.0, aggressor=Side.BUY):
    return Trade(
        symbol="X", price=1.0, size=size, aggressor=aggressor, event_ns=0, recv_ns=round(at_s * S)
    )


def test_a_steady_stream_has_its_rate_from_the_start():
    rate = TradeRate(memory_s=60.0)
    for tenth in range(300):
        rate.see(trade(tenth / 10, 0.2))
    bought, sold = rate.rates(30 * S)
    assert bought == pytest.approx(2.0, rel=0.01)
    assert sold == 0.0


def test_a_rate_fades_when_nothing_trades():
    rate = TradeRate(memory_s=60.0)
    rate.see(trade(0.0, 60.0))
    first, later = rate.rates(2 * S)[0], rate.rates(120 * S)[0]
    assert later < first / 10


def test_a_first_trade_alone_has_no_rate():
    rate = TradeRate()
    assert rate.rates(S) is None
    rate.see(trade(1.0))
    assert rate.rates(S) is None


# -- learners ----------------------------------------------------------------------------------


def sample(n=8000, seed=1):
    rng = np.random.default_rng(seed)
    return rng, rng.normal(size=(n, N))


def test_a_logistic_relation_is_found_again():
    rng, x = sample(40_000)
    true = 1 / (1 + np.exp(-(0.5 + 1.0 * x[:, 0] - 0.7 * x[:, 3])))
    y = (rng.random(len(x)) < true).astype(float)
    learner = LogisticFill()
    learner.learn(x, y)
    learner.fitting()()
    assert np.abs(learner.predict(x) - true).mean() < 0.01


@pytest.mark.parametrize("learner", [LogisticFill, BoostedFill])
def test_noise_teaches_little_more_than_the_base_rate(learner):
    rng, x = sample()
    y = (rng.random(len(x)) < 0.3).astype(float)
    one = learner()
    one.learn(x, y)
    one.fitting()()
    _, unseen = sample(seed=2)
    assert one.predict(unseen).mean() == pytest.approx(0.3, abs=0.02)
    assert one.predict(unseen).std() < 0.12


@pytest.mark.parametrize("learner", [LogisticFill, BoostedFill])
def test_orders_that_all_ended_alike_teach_nothing(learner):
    _, x = sample(500)
    one = learner()
    one.learn(x, np.zeros(500))
    one.fitting()()
    assert one.predict(x) is None


@pytest.mark.parametrize("learner", [LogisticFill, BoostedFill])
def test_a_fit_stands_on_the_rows_there_were_when_it_was_asked_for(learner):
    _, x = sample(1000)
    y = (x[:, 0] > 0).astype(float)
    one, other = learner(), learner()
    one.learn(x, y)
    other.learn(x, y)
    fit = one.fitting()
    one.learn(x, 1 - y)
    fit()
    other.fitting()()
    assert (one.predict(x) == other.predict(x)).all()


def test_trees_never_say_that_a_longer_queue_helps():
    rng, x = sample()
    y = (rng.random(len(x)) < 1 / (1 + np.exp(x[:, AT["queue"]]))).astype(float)
    one = BoostedFill()
    one.learn(x, y)
    one.fitting()()
    rows = np.zeros((50, N))
    rows[:, AT["queue"]] = np.linspace(-3, 3, 50)
    assert (np.diff(one.predict(rows)) <= 1e-12).all()


# -- in an estimate ----------------------------------------------------------------------------

TICK = {"instrument": instrument(tick_size=1.0)}
RESTING = {"limit.learned": 1.0, "limit.horizon_s": 30.0}


def test_an_estimate_takes_the_learned_chance_when_asked():
    market = state(fill_model=learned(intercept=math.log(3)), **TICK)
    waiting = estimate(request(style="limit", parameters=RESTING), market).waiting
    assert waiting.fill_probability == pytest.approx(0.75)


def test_the_formula_is_what_is_used_when_nobody_asked():
    with_model = state(fill_model=learned(), **TICK)
    asked = request(style="limit", parameters={"limit.horizon_s": 30.0})
    assert estimate(asked, with_model).waiting == estimate(asked, state(**TICK)).waiting


def test_before_there_is_a_fit_the_learned_chance_is_waited_for():
    with pytest.raises(BookNotReady, match="still learning"):
        estimate(request(style="limit", parameters=RESTING), state(**TICK))


def test_a_horizon_that_was_not_learned_is_refused_with_those_that_were():
    asked = request(style="limit", parameters={"limit.learned": 1.0, "limit.horizon_s": 600.0})
    with pytest.raises(OrderError, match="1 to 60 s"):
        estimate(asked, state(fill_model=learned(), **TICK))


def test_post_only_has_the_same_choice():
    asked = request(
        style="post_only", parameters={"post_only.learned": 1.0, "post_only.horizon_s": 30.0}
    )
    waiting = estimate(asked, state(fill_model=learned(), **TICK)).waiting
    assert waiting.fill_probability == pytest.approx(0.5)


@given(quantity=st.floats(0.001, 1.0), more=st.floats(0.001, 1.0))
def test_with_a_falling_weight_a_larger_order_has_no_better_chance(quantity, more):
    model = learned(weights=weights(queue=-1.0))
    said = [
        model.probability(
            book(),
            Side.BUY,
            price=99.0,
            quantity=q,
            queue_ahead=2.0,
            horizon_s=10.0,
            sigma_day=0.03,
            tick=1.0,
        )
        for q in (quantity, quantity + more)
    ]
    assert said[1] <= said[0]


def test_coefficients_for_other_features_are_refused():
    with pytest.raises(OrderError, match="fill model"):
        learned(features=("age",))


def test_a_receipt_keeps_the_coefficients_and_gives_them_back():
    market = state(fill_model=learned(intercept=0.1 + 0.2), **TICK)
    priced = estimate(request(style="limit", parameters=RESTING), market)
    kept = receipts.Receipt(
        format=receipts.FORMAT,
        code_version="test",
        created_ns=NOW_NS,
        estimate=priced,
        state=market,
    )
    body = receipts.encode(kept)
    found = receipts.decode(body, receipts.digest(body)).state
    assert found.fill_model == market.fill_model
    assert estimate(priced.request, found) == priced


def test_the_chance_is_a_dot_product_by_hand():
    # z = 0.5 + 2 (3 - 1) / 4 = 1.5
    model = learned(
        centre=(1.0, *(0.0,) * (N - 1)),
        scale=(4.0, *(1.0,) * (N - 1)),
        weights=weights(ticks=2.0),
        intercept=0.5,
    )
    assert model.of_row((3.0, *(0.0,) * (N - 1))) == pytest.approx(1 / (1 + math.exp(-1.5)))


@given(intercept=st.floats(-1e6, 1e6))
def test_a_chance_is_a_chance_however_sure(intercept):
    assert 0.0 <= replace(learned(), intercept=intercept).of_row((0.0,) * N) <= 1.0
