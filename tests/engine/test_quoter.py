"""A quote is a number or a reason, never an exception."""

import pytest

from engine.clock import ManualClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.quoter import Quoter
from market.errors import BookNotReady, OrderError
from market.instrument import Side
from market.order import Order
from models.base import Request, Source
from tests.builders import swap

KEY = MarketKey(Source.DEMO, "okx", "BTC-USDT-SWAP")
REQUEST = Request(order=Order(side=Side.BUY, amount=1.0))


@pytest.fixture
def quoter():
    hub = MarketHub(ManualClock(), LatencyMeter())
    hub.open(KEY, swap())
    return Quoter(hub, LatencyMeter(), ManualClock())


def test_a_market_that_is_not_followed_says_what_to_do(quoter):
    quote = quoter.quote(KEY._replace(symbol="ETH-USDT-SWAP"), REQUEST)
    assert quote.estimate is None
    assert "Start" in quote.refusal


@pytest.mark.parametrize(
    ("error", "field", "text"),
    [
        (OrderError("quantity", "is below the lot", "0.01"), "quantity", "below the lot"),
        (BookNotReady("the book is crossed"), "", "crossed"),
        (ZeroDivisionError("division by zero"), "", "no number"),
    ],
)
def test_what_the_models_refuse_becomes_a_reason(quoter, monkeypatch, error, field, text):
    def refuse(request, state):
        raise error

    monkeypatch.setattr("engine.quoter.estimate", refuse)
    quote = quoter.quote(KEY, REQUEST)
    assert (quote.estimate, quote.field) == (None, field)
    assert text in quote.refusal
