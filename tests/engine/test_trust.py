"""The verdict on a book fails closed."""

import pytest

from engine.trust import judge
from market.trust import Grade


def test_a_fresh_two_sided_book_is_good():
    assert judge("ok", None, age_s=0.1, cadence_s=0.1).grade is Grade.GOOD


@pytest.mark.parametrize("shape", ["empty", "one_sided", "crossed"])
def test_a_book_without_a_sound_touch_is_refused(shape):
    trust = judge(shape, None, age_s=0.0, cadence_s=0.1)
    assert trust.refuses
    assert trust.reason


def test_a_broken_book_is_refused_with_the_reason_it_broke():
    trust = judge("ok", "an update is missing", age_s=0.0, cadence_s=0.1)
    assert trust.refuses
    assert "an update is missing" in trust.reason


@pytest.mark.parametrize(
    ("age_s", "cadence_s", "grade"),
    [
        (1.9, 0.1, Grade.GOOD),
        (2.0, 0.1, Grade.WARN),
        (10.0, 0.1, Grade.REFUSE),
        # A book that changes every 5 s may be 40 s old before anyone worries, but not 75.
        (40.0, 5.0, Grade.GOOD),
        (50.0, 5.0, Grade.WARN),
        (75.0, 5.0, Grade.REFUSE),
    ],
)
def test_age_is_judged_against_the_rhythm_of_the_book(age_s, cadence_s, grade):
    assert judge("ok", None, age_s, cadence_s).grade is grade


def test_a_stale_book_says_how_old_it_is():
    assert "12 s" in judge("ok", None, age_s=12.3, cadence_s=0.1).reason
