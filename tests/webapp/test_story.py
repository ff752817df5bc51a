from webapp.components.tour import STORY
from webapp.session import Session
from webapp.story import ORDERS, Story
from webapp.ticket import STYLES, Ticket


def test_every_card_of_the_story_has_its_order() -> None:
    assert len(STORY) == len(ORDERS)


def test_the_story_names_order_types_there_are() -> None:
    assert all(order.get("style", "market") in STYLES for order in ORDERS)


async def test_the_story_is_told_on_the_demo(services) -> None:
    session = Session(services, Ticket(source="live", venue="kraken", instrument="BTC/USD"))
    Story(session, services.runner).step(1)
    assert (session.ticket.source, session.ticket.quantity) == ("demo", "5000000")


async def test_the_story_goes_on_where_no_demo_runs(services) -> None:
    session = Session(services, Ticket())
    Story(session, services.runner).step(3)
    assert session.ticket.quantity == "5000000"


async def test_the_order_from_before_the_story_comes_back(services) -> None:
    mine = {"source": "live", "venue": "kraken", "instrument": "BTC/USD", "quantity": "3"}
    session = Session(services, Ticket(**mine))
    story = Story(session, services.runner)
    story.step(0)
    story.step(1)
    story.end()
    assert {name: session.ticket.values()[name] for name in mine} == mine
