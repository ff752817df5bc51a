"""The banner: where the numbers come from, and why."""

from models.base import Source
from tests.webapp.conftest import KEY
from webapp.desk import source_notice
from webapp.saving import link_of
from webapp.session import Session
from webapp.ticket import Ticket
from webapp.tickets import Tickets


def test_while_the_live_venue_is_tried_the_banner_says_so(services):
    notice = source_notice(services, Session(services, Ticket()))
    assert (notice.look, notice.text) == ("waiting", "trying okx …")


def test_a_demo_that_stands_in_says_why_and_never_switches_by_itself(services):
    session = Session(services, Ticket(source="demo"))
    services.start.chosen, services.start.reason = KEY, "okx did not answer"
    notice = source_notice(services, session)
    assert (notice.look, notice.title, notice.can_switch) == ("demo", "DEMO DATA", False)
    assert "okx did not answer" in notice.text
    services.start.is_live_back = True
    assert source_notice(services, session).can_switch
    assert session.ticket.source == "demo"


def test_a_live_market_is_named_and_a_recording_has_its_file(services):
    live = source_notice(services, Session(services, Ticket(source="live", venue="okx")))
    assert (live.look, live.text[:3]) == ("live", "OKX")
    recording = source_notice(services, Session(services, Ticket(source=Source.REPLAY.value)))
    assert (recording.look, recording.text) == ("replay", "no file")


def test_the_address_opens_the_same_ticket_and_an_untouched_one_needs_none(services):
    fresh = Session(services, Ticket())
    assert link_of(fresh, Tickets(services, fresh)) == "/"
    session = Session(services, Ticket(source="demo", side="sell", quantity="2 k"))
    assert link_of(session, Tickets(services, session)) == "/?source=demo&side=sell&quantity=2+k"
