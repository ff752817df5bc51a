"""Metrics of probabilities and of quotes, against worked numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as reference_log_loss

from market.errors import OrderError
from market.instrument import Side
from market.units import NS_PER_S
from models.base import Source
from models.estimate import estimate
from models.scoring.binary import BinaryTally, log_loss, wilson
from models.scoring.paired import PairedBlocks
from models.scoring.quotes import (
    QuoteSums,
    Scored,
    ScoreKey,
    bucket_of,
    judged,
    scorable,
    score_of,
    together,
)
from models.scoring.words import bucket_label, sentence
from tests.builders import book, request, state

chances = st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), min_size=1, max_size=50)


def tally(pairs, *rivals):
    found = BinaryTally(rivals=len(rivals))
    p, y = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    found.add(p, y, *(np.array(rival, dtype=float) for rival in rivals))
    return found


# -- probabilities -----------------------------------------------------------------------------


def test_the_scores_of_one_forecast_by_hand():
    # 0.8 and it happened: (1 - 0.8)^2 = 0.04, -ln 0.8 = 0.22314
    score = tally([(0.8, True)]).score()
    assert score.brier == pytest.approx(0.04)
    assert score.log_loss == pytest.approx(0.223144, abs=1e-6)


def test_a_perfect_forecast_scores_zero():
    score = tally([(1.0, True), (0.0, False)]).score()
    assert (score.brier, score.calibration_error) == (0.0, 0.0)
    assert score.log_loss == pytest.approx(0.0, abs=1e-9)


def test_always_saying_the_base_rate_scores_its_variance():
    # three of four happened: 0.75 * 0.25
    score = tally([(0.75, y) for y in (True, True, True, False)]).score()
    assert score.brier == pytest.approx(0.1875)
    assert score.calibration_error == pytest.approx(0.0)


@given(pairs=chances)
def test_brier_and_log_loss_are_those_of_scikit_learn(pairs):
    p, y = zip(*pairs, strict=True)
    score = tally(pairs).score()
    clipped = np.clip(p, 1e-12, 1 - 1e-12)
    assert score.brier == pytest.approx(brier_score_loss(y, p))
    assert score.log_loss == pytest.approx(reference_log_loss(y, clipped, labels=[False, True]))


@given(pairs=chances)
def test_the_bins_hold_every_forecast_once_and_between_their_edges(pairs):
    score = tally(pairs).score()
    assert sum(one.count for one in score.bins) == len(pairs)
    assert all(one.low - 1e-12 <= one.predicted <= one.high + 1e-12 for one in score.bins)
    assert all(one.observed_low <= one.observed <= one.observed_high for one in score.bins)


@given(first=chances, second=chances)
def test_a_tally_that_was_kept_goes_on_as_if_it_had_never_stopped(first, second):
    whole = tally([*first, *second])
    resumed = tally(second)
    for sums in tally(first).sums():
        resumed.resume(sums)
    assert resumed.score().brier == pytest.approx(whole.score().brier)
    assert resumed.score().log_loss == pytest.approx(whole.score().log_loss)
    assert [b.count for b in resumed.score().bins] == [b.count for b in whole.score().bins]


def test_rivals_are_judged_on_the_same_cases():
    found = tally([(0.8, True), (0.4, False)], [0.5, 0.5], [1.0, 0.0])
    assert found.rivals() == pytest.approx((0.25, 0.0))


def test_a_chance_of_nothing_that_happens_is_finite():
    assert math.isfinite(float(log_loss(np.array([0.0]), np.array([1.0]))[0]))


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_what_is_no_probability_is_refused(bad):
    with pytest.raises(OrderError, match="0 to 1"):
        tally([(bad, True)])


def test_nothing_judged_has_no_score():
    assert BinaryTally().score() is None


def test_the_interval_of_wilson_by_hand():
    # 0 of 10: (z^2 / n) / (1 + z^2 / n) with z = 1.96: 0.3841 / 1.3841 = 0.2775
    low, high = wilson(0.0, 10.0)
    assert (low, high) == (0.0, pytest.approx(0.2775, abs=1e-4))


# -- luck --------------------------------------------------------------------------------------


def blocks(means, block_s=10.0):
    found = PairedBlocks(block_s)
    for i, mean in enumerate([*means, 0.0]):
        found.add(round(i * block_s * NS_PER_S), 5 * mean, 5)
    return found.advantage()


def test_the_mean_and_its_error_by_hand():
    # deviations -0.1, 0.1, 0: variance 0.01, error 0.1 / sqrt 3
    found = blocks([0.1, 0.3, 0.2])
    assert found.mean == pytest.approx(0.2)
    assert found.error == pytest.approx(0.1 / math.sqrt(3))


def test_few_blocks_say_nothing():
    found = blocks([0.2] * 7)
    assert not found.is_told and not found.is_better


def test_a_steady_advantage_is_told_from_luck():
    assert blocks([0.2, 0.3] * 5).is_better
    assert blocks([-0.2, -0.3] * 5).is_worse


def test_differences_that_cancel_are_luck():
    found = blocks([0.3, -0.3] * 5)
    assert not found.is_better and not found.is_worse


def test_labels_of_one_moment_count_as_one_block():
    found = PairedBlocks(10.0)
    for i in range(1000):
        found.add(round(0.001 * i * NS_PER_S), 1.0, 1)
    assert found.advantage() is None


# -- quotes ------------------------------------------------------------------------------------

KEY = ScoreKey(Source.DEMO, "okx", "BTC-USDT", "USDT", "exact", "spread+depth", 2, 0.0)


def quoted(total=90.0, low=80.0, high=100.0, rest=0.0, side=Side.BUY):
    return Scored(
        key=KEY,
        side=side,
        quantity=1.0,
        mid=100.0,
        total_bps=total,
        low_bps=low,
        high_bps=high,
        rest_bps=rest,
        quoted_ns=0,
    )


def test_a_quote_that_was_exceeded_by_hand():
    # met 100 bps, quoted 90: +10, on the upper edge of the band
    sums = judged(quoted(), 1.0, average=101.0)
    assert sums.error == pytest.approx(10.0)
    assert (sums.banded, sums.held) == (1, 1)


def test_a_sell_that_gets_less_pays_more():
    assert judged(quoted(side=Side.SELL), 1.0, average=99.0).error == pytest.approx(10.0)


def test_fees_are_on_both_sides_and_cancel():
    assert judged(quoted(rest=5.0, total=95.0), 1.0, 101.0).error == pytest.approx(10.0)


def test_a_quote_without_a_band_holds_none():
    sums = judged(quoted(low=90.0, high=90.0), 1.0, 100.9)
    assert (sums.banded, sums.held) == (0, 0)
    assert score_of(sums).coverage is None


def test_bias_error_and_coverage_by_hand():
    # errors +10 (held) and -20 (outside): bias -5, mean absolute 15, rms sqrt 250, held 1 of 2
    first, second = judged(quoted(), 1.0, 101.0), judged(quoted(), 1.0, 100.7)
    score = score_of(first.plus(second))
    assert score.bias_bps == pytest.approx(-5.0)
    assert score.mean_absolute_bps == pytest.approx(15.0)
    assert score.root_mean_square_bps == pytest.approx(math.sqrt(250))
    assert score.coverage == 0.5


def test_the_book_a_moment_later_is_walked_with_the_same_size():
    # asks 101 x 1, 102 x 2; a buy of 2 costs 101.5 on average: 150 bps; later 101 x 2: 100 bps
    found = scorable(estimate(request(2.0), state()))
    later = book(asks=[(101.0, 2.0)])
    assert found.quantity == 2.0
    average = float(later.ask_prices[0])
    assert judged(found, 1.0, average).error == pytest.approx(-50.0)


def test_an_order_that_rests_cannot_be_scored():
    with pytest.raises(OrderError, match="at once"):
        scorable(estimate(request(0.5, style="limit"), state()))


def test_an_order_beyond_the_book_cannot_be_scored():
    with pytest.raises(OrderError, match="visible"):
        scorable(estimate(request(50.0), state()))


@pytest.mark.parametrize(("notional", "bucket"), [(1000, 3), (9999.99, 3), (10_000, 4), (0.5, -1)])
def test_a_bucket_is_a_decade(notional, bucket):
    assert bucket_of(notional) == bucket


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20), st.integers(0, 20))
def test_sums_do_not_depend_on_how_they_were_batched(errors, cut):
    lines = [judged(quoted(), 1.0, 100.0 * (1 + e / 1e4)) for e in errors]
    parts = [p for p in (together(lines[:cut], KEY), together(lines[cut:], KEY)) if p]
    whole, halves = together(lines, KEY), together(parts, KEY)
    assert whole.count == halves.count
    assert whole.error == pytest.approx(halves.error, abs=1e-9)
    assert whole.squared == pytest.approx(halves.squared)


def test_no_line_is_no_total():
    assert together([], KEY) is None


# -- words -------------------------------------------------------------------------------------


def test_a_score_is_told_in_one_line():
    sums = QuoteSums(
        key=KEY._replace(delay_s=5.0),
        count=812,
        error=243.6,
        absolute=812.0,
        squared=1.0,
        banded=812,
        held=739,
    )
    assert sentence(score_of(sums)) == (
        "Quotes like this one, 5 s later: off by +0.3 bps on average, 1 bps either way, "
        "band held 91% of 812"
    )


def test_what_was_not_scored_is_said_so():
    assert sentence(None) == "Quotes like this one: not scored yet"


@pytest.mark.parametrize(
    ("bucket", "label"),
    [(3, "1k to 10k USDT"), (5, "100k to 1M USDT"), (0, "1 to 10 USDT"), (-2, "0.01 to 0.1 USDT")],
)
def test_buckets_are_named_as_people_say_them(bucket, label):
    assert bucket_label(bucket, "USDT") == label
