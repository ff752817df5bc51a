import random

from hypothesis import given
from hypothesis import strategies as st

from feeds.backoff import Backoff, HourlyBudget, Pauses

PAUSES = Pauses(first=5, least=1, most=60, factor=2)


@given(st.integers(0, 2**32))
def test_pauses_grow_from_a_random_start_to_a_ceiling(seed):
    backoff = Backoff(PAUSES, random.Random(seed).random)
    assert 0 <= backoff.next() <= 5
    for length in (1, 2, 4, 8, 16, 32, 60, 60):
        assert length / 2 <= backoff.next() <= length


def test_success_starts_them_anew():
    backoff = Backoff(PAUSES, lambda: 0.999)
    for _ in range(10):
        backoff.next()
    backoff.reset()
    assert backoff.next() < 5


def test_ten_thousand_failures_are_no_overflow():
    backoff = Backoff(PAUSES)
    assert all(backoff.next() <= 60 for _ in range(10_000))


def test_a_budget_frees_one_request_as_the_oldest_turns_an_hour_old():
    budget = HourlyBudget(3)
    for moment in (0.0, 10.0, 20.0):
        budget.spend(moment)
    assert budget.free_at(30.0, 1) == 3600.0
    assert budget.free_at(30.0, 2) == 3610.0
    assert budget.free_at(3605.0, 1) == 3605.0


def test_without_a_limit_every_moment_is_free():
    budget = HourlyBudget(None)
    for _ in range(1000):
        budget.spend(0.0)
    assert budget.free_at(1.0, 1000) == 1.0
