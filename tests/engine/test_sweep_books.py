"""Books at rest come back bit for bit; samples of a recording are what the app had then."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.recorded_state import recorded_state
from engine.sweeps.books import LEVELS, groups, pack, unpack
from engine.sweeps.sampling import sampled
from market.errors import OrderError
from models.sweep import Recorded
from models.sweep.plan import STATES_TOGETHER
from tests.builders import book, state

FILE = "okx_books_trades_20220513.jsonl.gz"
prices = st.floats(1e-9, 1e9) | st.integers(1, 10**9).map(lambda n: n / 10) | st.just(0.1 + 0.2)


def same(first, second):
    if first.book is None or second.book is None:
        return first.book is second.book
    levels = all(
        getattr(first.book, name).tolist() == getattr(second.book, name).tolist() for name in LEVELS
    )
    stamps = (first.book.seq, first.book.recv_ns) == (second.book.seq, second.book.recv_ns)
    return levels and stamps and first.instrument == second.instrument


@given(
    sizes=st.lists(st.lists(prices, min_size=1, max_size=4), min_size=1, max_size=5),
    bid=prices,
)
@settings(max_examples=60)
def test_any_book_comes_back_bit_for_bit(sizes, bid):
    states = [
        state(book(bids=[(bid, q) for q in row], asks=[(bid, q) for q in row])) for row in sizes
    ]
    states.append(state(no_book=True))
    data = pack(states)
    assert all(same(a, b) for a, b in zip(states, unpack(data), strict=True))
    assert pack(unpack(data)) == data


def test_states_lie_together_in_groups_of_a_fixed_size():
    sizes = [len(group) for group in groups([state()] * (2 * STATES_TOGETHER + 1))]
    assert sizes == [STATES_TOGETHER, STATES_TOGETHER, 1]


def test_samples_are_evenly_spaced_states_of_the_recording(recordings):
    wanted = Recorded(FILE, "BTC-USDT", 5, start="+2", end="+8")
    found = list(sampled(wanted, recordings / "okx"))
    gaps = {b.as_of_ns - a.as_of_ns for a, b in pairwise(found)}
    assert len(found) == 5
    assert max(gaps) - min(gaps) <= 1
    alone = recorded_state(recordings / "okx" / FILE, "BTC-USDT", str(found[2].as_of_ns))
    assert same(found[2], alone)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Recorded(FILE, "DOGE-USDT", 5), "states"),
        (Recorded(FILE, "BTC-USDT", 5, start="+900"), "states.start"),
        (Recorded(FILE, "BTC-USDT", 5, start="noon"), "at"),
        (Recorded("absent.jsonl.gz", "BTC-USDT", 5), "states.recording"),
        (Recorded(f"../okx/{FILE}", "BTC-USDT", 5), "states.recording"),
    ],
)
def test_what_a_recording_does_not_hold_is_refused(recordings, wanted, field):
    with pytest.raises(OrderError) as refused:
        list(sampled(wanted, recordings / "okx"))
    assert refused.value.field == field
