"""One rule's state over time: pure, so that a table of cases can prove it.

    normal -> pending -> alerting -> recovering -> normal        no_data and error from anywhere

States and their order are those of Grafana's alert rules (pending period, keep firing for, recovery
threshold, no data, error).
"""

from dataclasses import dataclass
from enum import StrEnum

from engine.alerts.rule import Rule
from market.units import NS_PER_S


class State(StrEnum):
    """Where a rule stands."""

    NORMAL = "normal"
    PENDING = "pending"
    ALERTING = "alerting"
    RECOVERING = "recovering"
    NO_DATA = "no_data"
    ERROR = "error"


ON = frozenset({State.ALERTING, State.RECOVERING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found this time: a value, or why there is none."""

    value: float | None = None
    reason: str = ""
    is_error: bool = False
    """The rule itself cannot be worked out, rather than the market being silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A rule's state and what led to it. Times are ns UTC."""

    state: State = State.NORMAL
    since_ns: int = 0
    value: float | None = None
    """The last one there was."""
    reason: str = ""
    seen_ns: int = 0
    """When there was a value last."""
    called_ns: int | None = None
    """When it called last; None = never."""
    breached_ns: int | None = None
    """Since when the level is passed without a break."""
    is_told: bool = False
    """Whether somebody was called and not yet told that it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a reading led to."""

    status: Status
    calls: bool = False
    """Tell people now."""


def begin(now_ns: int) -> Status:
    """A rule that was just switched on."""
    return Status(since_ns=now_ns, seen_ns=now_ns)


def step(rule: Rule, before: Status, reading: Reading, now_ns: int) -> Step:
    """The next status; it calls when it begins to alert, loses its data or fails, and at the end.

    Within `cooldown_s` of the last call nothing but the end of what was told is told; what is still
    wrong when that time is over is told then.
    """
    state, breached_ns = _next(rule, before, reading, now_ns)
    is_new = state is not before.state
    is_bad = state in (State.ALERTING, State.NO_DATA, State.ERROR)
    is_over = state is State.NORMAL and before.is_told
    cooled = before.called_ns is None or now_ns - before.called_ns >= rule.cooldown_s * NS_PER_S
    is_return = state is State.ALERTING and before.state is State.RECOVERING
    is_untold = not before.is_told or (is_new and not is_return)
    calls = is_over or (is_bad and cooled and is_untold)
    has_value = reading.value is not None
    return Step(
        calls=calls,
        status=Status(
            state=state,
            since_ns=now_ns if is_new else before.since_ns,
            value=reading.value if has_value else before.value,
            reason=reading.reason,
            seen_ns=now_ns if has_value else before.seen_ns,
            called_ns=now_ns if calls else before.called_ns,
            breached_ns=breached_ns,
            is_told=(before.is_told or calls) and not is_over,
        ),
    )


def _next(rule: Rule, before: Status, reading: Reading, now_ns: int) -> tuple[State, int | None]:
    """(state, since when the level is passed)."""
    if reading.is_error:
        return State.ERROR, None
    if reading.value is None:
        is_silent = now_ns - before.seen_ns >= rule.no_data_s * NS_PER_S
        return (State.NO_DATA, None) if is_silent else (before.state, before.breached_ns)
    if rule.is_breached(reading.value, is_on_already=before.state in ON):
        since = before.breached_ns if before.breached_ns is not None else now_ns
        is_due = before.state in ON or now_ns - since >= rule.for_s * NS_PER_S
        return (State.ALERTING if is_due else State.PENDING), since
    if before.state is State.ALERTING and rule.keep_s > 0:
        return State.RECOVERING, None
    if before.state is State.RECOVERING and now_ns - before.since_ns < rule.keep_s * NS_PER_S:
        return State.RECOVERING, None
    return State.NORMAL, None
