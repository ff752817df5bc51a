"""Ties the alert board to what it cannot know: tickets, fee schedules and the store."""

from typing import Any

import msgspec

from engine.alerts.board import AlertBoard, Event
from engine.alerts.measure import ReadTicket
from engine.alerts.rule import Rule, from_json
from engine.clock import Clock
from engine.quoter import Quoter
from engine.runner import Runner
from engine.supervisor import Supervisor
from market.errors import OrderError
from market.instrument import Instrument
from models.base import Request
from models.fee_schedules import Schedules, schedule
from storage.store import Store
from webapp.ticket import from_link, read


def board(
    runner: Runner,
    quoter: Quoter,
    supervisor: Supervisor,
    clock: Clock,
    store: Store,
    *,
    own_fees: Schedules | None,
    webhook_hosts: frozenset[str],
) -> AlertBoard:
    """The board with everything it needs."""
    return AlertBoard(
        runner,
        quoter,
        supervisor,
        clock,
        read_ticket=ticket_reader(own_fees),
        webhook_hosts=webhook_hosts,
        kept=KeptAlerts(store),
    )


def ticket_reader(own_fees: Schedules | None) -> ReadTicket:
    """Reads a ticket as the Trade page does."""

    def request(values: dict[str, str], instrument: Instrument) -> Request:
        ticket, _ = from_link(values)
        try:
            fees = schedule(instrument.venue, instrument.product, own_fees)
        except OrderError:
            fees = None
        reading = read(ticket, instrument, fees)
        if reading.request is None:
            field, problem = next(iter(reading.problems.items()))
            raise OrderError(field, problem)
        return reading.request

    return request


class KeptAlerts:
    """Rules and events in the store."""

    def __init__(self, store: Store) -> None:
        self._alerts = store.alerts

    async def all(self) -> list[tuple[int, Rule]]:
        """What was kept, oldest first."""
        kept = await self._alerts.list()
        return [(each.id, from_json(msgspec.json.encode(each.body))) for each in kept]

    async def add(self, rule: Rule) -> int:
        """Keep a new one; its number."""
        return (await self._alerts.add(rule.name, _body(rule))).id

    async def replace(self, alert: int, rule: Rule) -> None:
        """Keep what it is now."""
        await self._alerts.change(alert, name=rule.name, body=_body(rule), is_on=rule.is_on)

    async def remove(self, alert: int) -> None:
        """Forget it and its events."""
        await self._alerts.delete(alert)

    async def happened(self, event: Event) -> None:
        """Keep a change of state."""
        await self._alerts.spoke(event.alert, event.state, event.value, event.text)


def _body(rule: Rule) -> dict[str, Any]:
    """As JSON has it, so that what comes back from the store is equal to what went in."""
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(rule))
    return body
