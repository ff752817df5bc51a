"""A venue that cannot be opened: told, left alone for a while, opened again on demand."""

import pytest

from engine.clock import SystemClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.runner import Runner
from engine.sources import SourceOptions, Sources
from engine.supervisor import Supervisor
from feeds.backoff import Pace
from feeds.base import Endpoint, FeedState, Unavailable
from feeds.breaker import Circuit, Trip
from feeds.synthetic import Exchange
from models.base import Source

LIVE = MarketKey(Source.LIVE, "okx", "BTC-USDT-SWAP")
BLOCKED = 451


class FixedLive(Sources):
    """Sources whose live venue is an exchange on this machine."""

    live: Endpoint

    async def endpoint(self, source, venue):
        return self.live


@pytest.fixture
async def venue():
    async with Exchange(seed=1) as running:
        yield running


@pytest.fixture
async def runner(venue):
    clock, sources = SystemClock(), FixedLive(SourceOptions())
    sources.live = Endpoint(ws_url=venue.ws_url, rest_url=venue.rest_url)
    pace = Pace(trip=Trip(failures=2, first_s=100.0))
    found = Runner(MarketHub(clock, LatencyMeter()), sources, Supervisor(clock), clock, pace)
    yield found
    await found.close()


async def fails(runner, venue, times):
    """Openings that a blocked region refuses."""
    for _ in range(times):
        venue.inject("http_error", status=BLOCKED)
        with pytest.raises(Unavailable, match="region"):
            await runner.hold(LIVE)


async def test_before_anything_was_tried_there_is_no_health(runner):
    assert runner.health(Source.LIVE, "okx") is None


async def test_a_venue_that_cannot_be_opened_is_down_and_says_why(runner, venue):
    await fails(runner, venue, 1)
    health = runner.health(Source.LIVE, "okx")
    assert (health.state, health.circuit) == (FeedState.DOWN, Circuit.CLOSED)
    assert "another venue" in health.last_error


async def test_repeated_failures_open_the_circuit_and_the_venue_is_not_asked(runner, venue):
    await fails(runner, venue, 2)
    with pytest.raises(Unavailable, match=r"the next try is in \d+ s"):
        await runner.hold(LIVE)
    health = runner.health(Source.LIVE, "okx")
    assert (health.circuit, health.trips) == (Circuit.OPEN, 1)
    assert health.next_try_ns > 0


async def test_try_now_opens_the_venue_once_more(runner, venue):
    await fails(runner, venue, 2)
    runner.try_now(Source.LIVE, "okx")
    await runner.hold(LIVE)
    assert runner.health(Source.LIVE, "okx").state is not FeedState.DOWN


async def test_one_venue_left_alone_does_not_close_another(runner, venue):
    await fails(runner, venue, 2)
    await runner.hold(LIVE._replace(source=Source.DEMO))
