"""Saved tickets and workspaces: what goes in comes back equal, what is not known is refused."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fee_schedules import CUSTOM
from storage.errors import NotStorable
from webapp.configuration import (
    TICKET,
    WORKSPACE,
    Settings,
    Workspace,
    check,
    read_ticket,
    read_workspace,
    ticket_body,
    workspace_body,
)
from webapp.ticket import CHOICES, FIELDS, PARAMETERS, Ticket

TYPED = st.text(max_size=40)
NAMES = st.text(string.ascii_letters + string.digits + "-_/:", min_size=1, max_size=20).map(
    lambda text: f"A{text}"
)


@st.composite
def tickets(draw):
    ticket = Ticket()
    for field in FIELDS:
        if field in CHOICES:
            setattr(ticket, field, draw(st.sampled_from(CHOICES[field])))
    ticket.instrument, ticket.venue = draw(NAMES), draw(st.sampled_from(["okx", "bybit"]))
    ticket.tier = draw(st.sampled_from(["", CUSTOM, "VIP 1"]))
    ticket.quantity, ticket.sigma, ticket.maker, ticket.taker = (draw(TYPED) for _ in range(4))
    for key in draw(st.lists(st.sampled_from(sorted(PARAMETERS)), max_size=3)):
        ticket.type_parameter(key, draw(TYPED))
    return ticket


@given(tickets())
def test_a_ticket_comes_back_as_it_was_saved(ticket):
    body = ticket_body(ticket)
    assert read_ticket(body).values() == ticket.values()
    assert check(TICKET, body) == body


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=20).filter(str.strip), tickets(), min_size=1, max_size=3
    ),
    st.booleans(),
)
def test_a_workspace_comes_back_as_it_was_saved(several, dark):
    body = workspace_body(Workspace(tickets=several, settings=Settings(dark=dark)))
    back = read_workspace(body)
    assert back.settings.dark is dark
    assert {name: t.values() for name, t in back.tickets.items()} == {
        name: t.values() for name, t in several.items()
    }
    assert check(WORKSPACE, body) == body


@pytest.mark.parametrize(
    ("kind", "body", "named"),
    [
        (TICKET, {"ticket": {"leverage": "10"}}, "leverage"),
        (TICKET, {"ticket": {}, "extra": 1}, "extra"),
        (TICKET, {"ticket": {"side": "hold"}}, "side.*buy, sell"),
        (TICKET, {"ticket": {"quantity": 5}}, "quantity|ticket"),
        (TICKET, {}, "ticket"),
        (WORKSPACE, {"tickets": {}, "settings": {"dark": True}}, "tickets: 0; allowed: 1 to 20"),
        (WORKSPACE, {"tickets": {"a": {}}, "settings": {"dark": "yes"}}, "dark"),
        (WORKSPACE, {"tickets": {"a": {}}, "settings": {"dark": True, "x": 1}}, "x"),
        (WORKSPACE, {"tickets": {"a": {"no": ""}}, "settings": {"dark": True}}, "tickets.a.*no"),
        ("theme", {}, "kind.*ticket, workspace"),
    ],
)
def test_what_is_not_known_is_refused_by_its_name(kind, body, named):
    with pytest.raises(ValueError, match=named):
        check(kind, body)


async def test_a_ticket_goes_to_a_file_and_comes_back_from_it(services):
    kept = services.store.configurations
    ticket = Ticket(source="demo", venue="okx", instrument="BTC-USDT", quantity="=1+1 <b>")
    await kept.save("mine", TICKET, ticket_body(ticket))
    content = await kept.export("mine")
    await kept.delete("mine")
    back = await kept.import_file(content, check)
    assert read_ticket(back.body).values() == ticket.values()


async def test_a_file_with_a_key_that_is_not_known_is_not_imported(services):
    kept = services.store.configurations
    await kept.save("mine", TICKET, ticket_body(Ticket()))
    content = (await kept.export("mine")).replace(b'"ticket": {', b'"tickets": {')
    await kept.delete("mine")
    with pytest.raises(NotStorable, match="tickets"):
        await kept.import_file(content, check)
