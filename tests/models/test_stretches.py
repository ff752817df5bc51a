"""What was learned from once: against a set of moments."""

from hypothesis import given
from hypothesis import strategies as st

from models.learning.stretches import LIMIT, Stretches

pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 15)), max_size=12)


@given(pairs, st.integers(0, 90))
def test_the_next_free_moment_is_that_of_a_plain_set(spans, ns):
    known, moments = Stretches(), set()
    for first, length in spans:
        known.add(first, first + length)
        moments |= set(range(first, first + length + 1))
    assert known.free_from(ns) == next(t for t in range(ns, 200) if t not in moments)


@given(pairs)
def test_what_is_known_survives_being_kept(spans):
    known = Stretches((first, first + length) for first, length in spans)
    assert Stretches(known.known()).known() == known.known()


def test_memory_is_bounded_and_nothing_known_is_forgotten():
    known = Stretches((10 * i, 10 * i + 1) for i in range(LIMIT + 50))
    assert len(known.known()) == LIMIT
    assert all(known.free_from(10 * i) > 10 * i for i in range(LIMIT + 50))
