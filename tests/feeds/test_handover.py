"""A second decoder beside the first: same options, nothing in common but the instruments."""

import pytest

from feeds.base import FeedError
from feeds.catalog import VENUES
from feeds.handover import Claims
from feeds.okx import Okx
from tests.feeds import okx_frames as okx


@pytest.mark.parametrize("name", VENUES)
def test_every_venue_has_a_twin_with_the_same_instruments(name):
    venue = VENUES[name].venue({})
    twin = venue.twin()
    assert type(twin) is type(venue)
    assert twin is not venue
    assert twin.instruments is venue.instruments


def test_a_twin_keeps_the_options():
    assert Okx(okx.listed(), book_channel="books5").twin().book_channel == "books5"


def test_a_twin_has_heard_nothing():
    venue = Okx(okx.listed())
    venue.receive(okx.book(10), 1)
    twin = venue.twin()
    assert list(twin.receive(okx.book(11, 10), 2)) == []


def test_what_a_twin_hears_is_nothing_to_the_first():
    venue = Okx(okx.listed())
    venue.receive(okx.book(10), 1)
    twin = venue.twin()
    twin.receive(okx.book(50), 2)
    (update,) = venue.receive(okx.book(11, 10), 3)
    assert update.seq == 11


class Old:
    """An intake as far as claims need one."""

    def __init__(self, *symbols):
        self.followed = dict.fromkeys(symbols)

    def release(self, symbol):
        self.followed.pop(symbol)

    @property
    def is_empty(self):
        return not self.followed


@pytest.fixture
def told():
    return []


def claims(old, told):
    return Claims(
        old,
        lambda event: told.append(event),
        lambda symbol, error: told.append(symbol),
        lambda: told.append("done"),
    )


def events(*frames):
    venue = Okx(okx.listed())
    return [event for frame in frames for event in venue.receive(frame, 1)]


def test_a_trade_does_not_move_a_book(told):
    (trade,) = events(okx.trade())
    claims(Old(okx.SWAP), told).on_event(trade)
    assert told == []


def test_a_snapshot_moves_its_book_and_what_follows_passes(told):
    old = Old(okx.SWAP, "BTC-USDT")
    snapshot, update = events(okx.book(10), okx.book(11, 10))
    for event in (snapshot, update):
        claims(old, told).on_event(event)
    assert (told, list(old.followed)) == ([snapshot, update], ["BTC-USDT"])


def test_the_last_book_to_move_ends_the_change(told):
    (snapshot,) = events(okx.book(10))
    claims(Old(okx.SWAP), told).on_event(snapshot)
    assert told == [snapshot, "done"]


def test_a_break_of_a_book_that_has_not_moved_is_not_passed_on(told):
    claims(Old(okx.SWAP), told).on_broken(okx.SWAP, FeedError("x"))
    assert told == []


def test_a_break_of_a_book_that_has_moved_is(told):
    claims(Old(), told).on_broken(okx.SWAP, FeedError("x"))
    assert told == [okx.SWAP]
