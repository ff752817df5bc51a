"""Each feed fault of the embedded exchange, over a real socket: seen, told, over, counted.

A drill (bench.py) ends only when every book is trusted again and equals the exchange's own, so
that no level of a broken book can have survived one of these tests.
"""

import asyncio

import pytest

from engine.drill import CATALOG
from market.errors import OrderError
from market.trust import Grade
from models.base import Source
from tests.engine.bench import OTHER, QUICK, SWAP, bench


@pytest.fixture
async def running():
    async with bench() as found:
        yield found
        assert found.supervisor.crashes == {}


BREAKS = [
    # fault, options, codes that are told, what is counted at least once
    ("gap", {}, {"gap"}, {"gaps", "resyncs"}),
    ("gap", {"count": 5}, {"gap"}, {"gaps", "resyncs"}),
    ("duplicate", {}, {"gap"}, {"gaps", "resyncs"}),
    ("reorder", {}, {"gap"}, {"gaps", "resyncs"}),
    ("checksum", {}, {"checksum"}, {"checksum_failures", "resyncs"}),
    ("junk", {}, {"gap"}, {"gaps", "decode_errors", "resyncs"}),
    ("bad_number", {"kind": "nan"}, {"decode"}, {"decode_errors", "resyncs"}),
    ("bad_number", {"kind": "negative"}, {"decode"}, {"decode_errors", "resyncs"}),
    ("bad_number", {"kind": "infinite"}, {"decode"}, {"decode_errors", "resyncs"}),
    ("bad_number", {"kind": "text"}, {"decode"}, {"decode_errors", "resyncs"}),
    ("bad_number", {"kind": "zero", "field": "price"}, {"decode"}, {"decode_errors", "resyncs"}),
    ("refuse", {"code": "63999"}, {"gap", "refused"}, {"refused", "gaps", "resyncs"}),
    ("refuse", {"code": "60014"}, {"gap", "rate_limit"}, {"gaps", "resyncs"}),
]


@pytest.mark.parametrize(("fault", "options", "codes", "counts"), BREAKS)
async def test_a_fault_of_one_book_refuses_it_and_no_other_until_it_is_whole(
    running, fault, options, codes, counts
):
    outcome = await running.drill(fault, SWAP, **options)
    assert set(outcome.codes) & codes
    assert set(outcome.codes) <= codes
    assert outcome.refused
    assert set(outcome.counts) == counts
    assert {each.market.symbol for each in running.runner.incidents.all()} == {SWAP}


ENDS = [
    ("tcp_reset", {}),
    ("close", {"code": 1006}),
    ("close", {"code": 1009}),
    ("close", {"code": 1012}),
    ("close", {"code": 4004}),
    ("age_cut", {"seconds": 0.0}),
]


@pytest.mark.parametrize(("fault", "options"), ENDS)
async def test_the_end_of_a_line_refuses_every_book_until_there_is_a_new_one(
    running, fault, options
):
    outcome = await running.drill(fault, None, **options)
    assert set(outcome.codes) == {"unavailable"}
    assert set(outcome.counts) == {"reconnects"}
    assert {each.market.symbol for each in running.runner.incidents.all()} == {SWAP, OTHER}


async def test_a_message_above_the_limit_ends_the_line_and_says_so(running):
    outcome = await running.drill("huge_frame", None)
    assert set(outcome.counts) == {"reconnects", "decode_errors"}
    assert "a frame of more than" in outcome.last_error


@pytest.mark.parametrize(
    ("fault", "code", "grade"),
    [
        ("crossed", "crossed", Grade.REFUSE),
        ("one_sided", "one_sided", Grade.REFUSE),
        ("locked", "locked", Grade.WARN),
    ],
)
async def test_a_book_without_a_sound_touch_is_graded_while_it_lasts(running, fault, code, grade):
    outcome = await running.drill(fault, SWAP, updates=6)
    # The market may move over a false level, which then crosses or locks what was the other.
    assert outcome.codes[code] and set(outcome.codes) <= {code, "crossed", "locked"}
    assert outcome.counts == {}
    assert {i.grade for i in running.runner.incidents.all() if i.code == code} == {grade}


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("sequence_reset", {}),
        ("keep_alive", {}),
        ("burst", {"rate": 1000, "seconds": 2.0}),
    ],
)
async def test_what_is_legal_is_taken_without_a_word(running, fault, options):
    outcome = await running.drill(fault, SWAP, **options)
    assert (outcome.codes, outcome.counts) == ({}, {})


@pytest.mark.parametrize("kind", ["zero", "exponent"])
async def test_a_legal_if_odd_number_breaks_nothing(running, kind):
    before = running.counts()
    running.runner.drill("bad_number", SWAP, kind=kind)
    seen = running.hub.updates(running.keys[0])
    await running.until(lambda: running.hub.updates(running.keys[0]) > seen + 5)
    assert running.counts() == before


async def test_a_burst_of_a_thousand_a_second_is_applied_to_the_last_message(running):
    key = running.keys[0]
    before = running.hub.updates(key)
    await running.drill("burst", SWAP, rate=1000, seconds=2.0)
    assert running.hub.updates(key) - before > 1500


async def test_a_silent_book_on_a_talking_line_is_refused_and_asked_for_anew(running):
    outcome = await running.drill("stall", SWAP, seconds=2.5)
    assert {"stale", "unavailable"} & set(outcome.codes)
    assert set(outcome.counts) >= {"resyncs"}
    assert outcome.counts["reconnects"] == 0


async def test_a_line_that_does_not_answer_its_ping_is_cut(running):
    outcome = await running.drill("stall", None, seconds=1.5)
    assert set(outcome.codes) >= {"unavailable"}
    assert outcome.counts["reconnects"] >= 1
    assert outcome.refused


async def test_an_announced_upgrade_leaves_no_moment_without_a_price(running):
    outcome = await running.drill("notice", None, lead_s=2.0)
    assert outcome.counts == {"handovers": 1}
    assert (outcome.codes, outcome.unpriced_s) == ({}, 0.0)


async def test_after_an_upgrade_the_old_line_may_end_without_a_trace(running):
    await running.drill("notice", None, lead_s=0.5)
    await running.until(lambda: len(running.exchange.wire.clients) == 1)
    before = running.hub.updates(running.keys[0])
    await running.until(lambda: running.hub.updates(running.keys[0]) > before + 40)
    assert running.counts()["reconnects"] == 0


async def test_a_second_upgrade_is_followed_too(running):
    await running.drill("notice", None, lead_s=2.0)
    outcome = await running.drill("notice", None, lead_s=2.0)
    assert (outcome.counts, outcome.unpriced_s) == ({"handovers": 1}, 0.0)


async def test_an_unknown_symbol_is_counted_and_concerns_no_book(running):
    outcome = await running.drill("stranger", None)
    assert outcome.counts == {"decode_errors": 1}
    assert outcome.codes == {}
    assert "not in the instrument list" in outcome.last_error


@pytest.mark.parametrize("seconds", [30.0, -30.0])
async def test_a_wrong_clock_is_told_and_no_delay_is_called_a_speed(running, seconds):
    running.runner.drill("clock_skew", None, seconds=seconds, lasts_s=60.0)
    key = running.keys[0]
    await running.until(lambda: running.state(key).trust.grade is Grade.WARN)
    (doubt,) = running.state(key).trust.doubts
    health = running.hub.health(key)
    assert (doubt.code, health.skew.delay_ms) == ("skew", None)
    assert health.skew.offset_s == pytest.approx(-seconds, abs=1.5)
    running.runner.drill("clock_skew", None, seconds=0.0)
    await running.until(running.is_sound)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_rest_trouble_is_told_and_tried_again(running, status):
    outcome = await running.drill("http_error", None, status=status, count=3)
    assert set(outcome.counts) == {"rest_failures"}
    assert outcome.codes == {}


async def test_a_blocked_region_over_rest_names_alternatives_and_is_not_asked_again(running):
    running.runner.drill("http_error", None, status=451, count=1)
    await running.until(lambda: running.health.rest_failures == 1)
    assert "another venue" in running.health.rest_error


@pytest.mark.parametrize("fault", ["dns", "tls"])
async def test_a_host_that_cannot_be_reached_is_told_and_tried_until_it_can(running, fault):
    outcome = await running.drill(fault, None, seconds=0.5)
    assert set(outcome.codes) == {"unavailable"}
    assert outcome.counts["reconnects"] >= 1
    assert "cannot be reached" in outcome.last_error


async def test_a_final_refusal_is_told_and_the_user_may_ask_again(running):
    key = running.keys[0]
    running.runner.drill("refuse", SWAP, code="60018")
    await running.until(lambda: running.hub.health(key).phase == "refused")
    assert "no such instrument" in running.state(key).trust.reason
    running.runner.release(key)
    await running.runner.hold(key)
    await running.until(running.is_sound)


# -- drills ------------------------------------------------------------------------------------


def test_every_fault_has_a_line_for_the_user():
    assert all(fault.label and len(fault.description) > 40 for fault in CATALOG.values())


async def test_a_drill_on_a_live_source_is_refused(running):
    with pytest.raises(OrderError, match="demo only"):
        running.runner.drill("gap", SWAP, source=Source.LIVE)


async def test_an_unknown_fault_is_refused_with_those_there_are(running):
    with pytest.raises(OrderError, match="one_sided"):
        running.runner.drill("gremlins", SWAP)


async def test_an_impossible_option_is_refused(running):
    with pytest.raises(OrderError, match="allowed: asks, bids"):
        running.runner.drill("one_sided", SWAP, side="middle")


@pytest.mark.parametrize(
    ("fault", "options", "allowed"),
    [
        ("gap", {"count": "0"}, "a whole number, 1 to 1,000"),
        ("gap", {"count": "1.5"}, "a whole number, 1 to 1,000"),
        ("stall", {"seconds": "nan"}, "0.1 to 300"),
        ("stall", {"seconds": "soon"}, "0.1 to 300"),
        ("close", {"code": "9"}, "1006, 1009, 1012, 4004"),
        ("gap", {"channel": "books5"}, "count"),
        ("duplicate", {"count": "2"}, "none"),
    ],
)
async def test_an_option_out_of_range_is_refused_with_its_range(running, fault, options, allowed):
    with pytest.raises(OrderError) as caught:
        running.runner.drill(fault, SWAP, **options)
    assert caught.value.allowed == allowed
    assert running.runner.incidents.drills() == ()


async def test_an_option_that_was_typed_reaches_the_exchange_as_a_number(running):
    drill = running.runner.drill("gap", SWAP, count=" 7 ")
    assert drill.options == (("count", 7),)


async def test_a_drill_is_noted_beside_the_incidents(running):
    await running.drill("gap", SWAP)
    (drill,) = running.runner.incidents.drills()
    (incident,) = running.runner.incidents.all()
    assert (drill.fault, drill.symbol) == ("gap", SWAP)
    assert drill.ns <= incident.began_ns <= incident.told_ns <= incident.ended_ns


async def test_after_drills_no_task_is_left_over():
    before = asyncio.all_tasks()
    async with bench(pace=QUICK) as running:
        await running.drill("notice", None, lead_s=1.0)
        await running.drill("tcp_reset", None)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
