"""Learners: silent before there is enough, right on what they were made for, bounded."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.errors import OrderError
from models import slippage
from models.catalog import SLIPPAGES
from models.slippage.base import SlippageLearner
from models.slippage.boosted import BoostedSlippage
from models.slippage.features import FEATURES
from models.slippage.least_squares import LeastSquares
from models.slippage.linear import LinearSlippage
from models.slippage.monotone import pooled, running_maximum
from models.slippage.polynomial import PolynomialSlippage
from models.slippage.quantile import QuantileSlippage, pinball
from models.slippage.window import Window

every_learner = pytest.mark.parametrize("make", SLIPPAGES.values(), ids=SLIPPAGES)
FEW = ("log_quote", "spread_bps")


def sample(n=600, seed=0, noise=0.1):
    """Slippage 2 + 3 log_quote + spread, more or less."""
    random = np.random.default_rng(seed)
    x = np.column_stack((random.uniform(0, 5, n), random.uniform(0, 1, n)))
    return x, 2 + 3 * x[:, 0] + x[:, 1] + noise * random.standard_normal(n)


def fresh(make):
    """Few rows are enough, and few trees."""
    trees = {"trees": 40} if make is BoostedSlippage else {}
    return make(features=FEW, min_rows=100, **trees)


def taught(make, x, y):
    learner = fresh(make)
    learner.learn(x, y)
    learner.refit()
    return learner


@every_learner
def test_before_there_is_enough_there_is_no_prediction_and_it_says_what_is_missing(make):
    learner = fresh(make)
    x, y = sample(99)
    learner.learn(x, y)
    learner.refit()
    assert learner.predict(x) is None
    assert learner.missing() == "99 of 100 rows seen"


@every_learner
def test_enough_rows_still_need_a_fit(make):
    learner = fresh(make)
    learner.learn(*sample(100))
    assert learner.missing() == "not fitted yet"
    learner.refit()
    assert learner.missing() == ""


@every_learner
def test_a_line_is_found(make):
    learner = taught(make, *sample())
    x, y = sample(50, seed=1, noise=0)
    inside = (x[:, 0] > 0.5) & (x[:, 0] < 4.5)
    error = np.abs(learner.predict(x).middle - y)[inside]
    # trees are steps: they come near a line, the others lie on it
    assert error.mean() < (0.6 if make is BoostedSlippage else 0.06)


@every_learner
def test_bands_do_not_cross(make):
    learner = taught(make, *sample(noise=1.0))
    low, middle, high = learner.predict(sample(200, seed=2)[0])
    assert np.all(low <= middle)
    assert np.all(middle <= high)


@every_learner
def test_a_band_holds_about_as_often_as_it_says(make):
    learner = taught(make, *sample(2000, noise=1.0))
    x, y = sample(2000, seed=3, noise=1.0)
    low, _, high = learner.predict(x)
    # 90 %; trees fit some of the noise
    assert 0.80 < np.mean((low <= y) & (y <= high)) < 0.95


@every_learner
def test_a_constant_target_is_no_trouble(make):
    x, _ = sample(300)
    learner = taught(make, x, np.full(300, 7.0))
    assert learner.predict(x[:5]).middle == pytest.approx(np.full(5, 7.0), abs=1e-6)


@every_learner
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_row_that_is_not_a_number_is_refused(make, bad):
    learner = fresh(make)
    with pytest.raises(OrderError, match="not finite"):
        learner.learn(np.array([[1.0, bad]]), np.array([1.0]))


@every_learner
def test_what_was_given_is_left_as_it_was(make):
    x, y = sample(200)
    before = x.copy(), y.copy()
    taught(make, x, y).predict(x)
    assert np.array_equal(x, before[0])
    assert np.array_equal(y, before[1])


@every_learner
def test_the_future_does_not_change_the_past(make):
    x, y = sample(400)
    scrambled = y.copy()
    scrambled[200:] = -1e3
    first, second = (fresh(make) for _ in range(2))
    for learner, target in ((first, y), (second, scrambled)):
        learner.learn(x[:200], target[:200])
        learner.refit()
    assert np.array_equal(first.predict(x[200:]).middle, second.predict(x[200:]).middle)


@given(seed=st.integers(0, 1000), cut=st.integers(1, 99))
@settings(max_examples=25)
def test_learning_bit_by_bit_is_learning_at_once(seed, cut):
    random = np.random.default_rng(seed)
    x = random.normal(3, 2, (100, 4)) * [1, 10, 100, 1e4]
    y = x @ [1.0, -0.2, 0.03, 1e-4] + random.normal(0, 1, 100)
    bit_by_bit = LeastSquares(4)
    bit_by_bit.learn(x[:cut], y[:cut])
    bit_by_bit.learn(x[cut:], y[cut:])
    exact = np.linalg.lstsq(np.column_stack((np.ones(100), x)), y, rcond=None)[0]
    ours = bit_by_bit.raw(bit_by_bit.solve())
    assert ours == pytest.approx(exact, rel=1e-8, abs=1e-8)


def test_the_sums_are_recursive_least_squares_to_1e_8():
    random = np.random.default_rng(5)
    x, omega = random.normal(0, 1, (300, 3)), 0.98
    y = x @ [1.0, 2.0, 3.0] + random.normal(0, 1, 300)
    sums = LeastSquares(3, omega)
    sums.learn(x[:1], y[:1])
    for i in range(1, 300):
        sums.learn(x[i : i + 1], y[i : i + 1])
    theta = sums.raw(sums.solve())
    # K = P z / (omega + z' P z), theta += K (y - z' theta), P = (P - K z' P) / omega
    p, recursive = np.eye(4) * 1e7, np.zeros(4)
    for z, target in zip(np.column_stack((np.ones(300), x)), y, strict=True):
        gain = p @ z / (omega + z @ p @ z)
        recursive = recursive + gain * (target - z @ recursive)
        p = (p - np.outer(gain, z @ p)) / omega
    assert theta == pytest.approx(recursive, abs=1e-8)


def test_forgetting_is_weighted_least_squares():
    random = np.random.default_rng(6)
    x, omega = random.normal(0, 1, (200, 2)), 0.97
    y = random.normal(0, 1, 200)
    sums = LeastSquares(2, omega)
    sums.learn(x[:50], y[:50])
    sums.learn(x[50:], y[50:])
    root = np.sqrt(omega ** np.arange(199, -1, -1.0))
    design = np.column_stack((np.ones(200), x)) * root[:, None]
    exact = np.linalg.lstsq(design, y * root, rcond=None)[0]
    assert sums.raw(sums.solve()) == pytest.approx(exact, abs=1e-9)
    assert sums.weight == pytest.approx((root**2).sum())


def test_the_error_in_sample_needs_no_rows():
    x, y = sample(300, noise=1.0)
    sums = LeastSquares(2)
    sums.learn(x, y)
    theta = sums.solve()
    expected = np.mean((y - sums.predict(theta, x)) ** 2)
    assert sums.mean_squared_error(theta) == pytest.approx(expected)


def test_the_order_of_rows_does_not_matter_without_forgetting():
    x, y = sample(300)
    turned = LinearSlippage(features=FEW, min_rows=100)
    turned.learn(x[::-1], y[::-1])
    turned.refit()
    assert turned.coefficients() == pytest.approx(taught(LinearSlippage, x, y).coefficients())


def test_s1s_coefficients_are_in_the_units_of_its_features():
    learner = LinearSlippage(min_rows=100)
    random = np.random.default_rng(7)
    x = random.uniform(0, 1, (500, 3)) * [1e6, 2.0, 1e5]
    learner.learn(x, 1 + 2e-6 * x[:, 0] + 0.5 * x[:, 1] - 1e-5 * x[:, 2])
    learner.refit()
    assert learner.coefficients() == pytest.approx((1, 2e-6, 0.5, -1e-5), rel=1e-6)


def test_s1_starts_after_a_thousand_rows():
    assert LinearSlippage().missing() == "0 of 1000 rows seen"


def test_a_parabola_is_found_exactly():
    x = np.linspace(-2, 2, 200)[:, None] * [1.0, 0.0] + [0.0, 1.0]
    learner = taught(PolynomialSlippage, x, x[:, 0] ** 2)
    assert learner.predict(np.array([[3.0, 1.0]])).middle == pytest.approx([9.0], rel=1e-6)


def test_a_polynomial_bends_where_a_line_cannot():
    x, _ = sample(1000)
    y = x[:, 0] ** 2
    line, bent = (
        np.abs(taught(make, x, y).predict(x).middle - y).mean()
        for make in (LinearSlippage, PolynomialSlippage)
    )
    assert bent < line / 100


def test_trees_never_fall_in_size():
    x, y = sample(1000, noise=3.0)
    learner = taught(BoostedSlippage, x, y)
    grid = np.column_stack((np.linspace(0, 5, 300), np.full(300, 0.5)))
    for predicted in learner.predict(grid):
        assert np.all(np.diff(predicted) >= 0)


def test_two_equal_features_are_no_trouble():
    x, y = sample(300)
    learner = taught(LinearSlippage, x[:, [0, 0]], y)
    assert learner.predict(x[:, [0, 0]]).middle == pytest.approx(y, abs=2.0)


def test_trees_need_a_size():
    with pytest.raises(OrderError, match="log_quote"):
        BoostedSlippage(features=("spread_bps",))


def test_a_median_is_not_moved_by_one_wild_label():
    x, y = sample(300, noise=0.0)
    y[0] = 1e6
    middle = taught(QuantileSlippage, x, y).predict(x[1:]).middle
    assert middle == pytest.approx(y[1:], abs=1e-3)


@given(
    y=st.lists(st.integers(0, 1000), min_size=5, max_size=40), q=st.sampled_from([0.1, 0.5, 0.9])
)
def test_the_least_pinball_loss_is_a_quantile(y, q):
    values = np.array(y, dtype=float)
    losses = [pinball(values - v, q).sum() for v in values]
    best = values[int(np.argmin(losses))]
    assert np.sum(values < best) <= q * len(values) + 1e-9 <= np.sum(values <= best) + 2e-9


def test_the_pinball_loss_by_hand():
    # q = 0.9: 2 too low costs 1.8, 2 too high costs 0.2
    assert pinball(np.array([2.0, -2.0]), 0.9) == pytest.approx([1.8, 0.2])


def test_memory_does_not_grow():
    window = Window(1, 10)
    for i in range(25):
        window.learn(np.array([[float(i)]]), np.array([float(i)]))
    x, y = window.rows()
    assert sorted(y.tolist()) == list(range(15, 25))
    assert x.shape == (10, 1)


def test_more_rows_at_once_than_a_window_holds_leave_the_last_ones():
    window = Window(1, 4)
    window.learn(np.arange(9.0)[:, None], np.arange(9.0))
    assert sorted(window.rows()[1].tolist()) == [5, 6, 7, 8]


def test_curves_over_sizes_are_put_in_order_by_hand():
    curve = np.array([1.0, 3.0, 2.0, 4.0])
    assert running_maximum(curve).tolist() == [1, 3, 3, 4]
    assert pooled(curve).tolist() == [1, 2.5, 2.5, 4]
    # weight 3 on the lower one: (3 + 3 * 2) / 4
    assert pooled(curve, np.array([1.0, 1.0, 3.0, 1.0])).tolist() == [1, 2.25, 2.25, 4]


@given(curve=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_an_ordered_curve_never_falls(curve):
    values = np.array(curve)
    assert np.all(np.diff(running_maximum(values)) >= 0)
    assert np.all(np.diff(pooled(values)) >= -1e-9)
    assert np.all(running_maximum(values) >= values)


def test_every_learner_is_listed_under_its_own_name():
    assert [learner.name for learner in SLIPPAGES.values()] == list(SLIPPAGES)
    assert all(learner.label for learner in SLIPPAGES.values())


def test_every_learner_in_the_folder_is_on_offer():
    found = set()
    for info in pkgutil.iter_modules(slippage.__path__, "models.slippage."):
        module = importlib.import_module(info.name)
        owned = (o for _, o in inspect.getmembers(module, inspect.isclass))
        found |= {o for o in owned if o.__module__ == info.name and hasattr(o, "refit")}
    assert found - {SlippageLearner} == set(SLIPPAGES.values())


def test_learners_speak_of_known_features():
    for make in (PolynomialSlippage, QuantileSlippage, BoostedSlippage):
        assert make().features == FEATURES
