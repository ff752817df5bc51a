"""A recording that holds books and no instrument list is priced all the same, and says so."""

import asyncio

import pytest

from engine.clock import SystemClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.runner import Runner
from engine.sources import SourceOptions, Sources
from engine.supervisor import Supervisor
from feeds.base import FeedState
from models.base import Source


@pytest.mark.parametrize(
    ("venue", "file", "symbol"),
    [
        ("binance_coinm", "binance/binance_coinm_ethusd_perp_20240808.jsonl.gz", "ETHUSD_PERP"),
        ("bybit", "bybit/bybit_linear_20260809.jsonl.gz", "ETHUSDT"),
    ],
)
async def test_a_replay_without_a_listing_is_priced_and_marked(venue, file, symbol, recordings):
    clock = SystemClock()
    hub = MarketHub(clock, LatencyMeter())
    options = SourceOptions(replay_file=recordings / file, replay_venue=venue, replay_speed=100.0)
    runner = Runner(hub, Sources(options), Supervisor(clock), clock)
    key = MarketKey(Source.REPLAY, venue, symbol)
    try:
        assert (await runner.hold(key)).is_inferred
        async with asyncio.timeout(30):
            while (state := hub.state(key)) is None or state.book is None:
                await asyncio.sleep(0.01)
        assert runner.health(Source.REPLAY, venue).state is not FeedState.DOWN
    finally:
        await runner.close()
