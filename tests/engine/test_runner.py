"""The runner: markets on demand, shared, supervised. Real sockets against the embedded exchange."""

import asyncio

import pytest

from engine.clock import SystemClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.runner import Runner
from engine.sources import SourceOptions, Sources
from engine.supervisor import Supervisor
from feeds.base import FeedState
from market.errors import OrderError
from models.base import Source

SWAP = MarketKey(Source.DEMO, "okx", "BTC-USDT-SWAP")
SPOT = SWAP._replace(symbol="BTC-USDT")


@pytest.fixture
async def parts():
    clock = SystemClock()
    hub = MarketHub(clock, LatencyMeter())
    runner = Runner(hub, Sources(SourceOptions(demo_rate_hz=50)), Supervisor(clock), clock)
    yield hub, runner
    await runner.close()


async def until(condition, timeout_s=20):
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


def is_priced(hub, key):
    state = hub.state(key)
    return state is not None and state.book is not None


async def test_a_held_market_gets_a_priced_book(parts):
    hub, runner = parts
    await runner.hold(SWAP)
    await until(lambda: is_priced(hub, SWAP))


async def test_swap_sizes_arrive_as_coins(parts):
    hub, runner = parts
    instrument = await runner.hold(SWAP)
    await until(lambda: is_priced(hub, SWAP))
    # One contract is 0.01 BTC and the lot is 0.01 contracts, so sizes are whole 0.0001 BTC.
    lots = hub.state(SWAP).book.bid_sizes / (instrument.contract_size * instrument.lot_size)
    assert abs(lots - lots.round()).max() < 1e-6


async def test_a_market_is_seeded_with_volatility_and_volume(parts):
    hub, runner = parts
    await runner.hold(SWAP)
    await until(lambda: hub.state(SWAP).sigma_day is not None and hub.state(SWAP).adv is not None)


async def test_an_unknown_instrument_is_refused_with_suggestions(parts):
    _, runner = parts
    with pytest.raises(OrderError, match="BTC-USDT-SWAP"):
        await runner.hold(SWAP._replace(symbol="BTC-USDT-SWPA"))


async def test_two_markets_of_one_venue_share_a_connection(parts):
    hub, runner = parts
    await runner.hold(SWAP)
    await runner.hold(SPOT)
    await until(lambda: is_priced(hub, SWAP) and is_priced(hub, SPOT))
    assert runner.health(Source.DEMO, "okx").reconnects == 0


async def test_letting_go_of_one_market_leaves_the_other_alone(parts):
    hub, runner = parts
    await runner.hold(SWAP)
    await runner.hold(SPOT)
    await until(lambda: is_priced(hub, SWAP) and is_priced(hub, SPOT))
    runner.release(SPOT)
    before = hub.updates(SWAP)
    await until(lambda: hub.updates(SWAP) > before + 5)


async def test_a_second_holder_keeps_the_market_when_the_first_lets_go(parts):
    hub, runner = parts
    await runner.hold(SWAP)
    await runner.hold(SWAP)
    runner.release(SWAP)
    await until(lambda: is_priced(hub, SWAP))


async def test_a_gap_is_detected_and_the_book_comes_back(parts):
    hub, runner = parts
    await runner.hold(SWAP)
    await until(lambda: is_priced(hub, SWAP))
    runner.sources.exchange.inject("gap", SWAP.symbol)
    await until(lambda: runner.health(Source.DEMO, "okx").gaps == 1)
    await until(lambda: is_priced(hub, SWAP))


async def test_a_cut_connection_comes_back_by_itself(parts):
    hub, runner = parts
    await runner.hold(SWAP)
    await until(lambda: is_priced(hub, SWAP))
    runner.sources.exchange.inject("tcp_reset")
    await until(lambda: runner.health(Source.DEMO, "okx").reconnects >= 1)
    await until(lambda: is_priced(hub, SWAP))
    assert runner.health(Source.DEMO, "okx").state is FeedState.LIVE
