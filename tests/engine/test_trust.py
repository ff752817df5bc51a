"""The verdict on a book fails closed."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.clock import ManualClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.quoter import Quoter
from engine.skew import Skew
from engine.trust import Signs, judge
from market.errors import BookNotReady
from market.trust import CODES, Doubt, Grade, Trust
from models.base import Source
from models.estimate import estimate
from tests import builders

ROOT = Path(__file__).resolve().parent.parent.parent
FRESH = Signs(age_s=0.1, cadence_s=0.1, reach_bps=50.0)


def skewed(offset_s=0.05, lag_s=0.0):
    return replace(FRESH, skew=Skew(offset_s, None, lag_s, ""))


def codes(signs):
    return {doubt.code for doubt in judge(signs).doubts}


def test_a_fresh_two_sided_book_is_good():
    assert judge(FRESH).grade is Grade.GOOD


@pytest.mark.parametrize("shape", ["empty", "one_sided", "crossed"])
def test_a_book_without_a_sound_touch_is_refused(shape):
    trust = judge(replace(FRESH, shape=shape))
    assert trust.refuses
    assert trust.reason


def test_a_broken_book_is_refused_with_the_reason_it_broke():
    trust = judge(replace(FRESH, broken="an update is missing", broken_code="gap"))
    assert trust.refuses
    assert (trust.doubts[0].code, trust.reason) == ("gap", "an update is missing")


# -- age ---------------------------------------------------------------------------------------


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
    assert judge(replace(FRESH, age_s=age_s, cadence_s=cadence_s)).grade is grade


def test_what_the_venue_promises_about_quiet_books_bounds_the_rhythm():
    # A book that changes every 5 s; its venue says something at least every 15 s.
    signs = replace(FRESH, age_s=15.0, cadence_s=5.0, quiet_book_s=15.0)
    assert judge(signs).refuses
    assert not judge(replace(signs, quiet_book_s=90.0)).refuses


def test_a_stale_book_says_how_old_it_is():
    assert "12 s" in judge(replace(FRESH, age_s=12.3)).reason


# -- clocks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset_s", "words"),
    [(-3.0, "at least 3.0 s behind"), (5.0, "5.0 s old on arrival")],
)
def test_clocks_that_differ_are_a_warning_and_no_refusal(offset_s, words):
    trust = judge(skewed(offset_s))
    assert (trust.grade, trust.doubts[0].code) == (Grade.WARN, "skew")
    assert words in trust.reason


@pytest.mark.parametrize("offset_s", [-0.1, 0.0, 0.4])
def test_a_small_offset_costs_nothing(offset_s):
    assert judge(skewed(offset_s)).grade is Grade.GOOD


@pytest.mark.parametrize(
    ("lag_s", "grade"), [(1.9, Grade.GOOD), (2.0, Grade.WARN), (10.0, Grade.REFUSE)]
)
def test_messages_that_come_later_than_they_used_to_make_a_book_old(lag_s, grade):
    assert judge(skewed(lag_s=lag_s)).grade is grade


# -- depth and tape ----------------------------------------------------------------------------


def test_a_book_that_ends_close_to_the_mid_is_a_warning_that_says_where():
    trust = judge(replace(FRESH, reach_bps=3.2))
    assert (trust.grade, trust.doubts[0].code) == (Grade.WARN, "shallow")
    assert "3.2 bps" in trust.reason


def test_a_channel_of_the_first_levels_is_a_warning():
    assert codes(replace(FRESH, is_partial=True)) == {"partial"}


def test_a_locked_book_is_a_warning():
    assert codes(replace(FRESH, is_locked=True)) == {"locked"}


@pytest.mark.parametrize(
    ("age_s", "cadence_s", "is_quiet"),
    [
        (59.0, 0.1, False),
        (60.0, 0.1, True),
        # One trade in 10 s: three minutes are within its rhythm, 200 s are not.
        (180.0, 10.0, False),
        (200.0, 10.0, True),
        (1000.0, None, False),
    ],
)
def test_a_tape_is_judged_against_its_own_rhythm(age_s, cadence_s, is_quiet):
    signs = replace(FRESH, trade_age_s=age_s, trade_cadence_s=cadence_s)
    assert codes(signs) == ({"quiet_tape"} if is_quiet else set())


def test_an_instrument_that_is_not_trading_is_refused():
    assert judge(replace(FRESH, is_trading=False)).refuses


def test_a_book_in_unknown_units_is_refused_whatever_else_is_known():
    assert codes(replace(FRESH, is_listed=False, is_trading=False)) == {"unlisted"}


def test_every_doubt_is_told_at_once_with_the_worst_first():
    trust = judge(replace(skewed(-3.0), age_s=20.0, is_locked=True))
    assert [doubt.code for doubt in trust.doubts] == ["stale", "locked", "skew"]
    assert trust.reason.startswith("stale")


def test_every_code_that_the_verdict_may_carry_is_explained():
    source = (ROOT / "engine" / "trust.py").read_text("utf-8")
    assert all(f'"{code}"' in source for code in ("stale", "late", "skew", "halted", "partial"))
    assert {"gap", "checksum", "decode", "refused", "unavailable"} <= set(CODES)


# -- a refusal gives no number -----------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(CODES))
def test_no_refused_state_is_priced_whatever_the_code(code):
    state = builders.state(doubts=[Doubt(Grade.REFUSE, code, "because")])
    with pytest.raises(BookNotReady, match="because"):
        estimate(builders.request(), state)


def test_a_warned_state_is_priced_with_the_warning_beside_it():
    state = builders.state(doubts=[Doubt(Grade.WARN, "locked", "locked: mind the spread")])
    assert "locked: mind the spread" in estimate(builders.request(), state).warnings


class Verdict:
    """A hub with one market whose verdict is given."""

    def __init__(self, *doubts):
        self._state = builders.state(doubts=doubts)

    def state(self, key):
        return self._state


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_quoter_gives_a_refusal_and_no_number(code):
    hub = Verdict(Doubt(Grade.REFUSE, code, "because"))
    quote = Quoter(hub, LatencyMeter(), ManualClock()).quote(KEY, builders.request())
    assert (quote.estimate, quote.refusal) == (None, "because")


def test_the_quoter_gives_a_warned_number_with_its_trust():
    hub = Verdict(Doubt(Grade.WARN, "skew", "clocks differ"))
    quote = Quoter(hub, LatencyMeter(), ManualClock()).quote(KEY, builders.request())
    assert quote.estimate.trust == Trust((Doubt(Grade.WARN, "skew", "clocks differ"),))


KEY = MarketKey(Source.DEMO, "okx", "BTC-USDT")


def test_a_halted_instrument_is_refused_by_the_hub():
    clock = ManualClock()
    hub = MarketHub(clock, LatencyMeter())
    hub.open(KEY, builders.instrument(is_live=False))
    assert hub.state(KEY).trust.doubts[0].code == "halted"
