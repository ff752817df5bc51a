"""Several tickets in one tab."""

import pytest

from tests.webapp.conftest import KEY
from webapp.session import Session
from webapp.ticket import Ticket
from webapp.tickets import MOST, Tickets, from_values


@pytest.fixture
async def tickets(services):
    desk = Session(services, Ticket(source="demo", venue="okx", instrument=KEY.symbol))
    tickets = Tickets(services, desk)
    yield tickets
    tickets.close()


def typed(tickets):
    return [one.what.split()[0] for one in tickets.desk.beside]


async def test_one_ticket_holds_nothing_beside_the_desk(tickets):
    tickets.update()
    assert tickets.count == 1 and tickets.desk.beside == () and tickets.links() == {}


async def test_a_new_ticket_is_a_copy_and_each_keeps_what_is_typed_into_it(tickets):
    tickets.desk.ticket.quantity = "5"
    tickets.add()
    tickets.desk.ticket.quantity = "7"
    tickets.desk.edited()
    tickets.update()
    assert typed(tickets) == ["5", "7"]
    tickets.bring(0)
    assert tickets.desk.ticket.quantity == "5"
    tickets.bring(1)
    assert tickets.desk.ticket.quantity == "7"


async def test_closing_one_leaves_the_others_and_the_last_is_alone(tickets):
    for quantity in ("2", "3"):
        tickets.add()
        tickets.desk.ticket.quantity = quantity
    tickets.update()
    assert typed(tickets) == ["1", "2", "3"]
    tickets.drop(2)
    assert typed(tickets) == ["1", "2"] and tickets.desk.ticket.quantity == "2"
    tickets.drop(0)
    assert tickets.count == 1 and tickets.desk.ticket.quantity == "2"


async def test_there_are_never_more_than_four(tickets):
    for _ in range(9):
        tickets.add()
    assert tickets.count == MOST == 4


async def test_the_link_carries_all_of_them(services, tickets):
    tickets.add()
    tickets.desk.ticket.side = "sell"
    tickets.update()
    values, others, refused = from_values({"side": "sell", **tickets.links()})
    assert values == {"side": "sell"} and refused == []
    assert [other.values() for other in others] == [
        Ticket(source="demo", venue="okx", instrument=KEY.symbol).values()
    ]
    again = Tickets(services, Session(services, Ticket(side="sell")), others)
    again.begin()
    assert again.count == 2
    again.close()


def test_a_hostile_ticket_in_a_link_is_refused_in_words():
    _, others, refused = from_values({"ticket2": "side=up&x=1", "ticket3": "a" * 2000})
    assert others[0].side == "buy"
    assert "allowed: buy, sell" in refused[0] and "characters" in refused[-1]
