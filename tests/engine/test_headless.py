"""Recordings replayed without a page: counts, trust over time, and which venue they are of."""

import asyncio
import gzip
import json

import pytest

from engine.clock import SystemClock
from engine.headless import replay
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.replay_text import as_fields, as_table
from engine.runner import Runner
from engine.sources import SourceOptions, Sources
from engine.supervisor import Supervisor
from feeds.base import DecodeError
from feeds.imports.archive import import_archive
from feeds.recorded import UnknownVenue, guess_venue
from models.base import Source
from tests import builders

S = 1_000_000_000
T0 = 1_790_000_000 * S
SPOT = builders.instrument(venue_symbol="BTC-USDT")
OKX_FILE = "okx/okx_books_trades_20220513.jsonl.gz"


def line(t, at_s=None, **fields):
    stamp = None if at_s is None else T0 + round(at_s * S)
    return {"t": t, "ts_ns": stamp, "conn": "fathom", **fields}


def frame(at_s, seq, snapshot=False, bid=99.0, ask=101.0):
    raw = {
        "book": SPOT.venue_symbol,
        "snapshot": snapshot,
        "seq": seq,
        "event_ns": 1,
        "bids": [[bid, 1.0]],
        "asks": [[ask, 1.0]],
    }
    return line("recv", at_s, raw=json.dumps(raw))


FACTS = line(
    "http",
    0,
    url="fathom://import/fathom/instruments",
    raw=json.dumps(
        [
            {
                **{"venue": "okx", "venue_symbol": "BTC-USDT", "base": "BTC", "quote": "USDT"},
                **{"settle": "", "kind": "spot", "product": "spot", "tick_size": 0.1},
                **{"lot_size": 1e-8, "min_size": 1e-8},
            }
        ]
    ),
)


@pytest.fixture
def played(tmp_path):
    """Write lines as a recording and replay it."""

    def play(*lines):
        path = tmp_path / "a.jsonl.gz"
        path.write_bytes(gzip.compress("".join(json.dumps(each) + "\n" for each in lines).encode()))
        return replay(path)

    return play


def steady(first_s, last_s, seq, per_s=10):
    """Updates at an even pace, from the second one on."""
    n = round((last_s - first_s) * per_s)
    return [frame(first_s + i / per_s, seq + i) for i in range(n)]


def only(report):
    (instrument,) = report.instruments
    return instrument


# -- counts ------------------------------------------------------------------------------------


def test_the_okx_recording_gives_what_its_notes_say(recordings):
    report = replay(recordings / OKX_FILE)
    counts = [instrument.counts for instrument in report.instruments]
    assert sum(each.snapshots for each in counts) == 3
    assert sum(each.updates for each in counts) == 287
    assert sum(each.checksums_verified for each in counts) == 290
    assert sum(each.gaps + each.crossed + each.checksums_failed for each in counts) == 0


def test_the_final_touch_of_a_replay_is_that_of_the_last_book(played):
    report = played(FACTS, frame(0, 1, snapshot=True), frame(0.1, 2, bid=100.0))
    assert (only(report).counts.best_bid, only(report).counts.best_ask) == (100.0, 101.0)


def test_the_final_touch_survives_the_end_of_the_connection(played):
    report = played(
        FACTS, frame(0, 1, snapshot=True), line("close", 1, note="the feed was stopped")
    )
    assert only(report).counts.best_bid == 99.0


def test_a_dropped_frame_is_a_gap(played):
    report = played(FACTS, frame(0, 1, snapshot=True), frame(0.1, 2), frame(0.2, 4))
    assert only(report).counts.gaps == 1


def test_updates_after_a_gap_are_not_applied(played):
    report = played(FACTS, frame(0, 1, snapshot=True), frame(0.2, 3), frame(0.3, 4, bid=100.5))
    assert (only(report).counts.updates, only(report).counts.best_bid) == (0, 99.0)


def test_a_crossed_book_is_counted(played):
    report = played(FACTS, frame(0, 1, snapshot=True), frame(0.1, 2, bid=102.0))
    assert only(report).counts.crossed == 1


def test_what_stands_before_a_damaged_line_is_counted(played, tmp_path):
    played(FACTS, frame(0, 1, snapshot=True))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(path.read_bytes() + gzip.compress(b"rubbish\n"))
    report = replay(path)
    assert (report.frames, "line 3" in report.damage) == (1, True)


def test_another_kind_of_file_is_refused(tmp_path):
    (tmp_path / "a.jsonl.gz").write_bytes(b"PK not gzip")
    with pytest.raises(DecodeError, match="not a gzip file"):
        replay(tmp_path / "a.jsonl.gz")


# -- trust over time ---------------------------------------------------------------------------


def test_a_steady_book_is_good_all_the_time(played):
    report = played(FACTS, frame(0, 1, snapshot=True), *steady(0.1, 5, seq=2))
    assert only(report).trust.good == 1


def test_a_broken_book_is_refused_until_its_next_snapshot(played):
    # 5 s good, then a gap; the next snapshot is 5 s later; then 10 s good: 5 of 20 s refused.
    report = played(
        FACTS,
        frame(0, 1, snapshot=True),
        *steady(0.1, 5, seq=2),
        *steady(5, 10, seq=60),
        frame(10, 500, snapshot=True),
        *steady(10.1, 20, seq=501),
    )
    assert only(report).trust.refuse == pytest.approx(0.25, abs=0.02)


def test_the_reason_is_what_a_page_would_have_said(played):
    report = played(FACTS, frame(0, 1, snapshot=True), *steady(0.1, 5, seq=7))
    assert only(report).trust.reasons[0].text == "BTC-USDT: frame 7 follows frame 1"


def test_silence_turns_a_book_from_good_to_warned_to_refused(played):
    # Ten updates a second, then nothing for a minute: warned after 2 s, refused after 10 s.
    report = played(
        FACTS, frame(0, 1, snapshot=True), *steady(0.1, 10, seq=2), line("close", 70, note="x")
    )
    seconds = only(report).trust.seconds
    assert only(report).trust.warn * seconds == pytest.approx(8, abs=0.5)
    assert only(report).trust.refuse * seconds == pytest.approx(50, abs=0.5)


def test_the_shares_add_up(played):
    trust = only(played(FACTS, frame(0, 1, snapshot=True), *steady(0.1, 3, seq=5))).trust
    assert trust.good + trust.warn + trust.refuse == pytest.approx(1)


def test_a_silence_of_days_is_replayed_at_once(played):
    report = played(FACTS, frame(0, 1, snapshot=True), line("close", 30 * 86_400, note="x"))
    assert only(report).trust.seconds == pytest.approx(30 * 86_400, rel=1e-3)


def test_a_reconnect_is_a_second_segment_and_ends_every_book(played):
    report = played(
        line("connect", 0),
        FACTS,
        frame(0, 1, snapshot=True),
        line("connect", 5),
        frame(6, 2),
        frame(7, 1, snapshot=True),
    )
    assert (report.segments, only(report).counts.updates) == (2, 0)


def test_a_reconnect_starts_every_sequence_afresh(played):
    report = played(
        line("connect", 0),
        FACTS,
        frame(0, 1, snapshot=True),
        line("connect", 5),
        frame(6, 9),
    )
    assert only(report).counts.gaps == 0


def test_a_recording_without_times_is_replayed_too(played):
    untimed = [{**each, "ts_ns": None} for each in (FACTS, frame(0, 1, snapshot=True), frame(1, 2))]
    report = played(*untimed)
    assert (report.length_s, only(report).counts.updates) == (None, 1)


# -- text --------------------------------------------------------------------------------------


def test_the_fields_hold_counts_and_trust_side_by_side(played):
    (fields,) = as_fields(played(FACTS, frame(0, 1, snapshot=True)))["instruments"]
    assert (fields["snapshots"], fields["trust"]["good"]) == (1, 1.0)


def test_the_table_has_a_line_for_every_instrument(played):
    table = as_table(played(FACTS, frame(0, 1, snapshot=True)))
    assert any(row.startswith("BTC-USDT ") for row in table.splitlines())


# -- which venue -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "venue"),
    [
        ("okx/okx_books_trades_20220513.jsonl.gz", "okx"),
        ("okx/okx_books5_btcusdtswap_202505.jsonl.gz", "okx"),
        ("binance/binance_spot_btcusdt_20240808.jsonl.gz", "binance"),
        ("binance/binance_usdm_btcusdt_20240808.jsonl.gz", "binance_usdm"),
        ("binance/binance_coinm_ethusd_perp_20240808.jsonl.gz", "binance_coinm"),
        ("bybit/bybit_linear_20260809.jsonl.gz", "bybit"),
        ("coinbase/coinbase_advanced_20260809.jsonl.gz", "coinbase"),
        ("kraken/kraken_v2_book_btcusd_20260802.jsonl.gz", "kraken"),
    ],
)
def test_a_recording_says_which_venue_it_is_of(recordings, file, venue):
    assert guess_venue(recordings / file) == venue


def test_a_recording_of_no_known_venue_is_refused_with_those_there_are(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"t":"recv","raw":"{\\"hello\\":1}"}\n'))
    with pytest.raises(UnknownVenue, match=r"name one of: okx.*kraken.*fathom"):
        replay(path)


def test_a_venue_that_is_named_wins_over_the_guess(recordings):
    assert replay(recordings / OKX_FILE, "kraken").venue == "kraken"


def test_an_unknown_venue_is_refused(recordings):
    with pytest.raises(UnknownVenue, match="'nowhere'; known: okx"):
        replay(recordings / OKX_FILE, "nowhere")


# -- imports in the app ------------------------------------------------------------------------


async def test_an_import_is_priced_by_the_same_engine_as_a_venue(tmp_path):
    archive = tmp_path / "a.data"
    whole = {"instId": "BTC-USDT", "action": "snapshot", "ts": "1790000000000"}
    archive.write_text(
        "\n".join(
            json.dumps(
                {**whole, "ts": str(1_790_000_000_000 + 200 * n)}
                | {"asks": [["101", "1", "1"]], "bids": [["99", "1", "1"]]}
            )
            for n in range(200)
        )
    )
    path = import_archive(archive, tmp_path / "out.jsonl.gz", {"BTC-USDT": SPOT}).path
    clock = SystemClock()
    hub = MarketHub(clock, LatencyMeter())
    options = SourceOptions(replay_file=path, replay_venue="fathom", replay_speed=10.0)
    runner = Runner(hub, Sources(options), Supervisor(clock), clock)
    key = MarketKey(Source.REPLAY, "fathom", "BTC-USDT")
    mids = set()
    try:
        await runner.hold(key)
        async with asyncio.timeout(10):
            while not mids:
                state = hub.state(key)
                if state.book is not None:
                    mids.add(state.book.mid)
                await asyncio.sleep(0.01)
    finally:
        await runner.close()
    assert mids == {100.0}
