"""Learning as a whole: it finds what is there, finds nothing in noise, and never looks ahead."""

import dataclasses

import numpy as np
import pytest

from market.errors import BookNotReady, OrderError
from market.units import NS_PER_S
from models.estimate import estimate
from models.learning.market_learning import MarketLearning
from models.learning.served import bucket_of, predicted
from models.learning.spec import NOW, LearningSpec
from tests.builders import learned, request, state
from tests.models.tapes import MEMORY, STEP_NS, at, drifting, taught

SECOND = LearningSpec(delays_ns=(NOW, NS_PER_S), models=("linear",), min_rows=200)
PUSH_BPS = 0.5
SUM = sum(MEMORY**k for k in range(10))
"""Imbalance that acts within a second, in units of the present one."""


@pytest.fixture(scope="module")
def planted():
    """A tape on which imbalance moves the price."""
    return taught(drifting(3000, PUSH_BPS, noise_bps=0.3, seed=1), SECOND)


@pytest.fixture(scope="module")
def noise():
    """A tape on which nothing does."""
    return taught(drifting(3000, 0.0, noise_bps=0.6, seed=2), SECOND)


def second(of):
    return next(s for s in of[0].states() if s.delay_ns == NS_PER_S)


def said(of, lean):
    """Change of the walk that the champion says for buying 1k (low, middle, high), and a walk."""
    learning, collector = of
    showing = learning.publication()
    served = next(s for s in showing.served if s.delay_ns == NS_PER_S)
    now = at(0, 100.0, lean)
    market = state(now, learned=dataclasses.replace(showing.learned(collector, 0), flow=0.0))
    priced = estimate(
        request(10.0, recipe="learned", parameters={"learned.delay_ms": 1000.0}), market
    )
    part = priced.components[0]
    assert served.model == "linear"
    return part.low_bps, part.bps, part.high_bps, priced.fill.slippage_bps


def test_a_planted_relation_is_found_and_said_to_beat_the_walk(planted):
    found = second(planted)
    assert found.models[0].beats_walk is True
    assert found.verdict.startswith("Linear: beats the walk")


@pytest.mark.parametrize("lean", [-0.6, 0.0, 0.6])
def test_a_planted_relation_is_recovered_within_the_band(planted, lean):
    low, middle, high, walk = said(planted, lean)
    truth = walk + PUSH_BPS * lean * SUM
    assert low < truth < high
    # one standard deviation of a label is 0.3 sqrt(10) = 0.95 bps, the effect is 2.7 bps
    assert middle == pytest.approx(truth, abs=0.6)


def test_in_noise_no_model_is_said_to_have_skill(noise):
    found = second(noise)
    assert found.models[0].beats_walk is False
    assert "beats" not in found.verdict


@pytest.mark.parametrize("tape", ["planted", "noise"])
def test_the_band_that_was_shown_holds_nine_times_in_ten(tape, request):
    marks = second(request.getfixturevalue(tape)).models[0].overall
    assert marks.banded > 5000
    assert 0.87 <= marks.coverage <= 0.93


def test_nothing_beats_the_walk_at_this_very_instant(planted):
    now = planted[0].states()[0]
    assert now.models[0].overall.walk_mse == 0
    assert now.models[0].beats_walk is False


def test_a_cold_start_says_how_far_it_is_and_shows_nothing():
    # 3 s of volatility first, then 8 labels ten times a second
    learning, _ = taught(drifting(60, 0.5, 0.3, seed=3), SECOND)
    [now, _] = learning.states()
    assert now.missing == f"learning: {now.rows} of 200 labels"
    assert 0 < now.rows < 200
    assert learning.publication().served == ()


def test_no_label_changes_what_was_shown_before_it():
    """The first 2,000 books of two tapes are the same; then one goes wild."""

    def tape(wild):
        for i, each in enumerate(drifting(2200, 0.5, 0.3, seed=4)):
            yield at(i * STEP_NS, 500.0 + i, 0.0) if wild and i >= 2000 else each

    shown = []
    for is_wild in (False, True):
        sample = taught(tape(is_wild), SECOND)[0].states()[1].sample
        keys = zip(sample.ns.tolist(), sample.side.tolist(), sample.bucket.tolist(), strict=True)
        shown.append(dict(zip(keys, sample.middle.tolist(), strict=True)))
    parting = at(1995 * STEP_NS, 100.0, 0.0).recv_ns
    common = [key for key in shown[0].keys() & shown[1].keys() if key[0] < parting]
    assert len(common) > 500
    assert all(shown[0][key] == pytest.approx(shown[1][key], nan_ok=True) for key in common)


def test_a_snapshot_predicts_the_very_same(planted):
    learning, _ = planted
    twin = MarketLearning(SECOND)
    twin.restore(learning.snapshot())
    x = np.random.default_rng(5).normal(size=(20, 13))
    for ours, theirs in zip(learning.publication().served, twin.publication().served, strict=True):
        for row in x[:, : len(ours.features)]:
            widening = ours.widening(3)
            assert predicted(ours, row, 1.0, widening) == predicted(
                theirs, row, 1.0, theirs.widening(3)
            )


def test_a_warm_start_is_marked_until_the_next_fit(planted):
    twin = MarketLearning(SECOND)
    twin.restore(planted[0].snapshot())
    assert all(model.is_warm for model in twin.publication().served)


def test_a_snapshot_of_other_features_is_refused(planted):
    body = planted[0].snapshot()
    body["delays"][str(NS_PER_S)]["columns"][0] = "moon_phase"
    with pytest.raises(ValueError, match="other features"):
        MarketLearning(SECOND).restore(body)


def test_the_learned_recipe_is_slippage_and_fees():
    priced = estimate(request(1.0, recipe="learned"), state(learned=learned(0.5, 2.0)))
    slippage, fees = (c for c in priced.components if c.is_in_total)
    # walk 100 bps on the default book, 0.5 learned, 2 each way; taker 10 bps on 101 / 100
    assert (slippage.bps, slippage.low_bps, slippage.high_bps) == pytest.approx(
        (100.5, 98.5, 102.5)
    )
    assert priced.total_bps == pytest.approx(100.5 + fees.bps)


@pytest.mark.parametrize(
    ("market", "reason"),
    [
        (state(learned=None), "nothing is learned"),
        (
            state(learned=learned(served=(), progress=((250_000_000, "learning: 7 of 1,000"),))),
            "learning: 7 of 1,000",
        ),
        (state(learned=learned(sigma_day=None)), "volatility"),
    ],
)
def test_without_a_model_there_is_no_total_rather_than_one_without_slippage(market, reason):
    with pytest.raises(BookNotReady, match=reason):
        estimate(request(1.0, recipe="learned"), market)


def test_a_size_that_was_not_followed_has_no_learned_number():
    taught_one = learned()
    [served] = taught_one.served
    narrow = dataclasses.replace(served, widenings=served.widenings[:1])
    with pytest.raises(BookNotReady, match="too few orders of this size"):
        estimate(
            request(1.0, recipe="learned"),
            state(learned=dataclasses.replace(taught_one, served=(narrow,))),
        )


def test_an_order_that_waits_has_no_learned_number():
    with pytest.raises(BookNotReady, match="this one waits"):
        estimate(request(1.0, recipe="learned", style="limit"), state())


def test_the_nearest_delay_is_taken_by_ratio():
    followed = learned(progress=((0, ""), (50_000_000, ""), (1_000_000_000, "")))
    # 200 ms is 4 times 50 ms and a fifth of 1 s
    assert followed.nearest(200_000_000) == 50_000_000
    assert followed.nearest(300_000_000) == 1_000_000_000
    assert followed.nearest(0) == 0


def test_sizes_share_a_bucket_within_half_a_decade():
    assert [bucket_of(quote) for quote in (31_623, 100_000, 316_000)] == [5, 5, 5]


@pytest.mark.parametrize(
    "wrong",
    [
        {"delays_ns": ()},
        {"delays_ns": (601 * NS_PER_S,)},
        {"models": ("oracle",)},
        {"min_rows": 10},
        {"refit_books": 0},
        {"probes_per_s": 1000.0},
        {"heavy_refit_s": 0.0},
        {"scores": 10},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(OrderError):
        LearningSpec(**wrong)
