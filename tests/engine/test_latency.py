"""Timings: a bounded ring and its percentiles."""

import pytest

from engine.latency import WINDOW, LatencyMeter


def test_a_meter_without_samples_has_no_percentiles():
    assert LatencyMeter().percentiles() is None


def test_percentiles_are_in_milliseconds():
    meter = LatencyMeter()
    for ms in range(1, 101):
        meter.add(ms * 1_000_000)
    result = meter.percentiles()
    # 1..100 ms: the median lies between 50 and 51, the largest is 100.
    assert result.p50 == pytest.approx(50.5)
    assert result.max == 100.0


def test_old_samples_leave_the_window():
    meter = LatencyMeter()
    meter.add(10**12)
    for _ in range(WINDOW):
        meter.add(1_000_000)
    assert meter.percentiles().max == 1.0


def test_memory_is_bounded_by_the_window():
    meter = LatencyMeter()
    for _ in range(3 * WINDOW):
        meter.add(5)
    assert meter.percentiles().count == WINDOW
    assert meter.total == 3 * WINDOW


def test_a_negative_latency_is_never_shown_as_speed():
    meter = LatencyMeter()
    meter.add(-1)
    assert meter.percentiles() is None
