"""Rules, their state machine case by case, and a board on a hub that is fed by hand."""

import asyncio
import json
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alerts import rule as rules
from engine.alerts.board import AlertBoard, Event
from engine.alerts.machine import Reading, State, Status, begin, step
from engine.alerts.measure import measure
from engine.alerts.rule import Comparison, Quantity, Rule
from engine.clock import ManualClock
from engine.hub import MarketHub
from engine.latency import LatencyMeter
from engine.quoter import Quoter
from engine.runner import Runner
from engine.sources import SourceOptions, Sources
from engine.supervisor import Supervisor
from feeds.webhook import Webhooks
from market.errors import NotKept, OrderError
from market.instrument import Instrument
from market.units import NS_PER_S
from models.base import Request, Source


def rule(**changes: object) -> Rule:
    plain = Rule(
        name="wide",
        source=Source.DEMO,
        venue="okx",
        symbol="BTC-USDT",
        quantity=Quantity.SPREAD_BPS,
        comparison=Comparison.ABOVE,
        level=5.0,
    )
    return rules.replaced(plain, **changes)


def states(of: Rule, *readings: tuple[float, Reading | float]) -> list[State]:
    """States after readings at those seconds."""
    return [status.state for status, _ in course(of, *readings)]


def course(of: Rule, *readings: tuple[float, Reading | float]) -> list[tuple[Status, bool]]:
    status, found = begin(0), []
    for second, reading in readings:
        seen = reading if isinstance(reading, Reading) else Reading(value=reading)
        taken = step(of, status, seen, round(second * NS_PER_S))
        status = taken.status
        found.append((status, taken.calls))
    return found


SILENT = Reading(reason="no book")
FAILED = Reading(reason="bad ticket", is_error=True)


def test_a_level_that_is_passed_alerts_at_once_without_a_pending_time() -> None:
    assert states(rule(), (1, 6.0)) == [State.ALERTING]


def test_the_level_itself_is_not_passed() -> None:
    assert states(rule(), (1, 5.0)) == [State.NORMAL]


def test_a_pending_time_must_pass_without_a_break() -> None:
    found = states(rule(for_s=2), (1, 6.0), (2, 4.0), (3, 6.0), (4, 6.0), (5, 6.0))
    assert found == [State.PENDING, State.NORMAL, State.PENDING, State.PENDING, State.ALERTING]


def test_an_alert_recovers_for_a_while_before_it_is_normal() -> None:
    found = states(rule(keep_s=2), (1, 6.0), (2, 4.0), (3, 4.0), (4, 4.0))
    assert found == [State.ALERTING, State.RECOVERING, State.RECOVERING, State.NORMAL]


def test_a_relapse_while_recovering_alerts_again_at_once() -> None:
    found = states(
        rule(keep_s=5, for_s=60, recovery=5.0), (0, 6.0), (60, 6.0), (61, 4.0), (62, 6.0)
    )
    assert found == [State.PENDING, State.ALERTING, State.RECOVERING, State.ALERTING]


def test_a_recovery_level_keeps_the_alert_on_between_the_two() -> None:
    assert states(rule(recovery=3.0), (1, 6.0), (2, 4.0), (3, 2.0)) == [
        State.ALERTING,
        State.ALERTING,
        State.NORMAL,
    ]


def test_below_calls_on_the_other_side() -> None:
    below = rule(comparison=Comparison.BELOW)
    assert states(below, (1, 4.0), (2, 6.0)) == [State.ALERTING, State.NORMAL]


def test_a_short_silence_changes_nothing_and_a_long_one_is_no_data() -> None:
    found = states(rule(no_data_s=10), (1, 6.0), (5, SILENT), (11, SILENT), (12, 4.0))
    assert found == [State.ALERTING, State.ALERTING, State.NO_DATA, State.NORMAL]


def test_a_rule_that_cannot_be_worked_out_is_an_error() -> None:
    assert states(rule(), (1, FAILED)) == [State.ERROR]


def test_it_calls_at_the_start_and_at_the_end_of_an_alert() -> None:
    calls = [calls for _, calls in course(rule(), (1, 6.0), (2, 6.0), (3, 4.0), (4, 4.0))]
    assert calls == [True, False, True, False]


def test_within_the_cool_down_a_new_alert_is_not_told_until_it_is_over() -> None:
    told = course(rule(cooldown_s=10), (1, 6.0), (2, 4.0), (3, 6.0), (11, 6.0), (12, 6.0))
    assert [calls for _, calls in told] == [True, True, False, False, True]


VALUES = st.one_of(st.floats(0, 10), st.just(SILENT), st.just(FAILED))


@given(st.lists(VALUES, max_size=60), st.floats(0, 5), st.floats(0, 5), st.floats(0, 20))
def test_every_call_but_an_end_waits_for_the_cool_down(
    values: list[float | Reading], for_s: float, keep_s: float, cooldown_s: float
) -> None:
    told = course(rule(for_s=for_s, keep_s=keep_s, cooldown_s=cooldown_s), *enumerate(values))
    last: int | None = None
    for second, (status, calls) in enumerate(told):
        if calls and status.state is not State.NORMAL and last is not None:
            assert second - last >= cooldown_s
        last = second if calls else last


@given(st.lists(VALUES, max_size=60), st.floats(0, 5), st.floats(0, 5))
def test_nothing_is_told_to_be_over_that_was_not_told(
    values: list[float | Reading], for_s: float, keep_s: float
) -> None:
    is_told = False
    for status, calls in course(rule(for_s=for_s, keep_s=keep_s), *enumerate(values)):
        if calls and status.state is State.NORMAL:
            assert is_told
        is_told = status.is_told


@given(st.text(min_size=1, max_size=60).filter(lambda text: text.strip()), st.floats(-1e12, 1e12))
def test_a_rule_comes_back_from_json_as_it_was(name: str, level: float) -> None:
    made = rule(name=name, level=level, ticket={"quantity": "5"}, band=(1.0, 2.0))
    assert rules.from_json(rules.to_json(made)) == made


def test_a_field_that_no_rule_has_is_refused_by_name() -> None:
    body = json.loads(rules.to_json(rule())) | {"colour": "red"}
    with pytest.raises(OrderError, match="colour"):
        rules.from_json(json.dumps(body))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("level", float("nan")),
        ("for_s", -1.0),
        ("cooldown_s", 1e9),
        ("no_data_s", 0.0),
        ("recovery", 6.0),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field(field: str, value: object) -> None:
    with pytest.raises(OrderError) as refused:
        rule(**{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/hook",
        "http://hooks.example/plain",
        "https://user:secret@hooks.example/",
        "file:///etc/passwd",
        "https://hooks.example@elsewhere.example/",
        "nonsense",
    ],
)
def test_an_address_that_was_not_allowed_is_never_called(address: str) -> None:
    with pytest.raises(OrderError, match="webhook"):
        Webhooks(frozenset({"hooks.example"})).check(address)


@pytest.fixture
def hook() -> object:
    """A program that takes posts on loopback; `paths` and `bodies` are what came."""

    class Hook(BaseHTTPRequestHandler):
        bodies: ClassVar[list[dict[str, object]]]

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self.bodies.append(json.loads(self.rfile.read(length)))
            self.send_response(302 if self.path == "/moved" else 204)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    Hook.bodies = []
    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server, Hook.bodies
    server.shutdown()
    server.server_close()
    thread.join()


async def test_a_webhook_is_told_in_json(hook: tuple[HTTPServer, list[dict[str, object]]]) -> None:
    server, bodies = hook
    address = f"http://127.0.0.1:{server.server_port}/x"
    problem = await Webhooks(frozenset({"127.0.0.1"})).post(address, {"state": "alerting"})
    assert (problem, bodies) == ("", [{"state": "alerting"}])


async def test_a_redirect_is_not_followed(hook: tuple[HTTPServer, list[object]]) -> None:
    server, bodies = hook
    address = f"http://127.0.0.1:{server.server_port}/moved"
    problem = await Webhooks(frozenset({"127.0.0.1"})).post(address, {})
    assert (problem, len(bodies)) == ("it answered 302", 1)


class InMemory:
    """What is kept, for as long as the test."""

    def __init__(self) -> None:
        self.rules: dict[int, Rule] = {}
        self.events: list[Event] = []
        self.refusals = 0
        """How often it still cannot be read."""

    async def all(self) -> list[tuple[int, Rule]]:
        if self.refusals:
            self.refusals -= 1
            raise NotKept("the database is locked")
        return list(self.rules.items())

    async def add(self, rule: Rule) -> int:
        number = len(self.rules) + 1
        self.rules[number] = rule
        return number

    async def replace(self, alert: int, rule: Rule) -> None:
        self.rules[alert] = rule

    async def remove(self, alert: int) -> None:
        del self.rules[alert]

    async def happened(self, event: Event) -> None:
        self.events.append(event)


def no_ticket(_: dict[str, str], __: Instrument) -> Request:
    raise OrderError("quantity", "is empty", "more than 0")


@pytest.fixture
async def board() -> AsyncIterator[tuple[AlertBoard, ManualClock, InMemory]]:
    clock, kept = ManualClock(), InMemory()
    hub = MarketHub(clock, LatencyMeter())
    runner = Runner(hub, Sources(SourceOptions()), Supervisor(clock), clock)
    supervisor = Supervisor(clock)
    yield (
        AlertBoard(
            runner,
            Quoter(hub, LatencyMeter(), clock),
            supervisor,
            clock,
            read_ticket=no_ticket,
            webhook_hosts=frozenset(),
            kept=kept,
        ),
        clock,
        kept,
    )
    await supervisor.close()
    await runner.close()


async def test_a_market_that_never_comes_is_told_as_no_data(
    board: tuple[AlertBoard, ManualClock, InMemory],
) -> None:
    alerts, clock, kept = board
    await alerts.add(rule(no_data_s=5))
    clock.advance(6)
    await alerts.look()
    assert [event.state for event in kept.events] == ["no_data"]


async def test_rules_are_watched_as_soon_as_the_database_is_there(
    board: tuple[AlertBoard, ManualClock, InMemory],
) -> None:
    alerts, _, kept = board
    kept.rules, kept.refusals = {1: rule()}, 3
    running = asyncio.create_task(alerts.run())
    while not alerts.all() and not running.done():
        await asyncio.sleep(0)
    running.cancel()
    assert [alert.id for alert in alerts.all()] == [1]


async def test_a_rule_that_was_removed_can_be_added_again(
    board: tuple[AlertBoard, ManualClock, InMemory],
) -> None:
    alerts, _, kept = board
    number = await alerts.add(rule())
    taken = await alerts.remove(number)
    assert taken == rule() and not alerts.all() and not kept.rules


async def test_a_rule_that_rests_is_not_looked_at(
    board: tuple[AlertBoard, ManualClock, InMemory],
) -> None:
    alerts, clock, kept = board
    number = await alerts.add(rule(no_data_s=5))
    await alerts.switch(number, is_on=False)
    clock.advance(60)
    await alerts.look()
    assert kept.events == []


async def test_a_webhook_that_was_not_allowed_refuses_the_rule(
    board: tuple[AlertBoard, ManualClock, InMemory],
) -> None:
    with pytest.raises(OrderError, match="webhook"):
        await board[0].add(rule(webhook="https://hooks.example/"))


async def test_a_market_that_is_not_followed_gives_no_value(
    board: tuple[AlertBoard, ManualClock, InMemory],
) -> None:
    alerts = board[0]
    found = measure(rule(), alerts._runner.hub, alerts._quoter, no_ticket)
    assert found.value is None and "not followed" in found.reason
