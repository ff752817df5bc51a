"""Clocks compared by what messages say: never a negative delay shown as a speed."""

from engine.skew import NOT_MEASURABLE, SkewMeter

S, MS = 1_000_000_000, 1_000_000
T0 = 1_790_000_000 * S


def meter(*delays_ms, step_ms=100):
    """One message each `step_ms`, received that long after its stamp."""
    found = SkewMeter()
    for place, delay in enumerate(delays_ms):
        stamp = T0 + place * step_ms * MS
        found.add(stamp, stamp + round(delay * MS))
    return found


def test_before_the_first_message_nothing_is_said():
    assert SkewMeter().skew().offset_s is None


def test_the_least_delay_is_the_offset_and_the_newest_the_delay():
    skew = meter(30, 12, 25).skew()
    assert (skew.offset_s, skew.delay_ms) == (0.012, 25)


def test_a_message_from_the_future_means_that_our_clock_is_behind():
    skew = meter(-3000, -2990).skew()
    assert (skew.offset_s, skew.delay_ms) == (-3.0, None)
    assert "behind" in skew.text


def test_messages_that_are_all_old_leave_open_why():
    skew = meter(5000, 5010).skew()
    assert skew.delay_ms is None
    assert "or they come late" in skew.text


def test_what_lies_above_the_least_delay_is_lag():
    assert meter(20, 20, 4020).skew().lag_s == 4.0


def test_a_stamp_that_falls_back_is_a_clock_that_was_set_and_no_lag():
    found = meter(20, 20)
    found.add(T0 - 30 * S, T0 + S)
    assert found.skew().lag_s == 0.0


def test_our_own_clock_being_set_is_no_lag():
    found = meter(20, 20)
    found.turn(T0, 0)
    found.turn(T0 + 31 * S, S)
    found.add(T0 + S, T0 + 31 * S)
    assert found.skew().lag_s == 0.0


def test_the_window_forgets_after_a_minute():
    found = meter(10)
    for second in range(61):
        stamp = T0 + (second + 1) * S
        found.add(stamp, stamp + 40 * MS)
        found.turn(stamp, second * S)
    assert found.skew().offset_s == 0.04


def test_messages_without_a_stamp_are_not_measured():
    found = SkewMeter()
    found.add(0, T0)
    found.add(T0, T0)
    assert found.skew().offset_s is None


def test_a_recording_is_said_to_be_not_measurable():
    assert "not measurable" in NOT_MEASURABLE.text
