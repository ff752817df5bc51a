"""The folder of recordings: what is in it, what was thrown away, what is being recorded."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from engine.hub import MarketKey
from engine.record_desk import RecordDesk
from engine.recordings import BIN, Shelf, look_into, prove
from engine.sources import SourceOptions, Sources
from market.errors import OrderError
from models.base import Source
from tests.recordings_made import FIRST_NS, STEP_NS, write_fathom

DEMO = MarketKey(Source.DEMO, "okx", "BTC-USDT-SWAP")


@pytest.fixture
def shelf(tmp_path):
    """A folder with one recording, made.jsonl.gz."""
    write_fathom(tmp_path / "made.jsonl.gz", 20)
    return Shelf(tmp_path)


# -- the folder --------------------------------------------------------------------------------


def test_a_recording_is_found_with_what_it_holds(shelf):
    (shelved,) = shelf.scan()
    held = look_into(shelved)
    assert (held.venue, held.symbols, held.messages) == ("fathom", ("BTC-USDT",), 21)
    assert (held.first_ns, held.last_ns) == (FIRST_NS, FIRST_NS + 20 * STEP_NS)
    assert (held.gaps, held.problem) == (0, "")


def test_the_files_of_one_rotated_recording_are_one_entry(tmp_path):
    for number in (1, 2, 3):
        write_fathom(tmp_path / f"okx_BTC_20260101T00000{number}Z_00{number}.jsonl.gz", 5)
    write_fathom(tmp_path / "okx_ETH_20260101T000001Z_001.jsonl.gz", 5)
    assert {s.file: len(s.paths) for s in Shelf(tmp_path).scan()} == {
        "okx_BTC_20260101T000001Z_001.jsonl.gz": 3,
        "okx_ETH_20260101T000001Z_001.jsonl.gz": 1,
    }


def test_a_file_that_was_cut_off_is_told_from_a_whole_one(shelf):
    assert prove(shelf.scan()[0]).is_whole
    path = shelf.scan()[0].paths[0]
    path.write_bytes(path.read_bytes()[:-20])
    assert not prove(shelf.scan()[0]).is_whole


def test_a_file_that_is_no_recording_says_why(shelf):
    (shelf.folder / "other.jsonl.gz").write_text("no gzip at all")
    (other,) = [s for s in shelf.scan() if s.file == "other.jsonl.gz"]
    assert "not a gzip file" in look_into(other).problem


def test_what_was_thrown_away_can_be_taken_back(shelf):
    whole = shelf.scan()[0].paths[0].read_bytes()
    shelf.throw_away("made.jsonl.gz")
    assert shelf.scan() == ()
    shelf.take_back("made.jsonl.gz")
    assert shelf.scan()[0].paths[0].read_bytes() == whole


def test_nothing_in_the_way_is_overwritten_by_taking_back(shelf):
    shelf.throw_away("made.jsonl.gz")
    write_fathom(shelf.folder / "made.jsonl.gz", 3)
    with pytest.raises(OrderError, match="exists again"):
        shelf.take_back("made.jsonl.gz")


def test_the_bin_is_emptied_of_what_lies_there_longest_only(shelf):
    write_fathom(shelf.folder / "older.jsonl.gz", 3)
    today = datetime(2026, 9, 21, tzinfo=UTC)
    Shelf(shelf.folder, lambda: today - timedelta(days=8)).throw_away("older.jsonl.gz")
    Shelf(shelf.folder, lambda: today - timedelta(days=6)).throw_away("made.jsonl.gz")
    assert Shelf(shelf.folder, lambda: today).empty_bin() > 0
    assert [path.name for path in (shelf.folder / BIN).rglob("*.gz")] == ["made.jsonl.gz"]


@pytest.mark.parametrize("name", ["../made.jsonl.gz", "/etc/passwd", "", ".bin/x.jsonl.gz"])
def test_a_name_that_is_not_on_the_list_touches_nothing(shelf, name):
    with pytest.raises(OrderError, match="recording"):
        shelf.throw_away(name)


# -- recording now -----------------------------------------------------------------------------


async def test_the_demo_is_recorded_from_a_page_and_told_to_be_a_demo(tmp_path):
    sources = Sources(SourceOptions(demo_rate_hz=50))
    desk = RecordDesk(sources, tmp_path)
    try:
        desk.start(DEMO)
        async with asyncio.timeout(90):
            while not (desk.all()[0].status and desk.all()[0].status.frames > 20):
                await asyncio.sleep(0.05)
        assert desk.all()[0].is_running
        desk.stop(1)
        async with asyncio.timeout(90):
            while desk.all()[0].is_running:
                await asyncio.sleep(0.05)
        (shelved,) = Shelf(tmp_path).scan()
        held = look_into(shelved)
        assert (held.source, held.venue, held.symbols) == (Source.DEMO, "okx", (DEMO.symbol,))
        assert prove(shelved).is_whole
    finally:
        await desk.close()
        await sources.close()


async def test_closing_ends_every_file_in_good_order(tmp_path):
    sources = Sources(SourceOptions(demo_rate_hz=50))
    desk = RecordDesk(sources, tmp_path)
    try:
        for symbol in ("BTC-USDT-SWAP", "ETH-USDT-SWAP"):
            desk.start(DEMO._replace(symbol=symbol))
        async with asyncio.timeout(90):
            while not all(each.status and each.status.frames > 5 for each in desk.all()):
                await asyncio.sleep(0.05)
        await desk.close()
        assert all(prove(shelved).is_whole for shelved in Shelf(tmp_path).scan())
        assert len(Shelf(tmp_path).scan()) == 2
    finally:
        await desk.close()
        await sources.close()


async def test_an_instrument_that_is_not_listed_is_the_reason_that_is_shown(tmp_path):
    sources = Sources(SourceOptions())
    desk = RecordDesk(sources, tmp_path)
    try:
        desk.start(DEMO._replace(symbol="NOPE"))
        async with asyncio.timeout(90):
            while desk.all()[0].is_running:
                await asyncio.sleep(0.05)
        assert "NOPE" in desk.all()[0].problem
    finally:
        await desk.close()
        await sources.close()


async def test_what_cannot_be_recorded_is_refused_by_name(tmp_path):
    desk = RecordDesk(Sources(SourceOptions()), tmp_path)
    with pytest.raises(OrderError, match="market"):
        desk.start(DEMO._replace(source=Source.REPLAY))
    with pytest.raises(OrderError, match=r"minutes.*at most 10,080"):
        desk.start(DEMO, minutes=-1)
    with pytest.raises(OrderError, match=r"limit.*0\.01 to 10000 GiB"):
        desk.set_limit(0)


async def test_two_who_ask_for_the_demo_at_once_share_one_exchange():
    sources = Sources(SourceOptions())
    try:
        first, second = await asyncio.gather(
            sources.endpoint(DEMO.source, DEMO.venue), sources.endpoint(DEMO.source, DEMO.venue)
        )
        assert first == second
    finally:
        await sources.close()
