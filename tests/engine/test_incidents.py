"""What went wrong with a book: from its first sign to its end, bounded and counted."""

import numpy as np
import pytest

from engine.clock import ManualClock
from engine.health import MarketPhase
from engine.hub import MarketHub, MarketKey
from engine.incidents import IncidentLog
from engine.latency import LatencyMeter
from market.book import BookUpdate
from market.trust import Doubt, Grade, Trust
from models.base import Source
from tests import builders

KEY = MarketKey(Source.DEMO, "okx", "BTC-USDT")


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def hub(clock):
    hub = MarketHub(clock, LatencyMeter())
    hub.open(KEY, builders.instrument(), quiet_book_s=90.0)
    return hub


def book(clock, bid=99.0, ask=101.0, *, is_snapshot=True):
    return BookUpdate(
        symbol=KEY.symbol,
        is_snapshot=is_snapshot,
        rows=np.array([[bid, 1.0], [ask, 1.0]]),
        n_bids=1,
        seq=1,
        event_ns=clock.now_ns() - 1,
        recv_ns=clock.now_ns(),
    )


def test_waiting_for_the_very_first_book_is_no_incident(hub):
    hub.look()
    assert hub.incidents.all() == ()


def test_a_break_is_an_incident_from_the_break_to_the_next_book(hub, clock):
    hub.apply(KEY, book(clock))
    hub.break_book(KEY, "an update is missing", "gap")
    clock.advance(3)
    hub.apply(KEY, book(clock))
    hub.look()
    (incident,) = hub.incidents.all()
    assert (incident.code, incident.text) == ("gap", "an update is missing")
    assert (incident.untold_s, incident.lasted_s) == (0.0, 3.0)


def test_a_silence_began_with_the_last_message_and_is_told_when_it_is_judged(hub, clock):
    hub.apply(KEY, book(clock))
    clock.advance(4)
    hub.look()
    (incident,) = hub.incidents.all()
    assert (incident.code, incident.untold_s, incident.ended_ns) == ("stale", 4.0, None)


def test_what_a_feed_is_by_its_nature_is_a_doubt_and_no_incident(clock):
    hub = MarketHub(clock, LatencyMeter())
    hub.open(KEY, builders.instrument(), quiet_book_s=90.0, unverified="nothing to check")
    hub.apply(KEY, book(clock))
    hub.look()
    state = hub.state(KEY)
    assert [doubt.code for doubt in state.trust.doubts] == ["unverified"]
    assert (hub.incidents.all(), hub.incidents.counts) == ((), {})


def test_a_doubt_that_grows_is_one_incident_of_its_worst_grade(hub, clock):
    hub.apply(KEY, book(clock))
    for _ in range(20):
        clock.advance(1)
        hub.look()
    (incident,) = hub.incidents.all()
    assert (incident.grade, hub.incidents.counts["stale"]) == (Grade.REFUSE, 1)


def test_a_market_that_is_let_go_ends_its_incidents(hub, clock):
    hub.apply(KEY, book(clock))
    hub.break_book(KEY, "gone", "unavailable")
    hub.close(KEY)
    (incident,) = hub.incidents.all()
    assert incident.ended_ns is not None


def test_the_log_is_bounded_and_goes_on_counting():
    log = IncidentLog(kept=3)
    trust = Trust((Doubt(Grade.REFUSE, "gap", "x"),))
    for second in range(10):
        log.see(KEY, trust, second, lambda doubt: 0)
        log.see(KEY, Trust(), second, lambda doubt: 0)
    assert (len(log.all()), log.counts["gap"]) == (3, 10)


# -- health ------------------------------------------------------------------------------------


def test_a_market_that_is_not_open_has_no_health(hub):
    assert hub.health(KEY._replace(symbol="ETH-USDT")) is None


def test_health_counts_breaks_by_kind_and_says_how_long_the_last_outage_took(hub, clock):
    hub.apply(KEY, book(clock))
    for code, seconds in (("gap", 1), ("checksum", 2), ("gap", 5)):
        hub.break_book(KEY, f"a {code}", code)
        clock.advance(seconds)
        hub.apply(KEY, book(clock))
    health = hub.health(KEY)
    assert (health.gaps, health.breaks, health.resyncs, health.recoveries) == (2, 3, 3, 3)
    assert health.break_counts == (("checksum", 1), ("gap", 2))
    assert (health.last_break, health.last_outage_s) == ("a gap", 5.0)


def test_a_second_break_before_the_book_is_back_is_the_same_outage(hub, clock):
    hub.apply(KEY, book(clock))
    hub.break_book(KEY, "a gap", "gap")
    clock.advance(1)
    hub.break_book(KEY, "the line is gone", "unavailable")
    clock.advance(1)
    hub.apply(KEY, book(clock))
    assert (hub.health(KEY).resyncs, hub.health(KEY).last_outage_s) == (1, 2.0)


def test_the_phase_follows_the_book(hub, clock):
    phases = [hub.health(KEY).phase]
    hub.apply(KEY, book(clock))
    phases.append(hub.health(KEY).phase)
    hub.break_book(KEY, "a gap", "gap")
    phases.append(hub.health(KEY).phase)
    hub.break_book(KEY, "no such instrument", "refused")
    phases.append(hub.health(KEY).phase)
    assert phases == [
        MarketPhase.WAITING,
        MarketPhase.LIVE,
        MarketPhase.BROKEN,
        MarketPhase.REFUSED,
    ]


def test_the_rate_falls_while_nothing_comes(hub, clock):
    for _ in range(200):
        hub.apply(KEY, book(clock))
        clock.advance(0.1)
    busy = hub.health(KEY).updates_per_s
    clock.advance(10)
    assert busy == pytest.approx(10, rel=0.1)
    assert hub.health(KEY).updates_per_s < 0.2


def test_a_clock_set_back_does_not_make_an_old_book_fresh(clock):
    class SetBack(ManualClock):
        def now_ns(self):
            return super().now_ns() - self.back_ns

        back_ns = 0

    clock = SetBack()
    hub = MarketHub(clock, LatencyMeter())
    hub.open(KEY, builders.instrument())
    hub.apply(KEY, book(clock))
    clock.back_ns = 3_600 * 10**9
    clock.advance(60)
    assert hub.age_s(KEY) == 60.0
    assert hub.state(KEY).trust.refuses


def test_a_replay_says_that_its_clock_is_not_measurable(clock):
    hub = MarketHub(clock, LatencyMeter())
    key = KEY._replace(source=Source.REPLAY)
    hub.open(key, builders.instrument())
    for _ in range(3):
        hub.apply(key, book(clock))
    assert "not measurable" in hub.health(key).skew.text
    assert hub.state(key).trust.grade is Grade.GOOD


def test_a_book_that_ends_close_to_the_mid_is_warned_about(hub, clock):
    hub.apply(KEY, book(clock, 99.99, 100.01))
    assert hub.state(KEY).trust.doubts[0].code == "shallow"
    assert hub.health(KEY).reach_bps == pytest.approx(1.0)
