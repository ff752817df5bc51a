"""The circuit breaker: when it opens, how long, and what closes it."""

import pytest

from feeds.breaker import Breaker, Circuit, Trip


class Now:
    def __init__(self):
        self.s = 100.0

    def __call__(self):
        return self.s


@pytest.fixture
def now():
    return Now()


@pytest.fixture
def breaker(now):
    return Breaker(Trip(failures=3, first_s=30, most_s=100), now=now, draw=lambda: 0.0)


def fail(breaker, times):
    for _ in range(times):
        breaker.failed()


def test_fewer_failures_than_stated_leave_it_closed(breaker):
    fail(breaker, 2)
    assert (breaker.state, breaker.wait_s) == (Circuit.CLOSED, 0.0)


def test_the_last_failure_of_a_row_opens_it_for_the_stated_time(breaker):
    fail(breaker, 3)
    assert (breaker.state, breaker.wait_s, breaker.trips) == (Circuit.OPEN, 30.0, 1)


def test_a_success_between_failures_starts_the_row_anew(breaker):
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.state is Circuit.CLOSED


def test_when_the_time_is_over_one_try_is_allowed(breaker, now):
    fail(breaker, 3)
    now.s += 30
    assert breaker.state is Circuit.HALF_OPEN


def test_a_failure_of_that_try_opens_it_for_twice_as_long(breaker, now):
    fail(breaker, 3)
    now.s += 30
    breaker.failed()
    assert (breaker.wait_s, breaker.trips) == (60.0, 2)


def test_the_pause_has_a_ceiling(breaker, now):
    fail(breaker, 3)
    for _ in range(50):
        now.s += breaker.wait_s
        breaker.failed()
    assert breaker.wait_s == 100.0


def test_a_success_closes_it_and_forgets_how_long_it_was_open(breaker, now):
    fail(breaker, 3)
    now.s += 30
    breaker.failed()
    now.s += 60
    breaker.succeeded()
    fail(breaker, 3)
    assert breaker.wait_s == 30.0


def test_try_now_half_opens_it_at_once(breaker):
    fail(breaker, 3)
    breaker.try_now()
    assert breaker.state is Circuit.HALF_OPEN


def test_failures_of_tries_under_way_do_not_lengthen_the_pause(breaker):
    fail(breaker, 5)
    assert (breaker.wait_s, breaker.trips) == (30.0, 1)
