"""Followed markets, incidents and drills as rows of tables."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from engine.drill_course import Course
from engine.health import MarketHealth
from engine.hub import MarketKey
from engine.incidents import Incident
from market.instrument import Instrument
from market.trust import Grade
from models.base import Source
from webapp import format as fmt
from webapp.frames.rows import EMPTY, NUMBER, Action, Cell, Row

HEADS = (
    ("Market", ""),
    ("Source", ""),
    ("Book", ""),
    ("Trust", ""),
    ("Age", NUMBER),
    ("Updates", NUMBER),
    ("Gaps", NUMBER),
    ("Resyncs", NUMBER),
    ("Reconnects", NUMBER),
    ("Checksums", NUMBER),
    ("Clocks", ""),
    ("Line", ""),
    ("", NUMBER),
)
VENUE_HEADS = (
    ("Venue", ""),
    ("Line", ""),
    ("Messages", NUMBER),
    ("Instruments", NUMBER),
    ("Next try", NUMBER),
    ("", NUMBER),
)
INCIDENT_HEADS = (
    ("Market", ""),
    ("What", ""),
    ("Noticed", ""),
    ("Told after", NUMBER),
    ("Lasted", NUMBER),
)
COURSE_HEADS = (
    ("Fault", ""),
    ("Seen as", ""),
    ("Detected", NUMBER),
    ("Told", NUMBER),
    ("Recovered", NUMBER),
)
GRADES = {
    Grade.GOOD: ("trusted", "is-good"),
    Grade.WARN: ("doubtful", "is-warn"),
    Grade.REFUSE: ("refused", "is-bad"),
}
PHASES = {"live": "is-good", "waiting": "is-muted", "broken": "is-bad", "refused": "is-bad"}
LINES = {"live": "is-good", "down": "is-bad", "ended": "is-warn", "stopped": "is-muted"}


def name_of(key: MarketKey) -> str:
    """A market as a browser names it: source, venue and symbol."""
    return " ".join((key.source.value, key.venue, key.symbol))


def market(
    key: MarketKey,
    instrument: Instrument | None,
    health: MarketHealth | None,
    line: Any | None,
    *,
    trouble: str,
    is_kept: bool,
) -> Row:
    """One followed market; what is not known yet is a dash."""
    pair = instrument.symbol if instrument else ""
    keep: Action = ("drop", "Let go") if is_kept else ("keep", "Keep following")
    cells: tuple[Cell, ...] = (
        (key.symbol, "is-strong", pair),
        (key.source.value, f"fm-pill is-{key.source.value}", key.venue),
        *_book(health, trouble),
        *_counts(health, line),
        _line(line),
    )
    return name_of(key), cells, (keep,)


def _book(health: MarketHealth | None, trouble: str) -> tuple[Cell, ...]:
    if health is None:
        is_opening = trouble in ("", "opening")
        look, text = ("is-muted", "opening") if is_opening else ("is-bad", "out of reach")
        return (text, look, "" if is_opening else trouble), EMPTY, EMPTY, EMPTY
    phase = health.phase.value
    said, look = GRADES[health.trust.grade]
    since = f"last outage {fmt.age(health.last_outage_s)}" if health.last_outage_s else ""
    return (
        (phase, PHASES.get(phase, ""), since),
        (said, look, health.trust.reason),
        (fmt.age(health.age_s), "", ""),
        (fmt.rate(health.updates_per_s), "", ""),
    )


def _counts(health: MarketHealth | None, line: Any | None) -> tuple[Cell, ...]:
    gaps = resyncs = clocks = None
    if health is not None:
        gaps, resyncs, clocks = health.gaps, health.resyncs, health.skew.text
    reconnects = line.reconnects if line else None
    return (
        (fmt.count(gaps), "is-warn" if gaps else "", ""),
        (fmt.count(resyncs), "", ""),
        (fmt.count(reconnects), "is-warn" if reconnects else "", ""),
        _checksums(line),
        (_delay(health), "", clocks or ""),
    )


def _checksums(line: Any | None) -> Cell:
    if line is None:
        return fmt.MISSING, "", ""
    if line.checksum_failures:
        return f"{fmt.count(line.checksum_failures)} failed", "is-bad", ""
    if line.checksums_verified:
        return f"{fmt.count(line.checksums_verified)} ok", "", ""
    return "none sent", "is-muted", ""


def _delay(health: MarketHealth | None) -> str:
    if health is None or health.skew.delay_ms is None:
        return fmt.MISSING
    return f"{fmt.milliseconds(health.skew.delay_ms)} ms"


def _line(line: Any | None) -> Cell:
    if line is None:
        return EMPTY
    state = str(line.state)
    return state, LINES.get(state, "is-muted"), line.last_error if state == "down" else ""


def venue(source: Source, name: str, line: Any, instruments: int | None, now_ns: int) -> Row:
    """One venue that was asked for anything."""
    is_away = line.next_try_ns > now_ns or line.circuit != "closed"
    state, look = str(line.state), LINES.get(str(line.state), "is-muted")
    error = (line.last_error or line.rest_error) if is_away or state == "down" else ""
    if line.circuit != "closed":
        state = f"{state}, circuit {line.circuit.replace('_', ' ')}"
    waits = fmt.between(now_ns, line.next_try_ns) if line.next_try_ns > now_ns else fmt.MISSING
    cells: tuple[Cell, ...] = (
        (name, "is-strong", source.value),
        (state, look, error),
        (fmt.rate(line.messages_per_s), "", ""),
        (fmt.count(instruments), "", ""),
        (waits, "", ""),
        ("", "", ""),
    )
    is_down = is_away or state == "down"
    return f"{source.value} {name}", cells, (("try", "Try now"),) if is_down else ()


def incidents(found: Iterable[Incident], most: int) -> list[Row]:
    """The newest first."""
    newest = sorted(found, key=lambda incident: -incident.told_ns)[:most]
    return [_incident(each) for each in newest]


def _incident(incident: Incident) -> Row:
    lasted, look = incident.lasted_s, GRADES[incident.grade][1]
    where = f"{incident.market.source.value} {incident.market.venue}"
    cells: tuple[Cell, ...] = (
        (incident.market.symbol, "is-strong", where),
        (incident.code.replace("_", " "), look, incident.text),
        (fmt.moment(incident.began_ns), "", ""),
        (fmt.brief(incident.untold_s), "", ""),
        ("lasts", look, "") if lasted is None else (fmt.brief(lasted), "", ""),
    )
    return f"{name_of(incident.market)} {incident.code} {incident.told_ns}", cells, ()


def courses(found: Iterable[Course], labels: dict[str, str], most: int) -> list[Row]:
    """The newest first."""
    return [_course(course, labels) for course in islice(found, most)]


def _course(course: Course, labels: dict[str, str]) -> Row:
    drill, incident = course.drill, course.incident
    symbol = incident.market.symbol if incident else drill.symbol or "all"
    seen: Cell = ("waiting for it", "is-muted", "")
    if incident:
        seen = (incident.code.replace("_", " "), GRADES[incident.grade][1], incident.text)
    elif course.is_settled:
        seen = ("nothing", "is-good", "no book had to be doubted")
    over = course.recovered_s
    lasts = ("lasts", "is-bad") if incident else (fmt.MISSING, "")
    cells: tuple[Cell, ...] = (
        (labels.get(drill.fault, drill.fault), "is-strong", symbol),
        seen,
        (fmt.brief(course.seen_s), "", ""),
        (fmt.brief(course.told_s), "", ""),
        (fmt.brief(over), "is-good", "") if over is not None else (*lasts, ""),
    )
    code = f"{name_of(incident.market)} {incident.code} {incident.told_ns}" if incident else ""
    return f"{drill.ns} {drill.fault} {code}", cells, ()


def demo_markets(keys: Iterable[MarketKey]) -> list[str]:
    """Symbols that a drill may be held on."""
    return [key.symbol for key in keys if key.source is Source.DEMO]
