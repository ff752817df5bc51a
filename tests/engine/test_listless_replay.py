"""Recordings that hold frames and no instrument list, through the runner to a price."""

import asyncio

import pytest

from engine.clock import SystemClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.quoter import Quoter
from engine.runner import Runner
from engine.sources import SourceOptions, Sources
from engine.supervisor import Supervisor
from feeds.base import FeedState
from market.book import BookUpdate
from market.instrument import Side
from market.order import Order, Unit
from models.base import Request, Source


@pytest.mark.parametrize(
    ("venue", "symbol", "file"),
    [
        ("kraken", "BTC/USD", "kraken/kraken_v2_book_btcusd_20260802.jsonl.gz"),
        ("coinbase", "ETH-USD", "coinbase/coinbase_advanced_20260809.jsonl.gz"),
    ],
)
async def test_a_spot_recording_without_a_list_is_priced_with_the_venue_s_fees(
    recordings, venue, symbol, file
):
    quotes = []
    request = Request(order=Order(side=Side.BUY, amount=0.01, unit=Unit.BASE))
    clock = SystemClock()

    class QuotingHub(MarketHub):
        def apply(self, key, event):
            super().apply(key, event)
            if isinstance(event, BookUpdate) and key.symbol == symbol and len(quotes) < 50:
                quotes.append(Quoter(self, LatencyMeter(), clock).quote(key, request))

    options = SourceOptions(replay_file=recordings / file, replay_venue=venue, replay_speed=100.0)
    hub = QuotingHub(clock, LatencyMeter())
    runner = Runner(hub, Sources(options), Supervisor(clock), clock)
    try:
        instrument = await runner.hold(MarketKey(Source.REPLAY, venue, symbol))
        async with asyncio.timeout(60):
            while runner.health(Source.REPLAY, venue).state is not FeedState.ENDED:
                await asyncio.sleep(0.01)
        assert instrument.is_inferred
        assert runner.health(Source.REPLAY, venue).gaps == 0
        assert len(quotes) == 50
        assert all(quote.estimate.fill.filled == 0.01 for quote in quotes)
    finally:
        await runner.close()
