"""Alerts and their events as rows of tables."""

from collections.abc import Iterable

from engine.alerts.board import Alert, Event
from engine.alerts.machine import State
from engine.alerts.rule import UNITS, Rule
from webapp import format as fmt
from webapp.frames.rows import NUMBER, Cell, Row

HEADS = (
    ("Alert", ""),
    ("Market", ""),
    ("When", ""),
    ("State", ""),
    ("Now", NUMBER),
    ("Since", ""),
    ("Called", ""),
    ("", NUMBER),
)
EVENT_HEADS = (("Time", ""), ("Alert", ""), ("Became", ""), ("What", "is-wide"), ("Told", ""))
LOOKS = {
    State.NORMAL: "is-good",
    State.PENDING: "is-warn",
    State.ALERTING: "is-bad",
    State.RECOVERING: "is-warn",
    State.NO_DATA: "is-warn",
    State.ERROR: "is-bad",
}


def alert(found: Alert, now_ns: int) -> Row:
    """One rule."""
    rule, status = found.rule, found.status
    state, look = status.state.value.replace("_", " "), LOOKS[status.state]
    if not rule.is_on:
        state, look = "off", "is-muted"
    why = found.trouble or (status.reason if status.state in (State.NO_DATA, State.ERROR) else "")
    called = fmt.moment(status.called_ns) if status.called_ns else "never"
    cells: tuple[Cell, ...] = (
        (rule.name, "is-strong", ""),
        (rule.symbol, "", f"{rule.source.value} {rule.venue}"),
        (condition(rule), "", patience(rule)),
        (state, look, why),
        (fmt.significant(status.value) if rule.is_on else fmt.MISSING, "", ""),
        (fmt.moment(status.since_ns), "", fmt.between(status.since_ns, now_ns)),
        (called, "", ""),
    )
    switch = ("off", "Switch off") if rule.is_on else ("on", "Switch on")
    return str(found.id), cells, (switch, ("remove", "Remove"))


def condition(rule: Rule) -> str:
    """In words: what, on which side of which level."""
    what, unit = UNITS[rule.quantity]
    return f"{what} {rule.comparison.value} {fmt.significant(rule.level)} {unit}"


def patience(rule: Rule) -> str:
    """How long it waits, stays and keeps quiet."""
    parts = []
    if rule.for_s:
        parts.append(f"for {fmt.age(rule.for_s)}")
    if rule.recovery is not None:
        parts.append(f"back at {fmt.significant(rule.recovery)}")
    if rule.keep_s:
        parts.append(f"stays {fmt.age(rule.keep_s)}")
    parts.append(f"calls at most every {fmt.age(rule.cooldown_s)}")
    return ", ".join(parts)


def events(found: Iterable[Event], most: int) -> list[Row]:
    """The newest first."""
    newest = sorted(found, key=lambda event: -event.number)[:most]
    return [_event(each) for each in newest]


def _event(event: Event) -> Row:
    cells: tuple[Cell, ...] = (
        (fmt.moment(event.ns), "", ""),
        (event.name, "is-strong", ""),
        (event.state.replace("_", " "), LOOKS[State(event.state)], ""),
        (event.text, "", ""),
        ("yes" if event.calls else "no", "" if event.calls else "is-muted", ""),
    )
    return str(event.number), cells, ()
