"""The story that shows in a minute what the app is for: each step sets the ticket on the demo."""

from contextlib import suppress

from engine.runner import Runner
from market.errors import OrderError
from models.base import Source
from webapp.session import Session
from webapp.ticket import Ticket

SYMBOL = "BTC-USDT-SWAP"
DRILL = 3
"""The step at which the demo loses a message."""
ORDERS = (
    {"quantity": "10000"},
    {"quantity": "5000000"},
    {"quantity": "5000000", "style": "twap"},
    {"quantity": "5000000"},
    {"quantity": "10000"},
)


class Story:
    """Moves one tab through the steps, and gives it its own order back at the end."""

    def __init__(self, session: Session, runner: Runner) -> None:
        self._session, self._runner = session, runner
        self._before: Ticket | None = None

    def step(self, number: int) -> None:
        """Show this order; the demo misbehaves where the story says so."""
        if self._before is None:
            self._before = Ticket()
            self._before.take(self._session.ticket)
        ticket = Ticket(source=Source.DEMO.value, venue="okx", instrument=SYMBOL, unit="quote")
        for name, value in ORDERS[number].items():
            setattr(ticket, name, value)
        self._session.load(ticket)
        if number == DRILL:
            with suppress(OrderError):  # the demo was stopped meanwhile: the story goes on
                self._runner.drill("gap", SYMBOL)

    def end(self) -> None:
        """The order that was there before."""
        if self._before is not None:
            self._session.load(self._before)
        self._before = None
