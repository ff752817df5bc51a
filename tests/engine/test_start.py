"""Which source a fresh page shows."""

import asyncio

import pytest

from engine.clock import ManualClock, SystemClock
from engine.hub import MarketHub
from engine.latency import LatencyMeter
from engine.runner import Runner
from engine.sources import SourceOptions, Sources
from engine.start import Start
from engine.supervisor import Supervisor
from feeds.base import Endpoint
from feeds.synthetic import Exchange
from models.base import Source
from tests.feeds.http_server import answering

NOBODY = Endpoint(ws_url="ws://127.0.0.1:9/ws/v5/public", rest_url="http://127.0.0.1:9")
"""The discard port of this machine: nobody listens."""


class FixedLive(Sources):
    """Sources whose live venue is a given address on this machine."""

    live = NOBODY

    async def endpoint(self, source, venue):
        if source is Source.LIVE:
            return self.live
        return await super().endpoint(source, venue)


@pytest.fixture
async def sources():
    return FixedLive(SourceOptions())


@pytest.fixture
async def runner(sources):
    clock = SystemClock()
    runner = Runner(MarketHub(clock, LatencyMeter()), sources, Supervisor(clock), clock)
    yield runner
    await runner.close()


def start(runner, wanted="auto", clock=None, timeout_s=5.0):
    return Start(
        runner,
        clock or ManualClock(),
        wanted=wanted,
        venue="okx",
        symbol="BTC-USDT-SWAP",
        live_timeout_s=timeout_s,
    )


async def chosen(start):
    task = asyncio.create_task(start.run())
    async with asyncio.timeout(20):
        while start.chosen is None:
            await asyncio.sleep(0.01)
    return task


async def test_a_configured_source_is_taken_as_it_is(runner):
    begin = start(runner, wanted="demo")
    await begin.run()
    assert begin.chosen.source is Source.DEMO


async def test_auto_takes_the_live_venue_when_it_answers(runner, sources):
    async with Exchange(seed=1) as venue:
        sources.live = Endpoint(ws_url=venue.ws_url, rest_url=venue.rest_url)
        begin = start(runner)
        await begin.run()
        assert begin.chosen.source is Source.LIVE


async def test_auto_shows_the_demo_and_says_why_when_the_venue_is_silent(runner):
    begin = start(runner, clock=SystemClock())
    task = await chosen(begin)
    task.cancel()
    assert begin.chosen.source is Source.DEMO
    assert "did not answer" in begin.reason


async def test_a_running_demo_is_not_switched_when_the_venue_comes_back(runner, sources):
    begin = start(runner)
    task = await chosen(begin)
    async with Exchange(seed=1) as venue:
        sources.live = Endpoint(ws_url=venue.ws_url, rest_url=venue.rest_url)
        await asyncio.wait_for(task, 20)
        assert begin.is_live_back
        assert begin.chosen.source is Source.DEMO


async def test_a_recording_without_the_instrument_shows_one_that_it_has(recordings):
    clock = SystemClock()
    path = recordings / "okx/okx_books_l2_tbt_20220227.jsonl.gz"
    sources = Sources(SourceOptions(replay_file=path))
    runner = Runner(MarketHub(clock, LatencyMeter()), sources, Supervisor(clock), clock)
    begin = start(runner, wanted="replay")
    await begin.run()
    await runner.close()
    # BTC-USDT-SWAP is not in it; the first that has a listing is.
    assert begin.chosen.symbol == "ELON-USDT"


async def test_a_blocked_region_is_the_reason_that_is_shown(runner, sources):
    async with Exchange(seed=1) as venue:
        venue.inject("http_error", status=451)
        sources.live = Endpoint(ws_url=venue.ws_url, rest_url=venue.rest_url)
        begin = start(runner, clock=SystemClock())
        task = await chosen(begin)
        task.cancel()
    assert "does not serve this network's region (HTTP 451)" in begin.reason
    assert "another venue" in begin.reason


async def test_a_region_that_is_blocked_for_the_stream_only_is_the_reason_too(runner, sources):
    async with Exchange(seed=1) as venue, answering((451, "")) as blocked:
        ws_url = blocked.url.replace("http", "ws")
        sources.live = Endpoint(ws_url=ws_url, rest_url=venue.rest_url)
        begin = start(runner, clock=SystemClock(), timeout_s=2.0)
        task = await chosen(begin)
        task.cancel()
    assert "HTTP 451" in begin.reason
