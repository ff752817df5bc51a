import pytest

from engine.alerts.board import Alert, Event
from engine.alerts.machine import Reading, begin, step
from engine.alerts.rule import Comparison, Quantity, Rule
from market.errors import OrderError
from models.base import Source
from tests.builders import instrument
from webapp.alerting import KeptAlerts, ticket_reader
from webapp.frames import alerts as frames

RULE = Rule(
    name="Cost <b>too</b> high",
    source=Source.DEMO,
    venue="okx",
    symbol="BTC-USDT",
    quantity=Quantity.COST_BPS,
    comparison=Comparison.ABOVE,
    level=5.0,
    band=(1.0, 2.5),
    ticket={"quantity": "5", "unit": "base"},
)


async def test_a_rule_comes_back_from_the_store_as_it_was(services) -> None:
    kept = KeptAlerts(services.store)
    number = await kept.add(RULE)
    assert await kept.all() == [(number, RULE)]


async def test_an_event_is_kept_with_its_alert(services) -> None:
    kept = KeptAlerts(services.store)
    number = await kept.add(RULE)
    event = Event(
        number=1, alert=number, name="x", ns=1, state="alerting", value=6.0, text="t", calls=True
    )
    await kept.happened(event)
    [found] = await services.store.alerts.events(number)
    assert (found.state, found.value, found.text) == ("alerting", 6.0, "t")


def test_a_ticket_is_read_as_the_trade_page_reads_it() -> None:
    request = ticket_reader(None)({"quantity": "5", "side": "sell"}, instrument())
    assert (request.order.amount, request.order.side.value) == (5.0, "sell")


def test_a_ticket_that_makes_no_order_is_refused_at_its_field() -> None:
    with pytest.raises(OrderError) as refused:
        ticket_reader(None)({"quantity": "nonsense"}, instrument())
    assert refused.value.field == "quantity"


def test_a_row_says_why_there_is_no_value() -> None:
    silent = step(RULE, begin(0), Reading(reason="no book"), 60 * 10**9).status
    _, cells, _ = frames.alert(Alert(id=1, rule=RULE, status=silent, trouble=""), 60 * 10**9)
    assert cells[3][::2] == ("no data", "no book")


async def test_the_page_offers_to_notify_in_the_browser(demo_app, user) -> None:
    await user.open("/alerts")
    await user.should_see("Notify in this browser")
