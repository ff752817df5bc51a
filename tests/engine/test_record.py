"""Recording a venue: what is asked for, what is refused, what is written."""

import asyncio

import pytest

from engine.record import RecordOrder, record
from feeds.recorded import open_recording
from feeds.recorder import RecorderState, Rotation
from feeds.survey import survey
from feeds.synthetic import Exchange
from market.errors import OrderError

SWAP = "BTC-USDT-SWAP"


@pytest.fixture
async def exchange():
    async with Exchange(seed=5, rate_hz=50, instruments=("BTC-USDT", SWAP)) as running:
        yield running


@pytest.fixture
def ordered(exchange, tmp_path):
    def order(*symbols, folder=tmp_path, **changed):
        where = exchange.rest_url.removeprefix("http://")
        return RecordOrder(
            **{"venue": "okx", "symbols": symbols, "folder": folder, "endpoint": where, **changed}
        )

    return order


async def stopped_at(order, is_enough):
    """Record until the status says it is enough."""
    stop = asyncio.Event()

    def look(status):
        if is_enough(status):
            stop.set()

    return await asyncio.wait_for(record(order, stop, look), 20)


async def test_a_recording_holds_the_facts_that_turn_contracts_into_coins(ordered):
    status = await stopped_at(ordered(SWAP), lambda status: status.frames > 20)
    assert open_recording(status.files[0]).instruments[SWAP].contract_size == 0.01


async def test_a_recording_is_named_after_venue_and_instrument(ordered):
    status = await stopped_at(ordered(SWAP), lambda status: status.frames > 20)
    assert status.files[0].name.startswith("okx_BTC-USDT-SWAP_")


async def test_every_instrument_asked_for_is_recorded(ordered):
    status = await stopped_at(ordered(SWAP, "BTC-USDT"), lambda status: status.frames > 40)
    path = status.files[0]
    assert survey(path, open_recording(path)).symbols == ("BTC-USDT", SWAP)


async def test_a_recording_is_rotated_as_ordered(ordered):
    order = ordered(SWAP, rotation=Rotation(bytes=10_000))
    status = await stopped_at(order, lambda status: len(status.files) > 1)
    assert [path.name[-13:-9] for path in status.files][:2] == ["_001", "_002"]


async def test_a_recording_ends_after_its_minutes(ordered):
    status = await asyncio.wait_for(record(ordered(SWAP, minutes=0.005), asyncio.Event()), 20)
    assert status.state is RecorderState.STOPPED


async def test_an_instrument_the_venue_does_not_list_is_refused_with_near_ones(ordered):
    with pytest.raises(OrderError, match=SWAP):
        await record(ordered("BTC-USDT-SWPA"), asyncio.Event())


async def test_a_folder_that_cannot_be_written_ends_the_recording(ordered, tmp_path):
    (tmp_path / "file").write_text("in the way")
    order = ordered(SWAP, folder=tmp_path / "file" / "x")
    status = await asyncio.wait_for(record(order, asyncio.Event()), 20)
    assert (status.state, status.files) == (RecorderState.FAILED, ())


@pytest.mark.parametrize(
    "endpoint",
    ["evil.example.org", "127.0.0.1:9/path", "10.0.0.1:80", "127.0.0.1:99999", "127.0.0.1:x"],
)
async def test_only_this_machine_may_be_named_by_address(ordered, endpoint):
    with pytest.raises(OrderError, match=r"global, eea, us, or 127\.0\.0\.1:PORT"):
        await record(ordered(SWAP, endpoint=endpoint), asyncio.Event())
