"""What an order would have cost at each moment of a recording."""

import asyncio

import numpy as np
import pytest

from engine.clock import SystemClock
from engine.feed import open_replay
from engine.hub import MarketHub
from engine.latency import LatencyMeter
from engine.recorded_state import recorded_state
from engine.time_machine import MOST_MOMENTS, Pace, run_through
from engine.time_machine_desk import TimeMachine
from feeds.catalog import RECORDED
from feeds.recorded import open_recording
from market.errors import OrderError
from market.instrument import Side
from market.order import Order, Unit
from market.units import NS_PER_S
from models.base import Request
from models.estimate import estimate
from tests.recordings_made import FIRST_NS, SYMBOL, write_fathom

REQUEST = Request(order=Order(side=Side.BUY, amount=3.0, unit=Unit.BASE))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """20 s of a book, two of them broken."""
    return write_fathom(tmp_path_factory.mktemp("made") / "made.jsonl.gz", 200, gap_at=90)


def course(file, pace, request=REQUEST):
    return run_through(file, lambda: open_recording(file), SYMBOL, request, pace, lambda _: True)


def test_each_moment_costs_what_the_recorded_book_of_that_moment_says(file):
    found = course(file, Pace(every=1.0))
    for moment in found.moments:
        if moment.total_bps is not None:
            state = recorded_state(file, SYMBOL, str(moment.ns))
            assert moment.total_bps == estimate(REQUEST, state).total_bps


def test_moments_stand_at_even_distances_from_the_first_book_to_the_end(file):
    found = course(file, Pace(every=2.0))
    assert [moment.ns - FIRST_NS for moment in found.moments] == [
        second * NS_PER_S for second in range(0, 21, 2)
    ]


def test_a_broken_stretch_gives_no_number_and_is_counted_with_its_reason(file):
    # Change 90 is missing; number 91 shows it, and a snapshot mends the book at number 110.
    found = course(file, Pace(every=0.1))
    broken = [m for m in found.moments if m.total_bps is None]
    assert [round((m.ns - FIRST_NS) / 1e8) for m in broken] == list(range(91, 110))
    ((code, count, text),) = found.refusals
    assert (code, count) == ("gap", 19)
    assert "frame 91 follows frame 89" in text


def test_the_distribution_is_that_of_the_priced_moments(file):
    found = course(file, Pace(every=0.1))
    costs = [m.total_bps for m in found.moments if m.total_bps is not None]
    spread = found.spread
    assert spread.count == sum(spread.counts) == len(costs)
    assert spread.p50 == pytest.approx(np.median(costs))
    assert spread.low == min(costs) <= spread.p5 <= spread.p50 <= spread.p95 <= spread.high


def test_sampled_by_messages_every_message_can_be_a_moment(file):
    assert len(course(file, Pace(every=1, unit="messages")).moments) == 200
    assert len(course(file, Pace(every=50, unit="messages")).moments) == 4


def test_an_order_that_the_book_cannot_fill_is_said_to_be_partial(file):
    huge = Request(order=Order(side=Side.BUY, amount=1e6, unit=Unit.BASE))
    found = course(file, Pace(every=5.0), huge)
    assert found.partial == len([m for m in found.moments if m.total_bps is not None]) > 0


@pytest.mark.parametrize(
    ("pace", "allowed"),
    [
        (Pace(every=0.01), "0.1 to 86,400 s"),
        (Pace(every=float("nan")), "0.1 to 86,400 s"),
        (Pace(every=0.5, unit="messages"), "a whole number"),
    ],
)
def test_a_distance_that_cannot_be_meant_is_refused_with_the_range(file, pace, allowed):
    with pytest.raises(OrderError, match=f"every.*{allowed}"):
        course(file, pace)


def test_more_moments_than_there_is_room_for_are_refused(file, monkeypatch):
    monkeypatch.setattr("engine.time_machine.MOST_MOMENTS", 5)
    with pytest.raises(OrderError, match="at most 5 moments"):
        course(file, Pace(every=1.0))
    assert MOST_MOMENTS > 5


async def test_a_real_recording_is_priced_by_its_own_books(recordings):
    path = recordings / "kraken/kraken_v2_book_btcusd_20260802.jsonl.gz"
    hub = MarketHub(SystemClock(), LatencyMeter())
    player = (await open_replay(path, RECORDED["kraken"], hub, 1.0)).player
    found = run_through(path, player.fresh, "BTC/USD", REQUEST, Pace(every=5.0), lambda _: True)
    assert len(found.moments) == 11
    moment = found.moments[6]
    state = recorded_state(path, "BTC/USD", str(moment.ns))
    assert moment.total_bps == estimate(REQUEST, state).total_bps


async def desk_and_player(file):
    hub = MarketHub(SystemClock(), LatencyMeter())
    player = (await open_replay(file, RECORDED["fathom"], hub, 1.0)).player
    return TimeMachine(), player


async def test_a_run_tells_its_progress_and_keeps_its_course(file):
    desk, player = await desk_and_player(file)
    desk.start(player, SYMBOL, REQUEST, Pace(every=1.0))
    async with asyncio.timeout(20):
        while desk.is_running:
            await asyncio.sleep(0.01)
    assert desk.progress.share == 1.0
    assert len(desk.course.moments) == 21


async def test_a_cancelled_run_leaves_nothing_and_another_may_begin(file):
    desk, player = await desk_and_player(file)
    desk.start(player, SYMBOL, REQUEST, Pace(every=0.1))
    with pytest.raises(OrderError, match="cancel it first"):
        desk.start(player, SYMBOL, REQUEST, Pace(every=0.1))
    await desk.close()
    assert desk.course is None
    assert desk.progress.is_cancelled
    desk.start(player, SYMBOL, REQUEST, Pace(every=5.0))
    await desk.close()
