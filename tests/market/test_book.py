"""The one mutable book and its frozen copies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.book import START_CAPACITY, BookUpdate, OrderBook
from market.errors import BookNotReady
from market.instrument import Side
from tests.builders import book


def update(bids=(), asks=(), *, snapshot=False, seq=1):
    rows = np.array([*bids, *asks], dtype=np.float64).reshape(-1, 2)
    return BookUpdate(
        symbol="X",
        is_snapshot=snapshot,
        rows=rows,
        n_bids=len(bids),
        seq=seq,
        event_ns=10 + seq,
        recv_ns=20 + seq,
    )


def filled(bids=((99, 1), (98, 2)), asks=((101, 1), (102, 2)), depth=0):
    live = OrderBook("X", depth)
    live.apply(update(bids, asks, snapshot=True))
    return live


def sides(of):
    return (
        list(zip(of.bid_prices.tolist(), of.bid_sizes.tolist(), strict=True)),
        list(zip(of.ask_prices.tolist(), of.ask_sizes.tolist(), strict=True)),
    )


def test_rows_of_an_update_are_split_into_sides():
    one = update([(99, 1)], [(101, 2), (102, 3)])
    assert one.bids.tolist() == [[99, 1]]
    assert one.asks.tolist() == [[101, 2], [102, 3]]


def test_a_delta_changes_adds_and_removes_levels():
    live = filled()
    live.apply(update([(99, 0), (97, 5)], [(101, 4)], seq=2))
    assert sides(live.snapshot()) == ([(98, 2), (97, 5)], [(101, 4), (102, 2)])


def test_a_snapshot_forgets_every_old_level():
    live = filled()
    live.apply(update([(50, 1)], [(51, 1)], snapshot=True, seq=2))
    assert sides(live.snapshot()) == ([(50, 1)], [(51, 1)])


levels = st.dictionaries(st.integers(1, 40), st.integers(1, 9), min_size=1, max_size=12)


@given(before=levels, after=levels)
def test_a_snapshot_and_its_deltas_equal_the_later_snapshot(before, after):
    asks = [(100 + p, q) for p, q in before.items()]
    later = [(100 + p, q) for p, q in after.items()]
    gone = [(p, 0) for p, _ in asks if p not in dict(later)]
    live = filled(asks=sorted(asks))
    live.apply(update(asks=gone + later, seq=2))
    assert sides(live.snapshot())[1] == sorted(later)


def test_stamps_are_those_of_the_last_update():
    live = filled()
    live.apply(update([(99, 3)], seq=5))
    frozen = live.snapshot()
    assert (frozen.seq, frozen.event_ns, frozen.recv_ns) == (5, 15, 25)


def test_a_snapshot_does_not_move_with_the_book():
    live = filled()
    frozen = live.snapshot()
    live.apply(update([(99, 7)], seq=2))
    assert frozen.bid_sizes[0] == 1


def test_a_snapshot_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        filled().snapshot().bid_sizes[0] = 5.0


def test_a_snapshot_can_be_cut():
    assert sides(filled().snapshot(depth=1)) == ([(99, 1)], [(101, 1)])


@pytest.mark.parametrize(
    ("bids", "asks", "shape", "words"),
    [
        ((), (), "empty", "first book"),
        (((99, 1),), (), "one_sided", "one side"),
        ((), ((101, 1),), "one_sided", "one side"),
        (((102, 1),), ((101, 1),), "crossed", "crossed"),
    ],
)
def test_a_book_without_a_price_says_why(bids, asks, shape, words):
    live = filled(bids, asks)
    assert live.shape == shape
    with pytest.raises(BookNotReady, match=words):
        live.snapshot()


def test_a_locked_book_is_legal_and_has_no_spread():
    frozen = filled(((100, 1),), ((100, 1),)).snapshot()
    assert (frozen.mid, frozen.half_spread) == (100.0, 0.0)


def test_clearing_leaves_nothing():
    live = filled()
    live.clear()
    assert live.shape == "empty"
    assert live.level_count == (0, 0)
    assert live.seq == -1


def test_a_book_grows_beyond_its_first_capacity():
    n = START_CAPACITY + 500
    asks = [(1000.0 + i, 1.0) for i in range(n)]
    live = filled(asks=asks)
    live.apply(update(asks=[(5000.0 + i, 1.0) for i in range(n)], seq=2))
    assert live.level_count == (2, 2 * n)


def test_a_book_with_a_depth_drops_what_falls_out():
    live = filled(depth=2)
    live.apply(update(asks=[(100.5, 1)], seq=2))
    assert sides(live.snapshot())[1] == [(100.5, 1), (101, 1)]


def test_figures_of_a_book_by_hand():
    # bids 99 x 1, 98 x 2; asks 101 x 1, 102 x 2
    frozen = book()
    assert frozen.mid == 100.0
    assert frozen.half_spread_bps == pytest.approx(100.0)
    # sizes are equal on both sides: microprice = mid, no imbalance
    assert frozen.microprice == 100.0
    assert frozen.imbalance() == 0.0
    # bids 3 against asks 1: (3 - 1) / 4
    assert book(bids=[(99, 3)], asks=[(101, 1)]).imbalance() == 0.5
    # the heavier bid pulls the microprice up: (101 * 3 + 99 * 1) / 4
    assert book(bids=[(99, 3)], asks=[(101, 1)]).microprice == 100.5


def test_depth_counts_what_lies_within_a_distance_of_the_mid():
    # 1 % of 100 reaches 101, 2 % reaches 102
    assert book().depth(Side.BUY, within_bps=100) == 1.0
    assert book().depth(Side.BUY, within_bps=200) == 3.0
    assert book().depth(Side.SELL, within_bps=199) == 1.0


def test_reach_is_the_distance_of_the_last_level():
    assert book().reach_bps(Side.BUY) == pytest.approx(200.0)
    assert book().reach_bps(Side.SELL) == pytest.approx(200.0)


def test_a_buy_meets_the_asks_and_a_sell_the_bids():
    assert book().levels(Side.BUY)[0][0] == 101.0
    assert book().levels(Side.SELL)[0][0] == 99.0
