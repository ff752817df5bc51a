"""From a venue's recorded bytes through a real socket to a cost."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

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

SHORT = "okx/okx_books_trades_20220513.jsonl.gz"
LONG = "okx/okx_books_l2_tbt_20220227.jsonl.gz"


class CountingHub(MarketHub):
    """A hub that also counts what it is given and looks at every book."""

    def __init__(self, *args):
        super().__init__(*args)
        self.seen = Counter()
        self.crossed = 0

    def apply(self, key, event):
        super().apply(key, event)
        if isinstance(event, BookUpdate):
            self.seen["snapshot" if event.is_snapshot else "update"] += 1
            state = self.state(key)  # None for what the recording does not list
            self.crossed += (state and any(d.code == "crossed" for d in state.trust.doubts)) or 0


@asynccontextmanager
async def replay(path, symbol, hub_class=CountingHub):
    clock = SystemClock()
    hub = hub_class(clock, LatencyMeter())
    options = SourceOptions(replay_file=path, replay_speed=100.0)
    runner = Runner(hub, Sources(options), Supervisor(clock), clock)
    try:
        await runner.hold(MarketKey(Source.REPLAY, "okx", symbol))
        async with asyncio.timeout(60):
            while runner.health(Source.REPLAY, "okx").state is not FeedState.ENDED:
                await asyncio.sleep(0.01)
        yield hub, runner
    finally:
        await runner.close()


@pytest.mark.parametrize(
    ("name", "symbol", "snapshots", "updates"),
    [
        (SHORT, "BTC-USDT", 3, 287),
        (LONG, "ZEN-USDT", 20, 3659),
    ],
)
async def test_a_recording_is_applied_whole_with_every_checksum_verified(
    recordings, name, symbol, snapshots, updates
):
    async with replay(recordings / name, symbol) as (hub, runner):
        health = runner.health(Source.REPLAY, "okx")
        assert hub.seen == {"snapshot": snapshots, "update": updates}
        assert health.checksums_verified == snapshots + updates
        assert (health.gaps, health.checksum_failures, hub.crossed) == (0, 0, 0)


async def test_a_replayed_market_is_priced_while_it_plays(recordings):
    quotes = []

    class QuotingHub(CountingHub):
        def apply(self, key, event):
            super().apply(key, event)
            if isinstance(event, BookUpdate) and key.symbol == "BTC-USDT":
                order = Order(side=Side.BUY, amount=0.5, unit=Unit.BASE)
                quotes.append(
                    Quoter(self, LatencyMeter(), SystemClock()).quote(key, Request(order=order))
                )

    async with replay(recordings / SHORT, "BTC-USDT", hub_class=QuotingHub):
        pass
    assert all(quote.estimate.fill.filled == 0.5 for quote in quotes)
    assert len({quote.estimate.total_bps for quote in quotes}) > 10


async def test_when_the_recording_is_over_nothing_is_priced(recordings):
    async with replay(recordings / SHORT, "BTC-USDT") as (hub, _):
        order = Order(side=Side.BUY, amount=0.5, unit=Unit.BASE)
        key = MarketKey(Source.REPLAY, "okx", "BTC-USDT")
        quote = Quoter(hub, LatencyMeter(), SystemClock()).quote(key, Request(order=order))
        assert quote.estimate is None
        assert "recording" in quote.refusal
