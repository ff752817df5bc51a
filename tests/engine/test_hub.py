"""The hub: one writer, frozen states, nothing stale."""

import dataclasses

import numpy as np
import pytest

from engine.clock import ManualClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from feeds.base import UNLISTED, KeepAlive
from market.book import BookUpdate
from market.instrument import Instrument, Kind
from market.trade import Candle, DayVolume
from market.trust import Grade
from models.base import Source

KEY = MarketKey(Source.DEMO, "okx", "BTC-USDT")
SPOT = Instrument(
    venue="okx",
    venue_symbol="BTC-USDT",
    base="BTC",
    quote="USDT",
    settle="",
    kind=Kind.SPOT,
    product="spot",
    tick_size=0.1,
    lot_size=1e-8,
    min_size=1e-5,
)


def update(clock, bids, asks, *, is_snapshot=True):
    return BookUpdate(
        symbol="BTC-USDT",
        is_snapshot=is_snapshot,
        rows=np.array(bids + asks, dtype=float).reshape(-1, 2),
        n_bids=len(bids),
        seq=1,
        event_ns=clock.now_ns(),
        recv_ns=clock.now_ns(),
    )


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def hub(clock):
    hub = MarketHub(clock, LatencyMeter())
    hub.open(KEY, SPOT)
    return hub


def test_a_market_that_was_not_opened_has_no_state(hub):
    assert hub.state(KEY._replace(symbol="ETH-USDT")) is None


def test_before_the_first_snapshot_the_state_refuses(hub):
    state = hub.state(KEY)
    assert state.book is None
    assert state.trust.refuses


def test_after_a_snapshot_the_book_is_there(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    state = hub.state(KEY)
    assert state.book.mid == 100
    assert state.trust.grade is Grade.GOOD


def test_the_state_is_the_same_object_while_nothing_changed(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    assert hub.state(KEY) is hub.state(KEY)


def test_an_update_makes_a_new_state_and_leaves_the_old_one_alone(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    before = hub.state(KEY)
    hub.apply(KEY, update(clock, [(100, 5)], [], is_snapshot=False))
    assert before.book.bid_prices.tolist() == [99]
    assert hub.state(KEY).book.bid_prices.tolist() == [100, 99]


def test_an_update_without_a_snapshot_prices_nothing(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)], is_snapshot=False))
    assert hub.state(KEY).book is None


def test_a_broken_book_is_emptied_and_says_why(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    hub.break_book(KEY, "gap: an update is missing")
    state = hub.state(KEY)
    assert state.book is None
    assert "an update is missing" in state.trust.reason


def test_updates_between_a_break_and_the_next_snapshot_are_not_applied(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    hub.break_book(KEY, "gap")
    hub.apply(KEY, update(clock, [(98, 1)], [(102, 1)], is_snapshot=False))
    assert hub.state(KEY).book is None


def test_no_level_survives_a_resync(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1), (98, 1)], [(101, 2)]))
    hub.break_book(KEY, "gap")
    hub.apply(KEY, update(clock, [(97, 3)], [(103, 1)]))
    assert hub.state(KEY).book.bid_prices.tolist() == [97]


def test_a_crossed_book_is_refused(hub, clock):
    hub.apply(KEY, update(clock, [(102, 1)], [(101, 2)]))
    state = hub.state(KEY)
    assert state.book is None
    assert "crossed" in state.trust.reason


def test_a_silent_book_turns_stale_by_itself(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    clock.advance(30)
    assert hub.state(KEY).trust.refuses


def test_a_keep_alive_keeps_a_quiet_book_fresh(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    clock.advance(30)
    hub.apply(KEY, KeepAlive(symbol="BTC-USDT", recv_ns=clock.now_ns()))
    assert hub.state(KEY).trust.grade is Grade.GOOD


def test_volume_is_unknown_until_the_venue_says_it(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    assert hub.state(KEY).adv is None


def test_day_volume_reaches_the_state_in_base(hub, clock):
    hub.apply(KEY, DayVolume(symbol="BTC-USDT", base=5000.0, quote=5e5, event_ns=0, recv_ns=0))
    assert hub.state(KEY).adv == 5000.0


def test_volatility_is_absent_until_there_is_data(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    assert hub.state(KEY).sigma_day is None


def test_candles_seed_the_volatility(hub, clock):
    closes = [100 * (1.001 if i % 2 else 1.0) for i in range(300)]
    candles = [
        Candle(open_ns=i * 60 * 10**9, open=c, high=c, low=c, close=c, volume=1.0)
        for i, c in enumerate(closes)
    ]
    hub.seed(KEY, candles, None)
    # Every minute moves by 10 bps: sigma_day = 0.001 * sqrt(1440) = 3.8 %.
    assert hub.state(KEY).sigma_day == pytest.approx(0.001 * 1440**0.5, rel=0.02)


def test_two_sources_of_one_instrument_never_share_a_book(hub, clock):
    live = KEY._replace(source=Source.LIVE)
    hub.open(live, SPOT)
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    assert hub.state(live).book is None


def test_a_closed_market_is_forgotten(hub, clock):
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    hub.close(KEY)
    assert hub.state(KEY) is None


def test_history_keeps_one_sample_a_second(hub, clock):
    for _ in range(50):
        hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
        clock.advance(0.1)
    assert len(hub.history(KEY)) == 5


def test_a_crossed_book_is_kept_out_of_the_history(hub, clock):
    hub.apply(KEY, update(clock, [(102, 1)], [(101, 2)]))
    assert hub.history(KEY) == ()


def test_a_book_in_units_nobody_knows_is_refused(clock):
    hub = MarketHub(clock, LatencyMeter())
    hub.open(KEY, dataclasses.replace(SPOT, product=UNLISTED))
    hub.apply(KEY, update(clock, [(99, 1)], [(101, 2)]))
    assert "worth" in hub.state(KEY).trust.reason
    assert hub.state(KEY).trust.refuses
