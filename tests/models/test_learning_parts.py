"""The parts of learning: probes and labels, bands, marks, contests, drift."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.instrument import Side
from market.units import NS_PER_S
from models.learning import bands, marks
from models.learning.collector import Collector
from models.learning.contest import ENOUGH, Contest
from models.learning.drift import PageHinkley
from models.learning.probes import COLUMNS, S1_AMOUNTS, amounts_for, probe, slippage_now
from models.learning.served import Scaler
from models.learning.spec import NOW, LearningSpec
from models.slippage.features import FEATURES, features
from tests.builders import NOW_NS, book
from tests.models.tapes import STEP_NS, at

DELAY = NS_PER_S
SPEC = LearningSpec(delays_ns=(NOW, DELAY))
WARM = 80
"""Books until the volatility of the last minute is known, and a little more."""


def running(books=WARM, spec=SPEC):
    """A collector that has seen a steady book for a while, and that book."""
    collector = Collector(spec, "first")
    random = np.random.default_rng(0)
    before = at(0, 100.0, 0.0)
    for i in range(1, books):
        now = at(i * STEP_NS, 100.0 + 0.001 * random.standard_normal(), 0.0)
        collector.advance(before, now.recv_ns)
        before = now
    return collector, before


def ns(step):
    return NOW_NS + step * STEP_NS


# -- probes ------------------------------------------------------------------------------------


def test_a_probe_asks_both_sides_for_every_size_that_is_visible():
    asked = probe(at(0, 100.0, 0.0), (1e3, 1e4), sigma_day=0.03, flow=0.0, ns=5)
    assert asked.signs.tolist() == [1, 1, -1, -1]
    assert asked.sizes.tolist() == pytest.approx([10, 100, 10, 100])
    assert asked.x.shape == (4, len(COLUMNS))


def test_a_probe_knows_the_features_of_its_orders():
    of = at(0, 100.0, 0.3)
    asked = probe(of, (1e3,), sigma_day=0.03, flow=2.0, ns=5)
    sold = features(of, Side.SELL, np.array([10.0]), sigma_day=0.03, flow=2.0)
    assert asked.x[1:, : len(FEATURES)] == pytest.approx(sold)


def test_the_walk_of_a_probe_by_hand():
    # asks 101 x 1, 102 x 2; bids 99 x 1, 98 x 2; 200 quote is 2 base: (101 + 102) / 2 - 100
    asked = probe(book(), (200.0,), sigma_day=0.03, flow=0.0, ns=5)
    assert asked.walk.tolist() == pytest.approx([150.0, 150.0])


def test_a_size_beyond_the_visible_book_is_left_out_on_that_side():
    asked = probe(book(asks=[(101, 9)]), (500.0,), sigma_day=0.03, flow=0.0, ns=5)
    assert asked.signs.tolist() == [1.0]


def test_a_book_that_holds_none_of_the_sizes_is_not_asked():
    assert probe(book(), (1e6,), sigma_day=0.03, flow=0.0, ns=5) is None


def test_without_a_users_amount_the_sizes_are_those_of_s1():
    assert amounts_for(at(0, 100.0, 0.0)) == S1_AMOUNTS


def test_on_a_thin_book_the_sizes_of_s1_are_divided_until_it_holds_the_second():
    # about 300 quote a side: 10 and 100 fit
    assert amounts_for(book()) == pytest.approx((10, 100, 1e3, 1e4))


def test_a_users_amount_has_sizes_around_it():
    assert amounts_for(book(), 1000.0) == pytest.approx((100, 316.2, 1000, 3162, 1e4), rel=1e-3)


def test_later_slippage_is_against_the_mid_of_the_asking():
    # arrival 100, the book has moved up by 1: buying 1 at 102 costs 200 bps, selling at 100 none
    moved = book([(100, 1)], [(102, 1)])
    slippage, is_held = slippage_now(moved, np.array([1.0, -1.0]), np.array([1.0, 1.0]), 100.0)
    assert slippage.tolist() == pytest.approx([200.0, 0.0])
    assert is_held.all()


# -- labels ------------------------------------------------------------------------------------


def test_a_label_is_of_the_book_in_force_when_it_falls_due():
    collector, last = running()
    collector.fetch()
    due = collector.next_due(DELAY)
    moved = at((due - NOW_NS) + 1, 110.0, 0.0)
    collector.advance(last, due + 1)
    # the move came just after: not in this label
    first = next(s for s in collector.fetch() if s.delay_ns == DELAY)
    assert first.probe.ns == due - DELAY
    assert first.label == pytest.approx(first.probe.walk, abs=0.5)
    collector.advance(moved, due + 3 * NS_PER_S)
    later = [s for s in collector.fetch() if s.delay_ns == DELAY and s.settled_ns > moved.recv_ns]
    # ten per cent dearer for buyers, and half of the order meets the second level at 10 bps
    assert later[0].label[0] == pytest.approx(1006, abs=2)


def test_now_is_the_walk_itself():
    collector, _ = running()
    each = next(s for s in collector.fetch() if s.delay_ns == NOW)
    assert each.label is each.probe.walk


def test_labels_carry_what_was_shown_when_they_were_asked():
    collector, last = running()
    collector.fetch()
    collector.shown = "second"
    collector.advance(last, ns(WARM + 4))
    assert {s.shown for s in collector.fetch() if s.delay_ns == DELAY} == {"first"}


def test_a_cut_in_the_tape_discards_what_waits():
    collector, last = running()
    collector.fetch()
    collector.broke()
    collector.advance(last, ns(WARM + 30))
    assert collector.counts["discarded"] > 0
    assert all(s.probe.ns > ns(WARM - 2) for s in collector.fetch())


def test_a_book_that_is_not_believed_labels_nothing():
    collector, _ = running()
    collector.fetch()
    collector.advance(None, ns(WARM + 30))
    assert collector.fetch() == []
    assert collector.waiting == 0


def test_the_budget_holds_however_fast_the_books_come():
    collector = Collector(SPEC, None)
    for i in range(8000):
        collector.advance(at(i * 1_000_000, 100.0 + 0.0001 * (i % 7), 0.0), NOW_NS + i * 1_000_000)
    # 8 s at 10 a second, less 4 s until the volatility is known
    assert 25 <= collector.counts["probes"] <= 60


def test_a_long_delay_is_asked_about_every_twentieth_of_itself():
    spec = LearningSpec(delays_ns=(10 * NS_PER_S,))
    collector, _ = running(300, spec)
    # 30 s less 3 s, one every half second; those of the last 10 s still wait
    assert 18 <= collector.waiting <= 21


def test_sizes_move_with_the_users_amount():
    collector, last = running()
    collector.around(5e4)
    collector.advance(at(WARM * STEP_NS, 100.0, 0.0), ns(WARM + 3))
    assert collector.amounts == pytest.approx(tuple(5e4 * 10**e for e in (-1, -0.5, 0, 0.5, 1)))
    assert last is not None


# -- bands -------------------------------------------------------------------------------------


def test_the_rank_of_an_end_by_hand():
    # n = 39, 5 %: k = ceil(40 * 0.95) = 38
    assert bands.widen(np.arange(1.0, 40.0), 0.05) == 38.0


def test_more_than_was_ever_seen_is_wider_but_never_endless():
    # as the docstring: 39 + (1/40) / 5 % * (39 - 20)
    assert bands.widen(np.arange(1.0, 40.0), 0.0) == pytest.approx(48.5)
    assert bands.widen(np.arange(1.0, 40.0), -1.0) > 48.5


@given(seed=st.integers(0, 500), low=st.floats(-0.5, 1.2), high=st.floats(-0.5, 1.2))
def test_a_lower_level_never_makes_a_band_narrower(seed, low, high):
    scores = np.random.default_rng(seed).normal(size=60)
    low, high = sorted((low, high))
    assert bands.widen(scores, low) >= bands.widen(scores, high)


def test_the_step_shrinks_with_the_labels_on_their_way():
    assert bands.step(1) == bands.LARGEST_STEP
    assert bands.step(100) == pytest.approx(1 / np.e / 100)


def test_a_new_band_is_wider_by_the_error_of_its_independent_scores():
    # 1900 scores, 100 of which count as one: sqrt(0.05 * 0.95 * 100 / 1900) = 0.05
    assert bands.start(1900, 100) == pytest.approx(0.05)
    assert bands.start(10, 100) == bands.CAUTION


@given(st.integers(1, 10_000), st.floats(1, 1000))
def test_caution_only_shrinks_with_more_scores(n, together):
    assert bands.start(n + 1, together) <= bands.start(n, together)


@given(misses=st.lists(st.booleans(), min_size=1, max_size=200))
def test_misses_and_level_keep_their_identity(misses):
    tail, gamma = bands.Tail(100, 1), bands.step(40)
    for miss in misses:
        tail.learn(np.array([0.0]), np.array([miss]), late=40)
    assert sum(misses) == pytest.approx(len(misses) * 0.05 + (0.05 - tail.alpha) / gamma)


def test_no_band_is_shown_before_it_is_measured():
    tail = bands.Tail(100, 1)
    tail.learn(np.zeros(bands.CALIBRATED - 1), np.zeros(0, dtype=bool))
    assert tail.widening() is None
    tail.learn(np.zeros(1), np.zeros(0, dtype=bool))
    assert tail.widening() == 0.0


@pytest.mark.parametrize("delay", [1, 60])
def test_coverage_comes_back_after_errors_grow_tenfold(delay):
    """Misses are known `delay` labels later; halfway all errors are ten times as large."""
    random = np.random.default_rng(delay)
    tail, shown, inside = bands.Tail(500, delay), [], []
    scores = random.normal(size=6000) * np.where(np.arange(6000) < 3000, 1.0, 10.0)
    for i, score in enumerate(scores):
        shown.append(tail.widening())
        if i >= delay:
            past = scores[i - delay]
            end = shown[i - delay]
            missed = np.zeros(0, dtype=bool) if end is None else np.array([past > end])
            tail.learn(np.array([past]), missed, late=delay)
        if shown[-1] is not None:
            inside.append(score <= shown[-1])
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)


# -- marks -------------------------------------------------------------------------------------


def test_marks_by_hand():
    # labels 1, 3; predictions 2, 2 with a band of 1.5 to 3.5; walk 1, zero 3
    y, two = np.array([1.0, 3.0]), np.array([2.0, 2.0])
    sums = marks.tally(
        y, (two - 0.5, two, two + 1.5), np.array([True, True]), np.ones(2), 3 * np.ones(2)
    )
    found = marks.marks(sums, 3)
    assert (found.mse, found.mae, found.r2) == (1.0, 1.0, 0.0)
    assert (found.walk_mse, found.zero_mae, found.skill) == (2.0, 1.0, 0.5)
    assert (found.coverage, found.width_bps) == (0.5, 2.0)
    # 5 %: 0.95 * 0.5 and 0.05 * 1.5; 50 %: 0.5 twice; 95 %: 0.05 * 2.5 and 0.05 * 0.5
    assert found.pinball == pytest.approx((0.475 + 0.075 + 1.0 + 0.125 + 0.025) / 3 / 2)


def test_labels_without_a_band_count_for_errors_but_not_for_coverage():
    nan = np.array([math.nan])
    sums = marks.tally(
        np.ones(1), (nan, np.ones(1), nan), np.array([False]), np.ones(1), np.ones(1)
    )
    found = marks.marks(sums, 3)
    assert (found.n, found.banded, found.coverage, found.exact) == (1, 0, None, 1)


def test_across_sizes_there_is_no_r2():
    y = np.array([1.0, 3.0])
    sums = marks.tally(y, (y, y, y), np.array([True, True]), y, y)
    assert marks.marks(sums, None).r2 is None
    assert marks.marks(np.zeros(len(marks.FIELDS)), 3) is None


# -- contest and drift -------------------------------------------------------------------------


def contest(differences):
    """b is worse than a by so much, block by block."""
    made = Contest(NS_PER_S)
    for i, difference in enumerate(differences):
        made.add(i * NS_PER_S, {"a": (1.0, 1), "b": (1.0 + difference, 1)})
    made.add(len(differences) * NS_PER_S, {})
    return made


def test_a_gain_in_nearly_every_period_is_no_luck():
    differences = 1 + np.random.default_rng(0).normal(size=30)
    found = contest(differences.tolist()).compare("a", "b")
    assert found.is_better
    assert found.z == pytest.approx(
        differences.mean() / differences.std(ddof=1) * 30**0.5, rel=1e-9
    )


def test_few_periods_say_nothing():
    found = contest([1.0, 1.1] * (ENOUGH // 2 - 1)).compare("a", "b")
    assert not found.is_better


def test_equals_are_seldom_called_better():
    calls = 0
    for seed in range(300):
        differences = np.random.default_rng(seed).normal(size=60)
        calls += contest(differences.tolist()).compare("a", "b").is_better
    # one in 700
    assert calls < 5


def test_errors_that_grow_for_good_raise_an_alarm():
    watch = PageHinkley()
    assert not any(watch.update(1.0) for _ in range(200))
    assert any(watch.update(3.0) for _ in range(10))


def test_errors_that_only_flutter_raise_none():
    watch, random = PageHinkley(), np.random.default_rng(0)
    alarms = sum(watch.update(float(random.uniform(0.8, 1.2))) for _ in range(2000))
    assert alarms == 0


# -- scaling -----------------------------------------------------------------------------------


def test_one_wild_row_does_not_set_the_scale():
    x = np.append(np.random.default_rng(0).normal(size=999), 1e9)[:, None]
    scaler = Scaler.of(x)
    assert scaler.scale[0] == pytest.approx(1.0, rel=0.1)
    assert scaler.apply(x).max() <= 5.0


def test_a_feature_that_never_moves_is_no_trouble():
    assert Scaler.of(np.ones((10, 1))).apply(np.ones((1, 1))).tolist() == [[0.0]]
