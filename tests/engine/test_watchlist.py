"""Markets are added and removed while everything runs."""

import asyncio

import pytest

from engine.clock import ManualClock
from engine.errors import FeedError
from engine.hub import MarketKey
from engine.supervisor import Supervisor
from engine.watchlist import MOST, Watchlist
from market.errors import OrderError
from models.base import Source

KEY = MarketKey(Source.LIVE, "okx", "BTC-USDT")


class Runner:
    """Counts what is held; answers once `is_up`."""

    def __init__(self):
        self.is_up = True
        self.held = []
        self.tried = []

    async def hold(self, key):
        if key.symbol == "NONE":
            raise OrderError("instrument", "is not listed here")
        if not self.is_up:
            raise FeedError("no such host")
        self.held.append(key)

    def release(self, key):
        self.held.remove(key)

    def try_now(self, source, venue):
        self.tried.append(venue)


@pytest.fixture
async def kept():
    clock = ManualClock()
    supervisor = Supervisor(clock)
    watchlist = Watchlist(Runner(), supervisor, clock)
    watchlist.runner = watchlist._runner
    yield watchlist
    await supervisor.close()


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def test_a_market_is_held_once_however_often_it_is_added(kept):
    kept.add(KEY)
    kept.add(KEY)
    await until(lambda: kept.trouble(KEY) == "")
    assert kept.runner.held == [KEY]


async def test_a_market_that_is_removed_is_released(kept):
    kept.add(KEY)
    await until(lambda: kept.runner.held)
    await kept.remove(KEY)
    assert (kept.keys(), kept.runner.held) == ((), [])


async def test_a_venue_out_of_reach_is_said_and_try_now_asks_at_once(kept):
    kept.runner.is_up = False
    kept.add(KEY)
    await until(lambda: kept.trouble(KEY) == "no such host")
    kept.runner.is_up = True
    kept.try_now(KEY.source, KEY.venue)
    await until(lambda: kept.runner.held == [KEY])
    assert kept.runner.tried == ["okx"]


async def test_what_is_not_listed_is_said_and_not_tried_again(kept):
    key = KEY._replace(symbol="NONE")
    kept.add(key)
    await until(lambda: "not listed" in kept.trouble(key))
    assert kept.runner.held == []


async def test_the_list_has_an_end(kept):
    for number in range(MOST):
        kept.add(KEY._replace(symbol=str(number)))
    with pytest.raises(OrderError, match="full"):
        kept.add(KEY)
