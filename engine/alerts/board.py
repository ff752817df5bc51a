"""All rules: evaluated once a second, one writer, frozen values out."""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from engine.alerts.machine import Status, begin, step
from engine.alerts.measure import ReadTicket, measure
from engine.alerts.rule import UNITS, Rule, replaced
from engine.clock import Clock
from engine.errors import FeedError
from engine.patience import once_kept
from engine.quoter import Quoter
from engine.runner import Runner
from engine.supervisor import Supervisor
from feeds.webhook import Webhooks
from market.errors import OrderError

log = logging.getLogger(__name__)

MOST = 100
PERIOD_S = 1.0
KEPT = 500
RETRY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change of state."""

    number: int
    """Counts up from 1 in this process."""
    alert: int
    name: str
    ns: int
    state: str
    value: float | None
    text: str
    calls: bool
    """Whether people were told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A rule and how it stands."""

    id: int
    rule: Rule
    status: Status
    trouble: str
    """Why its market is not followed, or why the webhook failed; empty = neither."""


class Kept(Protocol):
    """Where rules and events outlive the process."""

    async def all(self) -> list[tuple[int, Rule]]: ...
    async def add(self, rule: Rule) -> int: ...
    async def replace(self, alert: int, rule: Rule) -> None: ...
    async def remove(self, alert: int) -> None: ...
    async def happened(self, event: Event) -> None: ...


class AlertBoard:
    """Adds, changes, removes and evaluates rules."""

    def __init__(
        self,
        runner: Runner,
        quoter: Quoter,
        supervisor: Supervisor,
        clock: Clock,
        *,
        read_ticket: ReadTicket,
        webhook_hosts: frozenset[str],
        kept: Kept,
    ) -> None:
        self._runner, self._quoter, self._supervisor = runner, quoter, supervisor
        self._clock, self._read_ticket = clock, read_ticket
        self._webhooks, self._kept = Webhooks(webhook_hosts), kept
        self._alerts: dict[int, Alert] = {}
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._count = 0

    def all(self) -> tuple[Alert, ...]:
        """By number."""
        return tuple(self._alerts.values())

    def events(self, after: int = 0) -> tuple[Event, ...]:
        """Those with a higher number, oldest first."""
        return tuple(event for event in self._events if event.number > after)

    async def run(self) -> None:
        """Load what is kept, then evaluate for ever."""
        for number, rule in await once_kept("alerts", self._kept.all, self._clock):
            self._begin(number, rule)
        while True:
            await self._clock.sleep(PERIOD_S)
            await self.look()

    async def add(self, rule: Rule) -> int:
        """Watch it from now on, once it is kept; its number. OrderError when it cannot be."""
        self._check(rule)
        if len(self._alerts) >= MOST:
            raise OrderError("alerts", "there are too many", f"at most {MOST}; remove one first")
        number = await self._kept.add(rule)
        self._begin(number, rule)
        return number

    async def switch(self, number: int, *, is_on: bool) -> None:
        """Let it rest, or watch again from the start."""
        if number in self._alerts:
            await self._replace(number, replaced(self._alerts[number].rule, is_on=is_on))

    async def remove(self, number: int) -> Rule | None:
        """Forget it; what it was, so that it can be added again."""
        alert = self._alerts.pop(number, None)
        if alert is None:
            return None
        await self._end(alert)
        await self._kept.remove(number)
        return alert.rule

    async def look(self) -> None:
        """Evaluate every rule that is on."""
        for alert in self.all():
            if alert.rule.is_on:
                await self._look_at(alert)

    async def _look_at(self, alert: Alert) -> None:
        rule, now_ns = alert.rule, self._clock.now_ns()
        reading = measure(rule, self._runner.hub, self._quoter, self._read_ticket)
        found = step(rule, alert.status, reading, now_ns)
        if alert.id not in self._alerts:
            return
        self._set(alert.id, status=found.status)
        if found.calls or found.status.state is not alert.status.state:
            await self._tell(alert, found.status, calls=found.calls)

    async def _tell(self, alert: Alert, status: Status, *, calls: bool) -> None:
        self._count += 1
        event = Event(
            number=self._count,
            alert=alert.id,
            name=alert.rule.name,
            ns=self._clock.now_ns(),
            state=status.state.value,
            value=status.value,
            text=_text(alert.rule, status),
            calls=calls,
        )
        self._events.append(event)
        try:
            await self._kept.happened(event)
        except Exception:
            log.warning("an alert's event could not be kept", exc_info=True)
        if calls and alert.rule.webhook:
            self._supervisor.start(
                f"webhook {event.number}", partial(self._post, alert.id, alert.rule, event)
            )

    async def _post(self, number: int, rule: Rule, event: Event) -> None:
        body = {
            "alert": rule.name,
            "state": event.state,
            "source": rule.source.value,
            "venue": rule.venue,
            "instrument": rule.symbol,
            "value": event.value,
            "text": event.text,
            "ns": event.ns,
        }
        problem = await self._webhooks.post(rule.webhook, body)
        if number in self._alerts:
            self._set(number, trouble=f"webhook: {problem}" if problem else "")

    def _check(self, rule: Rule) -> None:
        rule.check()
        if rule.webhook:
            self._webhooks.check(rule.webhook)

    def _begin(self, number: int, rule: Rule) -> None:
        self._alerts[number] = Alert(
            id=number, rule=rule, status=begin(self._clock.now_ns()), trouble=""
        )
        if rule.is_on:
            self._supervisor.start(f"alert {number}", partial(self._hold, number, rule))

    async def _replace(self, number: int, rule: Rule) -> None:
        await self._end(self._alerts[number])
        await self._kept.replace(number, rule)
        self._begin(number, rule)

    async def _end(self, alert: Alert) -> None:
        await self._supervisor.stop(f"alert {alert.id}")

    async def _hold(self, number: int, rule: Rule) -> None:
        """Keep the market followed until cancelled."""
        while True:
            try:
                await self._runner.hold(rule.key)
            except (OrderError, FeedError) as error:
                self._set(number, trouble=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            self._set(number, trouble="")
            try:
                await asyncio.Event().wait()
            finally:
                self._runner.release(rule.key)

    def _set(
        self, number: int, *, status: Status | None = None, trouble: str | None = None
    ) -> None:
        alert = self._alerts.get(number)
        if alert is not None:
            self._alerts[number] = Alert(
                id=number,
                rule=alert.rule,
                status=alert.status if status is None else status,
                trouble=alert.trouble if trouble is None else trouble,
            )


def _text(rule: Rule, status: Status) -> str:
    """For people: what, where, how much."""
    what, unit = UNITS[rule.quantity]
    if status.value is None or status.state.value in ("no_data", "error"):
        return f"{rule.name}: {status.reason or 'no value'}"
    return (
        f"{rule.name}: {what.lower()} of {rule.symbol} at {rule.venue} is {status.value:,.6g} "
        f"{unit} (level {rule.comparison.value} {rule.level:,.6g})"
    )
