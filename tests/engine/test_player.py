"""A replay as its pages move it: pace, pause, steps, and going to any moment."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import SystemClock
from engine.feed import open_replay
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.recorded_state import recorded_state
from engine.reel import Rewinder
from feeds.catalog import RECORDED
from feeds.recorded import guess_venue, open_recording
from market.book import BookSnapshot
from market.errors import OrderError
from market.units import NS_PER_S
from models.base import MarketState, Source
from tests.recordings_made import FIRST_NS, write_fathom

KEY = MarketKey(Source.REPLAY, "fathom", "BTC-USDT")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """200 changes of a book, a tenth of a second apart, with a broken stretch in the middle."""
    return write_fathom(tmp_path_factory.mktemp("made") / "made.jsonl.gz", 200, gap_at=90)


@asynccontextmanager
async def played(path, venue="fathom", speed=1.0, key=KEY):
    """A player that is paused at the first message, and the hub it plays into."""
    hub = MarketHub(SystemClock(), LatencyMeter())
    player = (await open_replay(path, RECORDED[venue], hub, speed)).player
    for symbol, instrument in player.venue.instruments.items():
        hub.open(key._replace(symbol=symbol), instrument)
    player.remote.pause()
    task = asyncio.create_task(player.run())
    await settled(player)
    try:
        yield player, hub
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(is_so):
    """Wait until something is so."""
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.005)


async def settled(player):
    """Wait until nothing is wanted of the player any more."""
    async with asyncio.timeout(20):
        while True:
            await asyncio.sleep(0.005)
            remote, playing = player.remote, player.playing
            idle = remote.target_ns is None and remote.stride is None and playing.going is None
            if idle and player.health.state not in ("stopped", "connecting"):
                return


def same(one, other):
    """Whether two states say the same, number for number."""
    for field in fields(MarketState):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, BookSnapshot) and isinstance(b, BookSnapshot):
            if any(not np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)):
                return False
        elif a != b:
            return False
    return True


# -- going to a moment -------------------------------------------------------------------------


@given(st.lists(st.floats(0, 21), min_size=1, max_size=5))
@settings(max_examples=25)
def test_going_to_a_moment_gives_the_same_state_as_playing_through_to_it(file, seconds):
    used = rewinder(file)
    for moment in seconds:
        target_ns = FIRST_NS + round(moment * NS_PER_S)
        gone_to = used.go(target_ns, lambda _: True).deck
        played_through = rewinder(file).go(target_ns, lambda _: True).deck
        assert same(gone_to.hub.state(KEY), played_through.hub.state(KEY))
        assert gone_to.hub.history(KEY) == played_through.hub.history(KEY)


def rewinder(file):
    made = Rewinder(file, lambda: open_recording(file))
    made.every = 16
    return made


@pytest.mark.parametrize(
    ("file", "symbol"),
    [
        ("okx/okx_books_l2_tbt_20220227.jsonl.gz", "ZEN-USDT"),
        ("binance/binance_spot_btcusdt_20240808.jsonl.gz", "BTCUSDT"),
        ("bybit/bybit_linear_20260809.jsonl.gz", "ETHUSDT"),
        ("kraken/kraken_v2_book_btcusd_20260802.jsonl.gz", "BTC/USD"),
    ],
)
async def test_in_a_real_recording_the_book_of_a_moment_is_the_same_by_any_way(
    recordings, file, symbol
):
    path = recordings / file
    hub = MarketHub(SystemClock(), LatencyMeter())
    player = (await open_replay(path, RECORDED[guess_venue(path)], hub, 1.0)).player
    used, now = Rewinder(path, player.fresh), player.playing
    for share in (0.5, 1.0, 0.31, 0.77):
        target_ns = now.first_ns + round(share * (now.last_ns - now.first_ns))
        deck = used.go(target_ns, lambda _: True).deck
        gone_to = deck.hub.state(deck.key(symbol))
        fresh = Rewinder(path, player.fresh).go(target_ns, lambda _: True).deck
        assert same(gone_to, fresh.hub.state(deck.key(symbol)))
        if share == 0.31:
            then = recorded_state(path, symbol, str(target_ns))
            assert np.array_equal(gone_to.book.bid_prices, then.book.bid_prices)
            assert np.array_equal(gone_to.book.ask_sizes, then.book.ask_sizes)


async def test_a_page_goes_back_and_forth_in_a_recording(file):
    async with played(file) as (player, hub):
        mids = []
        for second in (15, 2, 15):
            player.remote.seek(FIRST_NS + second * NS_PER_S)
            await settled(player)
            assert player.playing.now_ns == FIRST_NS + second * NS_PER_S
            mids.append(hub.state(KEY).book.mid)
        assert mids[0] == mids[2] != mids[1]


async def test_a_moment_outside_the_recording_is_its_nearer_end(file):
    async with played(file) as (player, _):
        player.remote.seek(0)
        await settled(player)
        assert player.playing.now_ns == player.playing.first_ns
        player.remote.seek(2 * FIRST_NS)
        await settled(player)
        assert player.playing.now_ns == player.playing.last_ns


# -- pausing and stepping ----------------------------------------------------------------------


async def test_a_book_does_not_age_while_the_playing_is_paused(file):
    async with played(file) as (player, hub):
        player.remote.seek(FIRST_NS + 5 * NS_PER_S)
        await settled(player)
        before = hub.state(KEY)
        await asyncio.sleep(0.1)
        assert hub.state(KEY) is before
        assert before.as_of_ns == FIRST_NS + 5 * NS_PER_S


async def test_a_step_takes_one_message_and_stays_paused(file):
    async with played(file) as (player, hub):
        before = hub.state(KEY).book.seq
        for number in (1, 2, 3):
            player.remote.step("message")
            await until(lambda number=number: hub.state(KEY).book.seq == before + number)
        assert player.playing.is_paused


async def test_a_step_to_the_next_book_update_passes_over_other_messages(recordings):
    path = recordings / "okx/okx_books_trades_20220513.jsonl.gz"
    key = MarketKey(Source.REPLAY, "okx", "BTC-USDT")
    async with played(path, "okx", key=key) as (player, hub):
        for number in (1, 2):
            player.remote.step("book", "BTC-USDT")
            await until(lambda number=number: hub.updates(key) == number)


# -- pace --------------------------------------------------------------------------------------


async def test_played_at_a_hundred_times_the_speed_it_comes_to_its_end(file):
    async with played(file, speed=100.0) as (player, hub):
        player.remote.play()
        await until(lambda: player.is_over)
        assert "the recording has ended" in hub.state(KEY).trust.reason
        assert player.health.state == "ended"


async def test_played_again_after_its_end_it_begins_at_the_beginning(file):
    async with played(file, speed=100.0) as (player, hub):
        player.remote.seek(player.playing.last_ns)
        await settled(player)
        player.remote.step("message")
        await until(lambda: player.is_over)
        player.remote.set_speed(0.1)
        player.remote.play(is_over=True)
        await settled(player)
        assert not player.is_over
        assert player.playing.now_ns < player.playing.last_ns
        assert hub.state(KEY).book is not None


async def test_a_replay_gives_the_same_volatility_at_any_speed(file):
    sigmas = []
    for speed in (40.0, 100.0):
        async with played(file, speed=speed) as (player, hub):
            player.remote.play()
            await until(lambda: player.is_over)
            sigmas.append([sample.sigma_day for sample in hub.history(KEY)])
    assert sigmas[0] == sigmas[1]


@pytest.mark.parametrize("speed", [0.05, 101.0, float("nan")])
async def test_a_speed_outside_the_range_is_refused_by_name(file, speed):
    async with played(file) as (player, _):
        with pytest.raises(OrderError, match=r"speed.*0\.1 to 100"):
            player.remote.set_speed(speed)


async def test_a_damaged_file_is_played_up_to_the_damage_and_says_so(file, tmp_path):
    broken = tmp_path / "broken.jsonl.gz"
    data = bytearray(file.read_bytes())
    data[len(data) * 3 // 4] ^= 0xFF
    broken.write_bytes(data)
    async with played(broken, speed=100.0) as (player, _):
        player.remote.play()
        await until(lambda: player.is_over)
        assert "damaged" in player.playing.problem
