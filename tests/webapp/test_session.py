"""One tab: it follows what its ticket names, and disturbs no other."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from engine.clock import SystemClock
from models.base import Source
from models.fee_schedules import schedule
from tests.webapp.conftest import KEY
from webapp.session import Phase, Session
from webapp.ticket import Ticket


@asynccontextmanager
async def running(services, ticket):
    """A session with its task."""
    session = Session(services, ticket)
    task = asyncio.create_task(session.run())
    try:
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def priced(session):
    quote = session.quote()
    return quote is not None and quote.estimate is not None


@pytest.fixture
async def live_services(services, monkeypatch):
    """The same with a clock that runs, because a real exchange is at the other end."""
    clock = SystemClock()
    for part in (services.hub, services.runner, services.start, services.quoter):
        monkeypatch.setattr(part, "_clock", clock)
    return services


async def test_a_fresh_ticket_takes_what_the_start_chose_and_is_priced(live_services):
    async with running(live_services, Ticket()) as session:
        await live_services.start.run()
        await until(lambda: priced(session))
        assert session.ticket.source == "demo"
        assert session.key == KEY
        assert session.last.estimate.source is Source.DEMO


async def test_stop_lets_go_and_start_takes_up_again(live_services):
    async with running(
        live_services, Ticket(source="demo", venue="okx", instrument=KEY.symbol)
    ) as s:
        await until(lambda: priced(s))
        s.ticket.running = "no"
        s.edited()
        await until(lambda: s.phase is Phase.STOPPED)
        assert (s.key, s.quote(), s.can_save) == (None, None, False)
        s.ticket.running = "yes"
        s.edited()
        await until(lambda: priced(s))


async def test_two_tabs_with_different_tickets_do_not_disturb_each_other(live_services):
    one = Ticket(source="demo", venue="okx", instrument=KEY.symbol, quantity="10")
    two = Ticket(source="demo", venue="okx", instrument="ETH-USDT-SWAP", quantity="3", side="sell")
    async with running(live_services, one) as a, running(live_services, two) as b:
        await until(lambda: priced(a) and priced(b))
        b.ticket.running = "no"
        b.edited()
        await until(lambda: b.phase is Phase.STOPPED)
        assert priced(a)
        assert a.last.estimate.request.order.amount == 10
        assert a.last.estimate.instrument.venue_symbol == KEY.symbol


async def test_an_unknown_instrument_is_named_at_its_field_with_suggestions(live_services):
    async with running(live_services, Ticket(source="demo", venue="okx", instrument="DOGE")) as s:
        await until(lambda: s.phase is Phase.FAILED)
        assert "BTC-USDT" in s.problems["instrument"]
        assert s.ticket.instrument == "DOGE"
        s.ticket.instrument = "eth-usdt-sw"
        s.edited()
        assert s.ticket.instrument == "ETH-USDT-SWAP"
        await until(lambda: priced(s))


async def test_a_bad_quantity_keeps_what_was_typed_and_gives_no_number(live_services):
    ticket = Ticket(source="demo", venue="okx", instrument=KEY.symbol)
    async with running(live_services, ticket) as session:
        await until(lambda: priced(session))
        session.ticket.quantity, session.ticket.unit = "0.001", "contracts"
        session.edited()
        assert session.quote().estimate is None
        assert "0.01" in session.problems["quantity"]
        assert session.ticket.quantity == "0.001"
        session.ticket.quantity = "abc"
        session.edited()
        assert session.quote() is None
        session.ticket.quantity = "5"
        session.edited()
        assert priced(session) and not session.problems


async def test_a_venue_that_cannot_be_reached_is_said_and_tried_again(services):
    async with running(services, Ticket(source="replay", venue="okx", instrument="X")) as session:
        await until(lambda: session.phase is Phase.FAILED)
        assert "recording" in session.why


async def test_a_link_that_is_followed_replaces_the_whole_ticket(services):
    session = Session(services, Ticket(source="demo", quantity="7", side="sell"))
    session.load(Ticket(source="demo", quantity="8"))
    assert (session.ticket.quantity, session.ticket.side) == ("8", "buy")


@pytest.mark.parametrize(("tier", "kept"), [("VIP 1", ""), ("custom", "custom")])
def test_a_tier_earned_at_one_venue_is_not_taken_to_another(services, tier, kept):
    session = Session(services, Ticket(tier=tier))
    session._take_schedule(schedule("okx", "swap"))
    assert session.ticket.tier == tier
    session._take_schedule(schedule("binance", "usdm"))
    assert session.ticket.tier == kept
