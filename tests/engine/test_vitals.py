import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import self_test
from engine.clock import ManualClock
from engine.hub import MarketHub
from engine.latency import WINDOW, Latencies, LatencyMeter, histogram, percentiles
from engine.log_tail import MOST_KINDS, LogTail
from engine.remedies import REMEDIES
from engine.vitals import KEPT, Vitals
from market.trust import CODES


@pytest.fixture
def vitals() -> Vitals:
    clock, latencies = ManualClock(), Latencies()
    return Vitals(MarketHub(clock, latencies.feed), latencies, clock)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=2 * WINDOW), st.integers(1, WINDOW))
def test_the_newest_timings_come_in_the_order_they_were_added(
    elapsed: list[int], most: int
) -> None:
    meter = LatencyMeter()
    for ns in elapsed:
        meter.add(ns)
    assert meter.newest(most).tolist() == [ns / 1e6 for ns in elapsed[-most:]]


def test_a_histogram_counts_every_timing_above_zero_once() -> None:
    times = np.array([0.0, 0.1, 0.1, 5.0, 70.0])
    assert sum(count for _, count in histogram(times)) == 4


def test_timings_that_are_all_the_same_have_a_histogram() -> None:
    assert sum(count for _, count in histogram(np.array([2.0, 2.0]))) == 2


def test_percentiles_of_nothing_are_absent() -> None:
    assert percentiles(np.array([])) is None


def test_a_second_without_timings_has_no_percentiles(vitals: Vitals) -> None:
    vitals.sample()
    assert vitals.history()[-1].stages["feed"] is None


def test_a_second_is_timed_by_what_came_in_it_alone(vitals: Vitals) -> None:
    meter = vitals._latencies.feed
    meter.add(9_000_000)
    vitals.sample()
    meter.add(1_000_000)
    vitals.sample()
    found = vitals.history()[-1].stages["feed"]
    assert found is not None and (found.count, found.max) == (1, 1.0)


def test_vitals_are_kept_for_a_bounded_time(vitals: Vitals) -> None:
    for _ in range(KEPT + 5):
        vitals.sample()
    assert len(vitals.history()) == KEPT


def test_every_doubt_has_a_cause_and_a_remedy() -> None:
    assert REMEDIES.keys() == CODES.keys()


def record(text: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord("feeds.okx", logging.WARNING, "", 0, text, values, None)


def test_messages_from_the_same_place_are_one_kind() -> None:
    tail = LogTail()
    tail.handle(record("no answer from %s", "a"))
    tail.handle(record("no answer from %s", "b"))
    [kind] = tail.all()
    assert (kind.count, kind.text) == (2, "no answer from b")


def test_the_log_tail_forgets_the_oldest_kind() -> None:
    tail = LogTail()
    for i in range(MOST_KINDS + 1):
        tail.handle(record(f"kind {i}"))
    assert [tail.all()[0].text, len(tail.all())] == [f"kind {MOST_KINDS}", MOST_KINDS]


async def test_the_self_test_measures_this_machine() -> None:
    found = await self_test.run()
    assert found.ratio > 0 and found.update_us > 0 and found.estimate_us > 0
