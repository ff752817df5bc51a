"""The Performance page's figures, as rows of tables and of charts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.incidents import Incident, IncidentLog
from engine.latency import Percentiles
from engine.log_tail import Logged
from engine.remedies import REMEDIES
from engine.self_test import Figures
from engine.vitals import Vital
from market.trust import Grade
from webapp import format as fmt
from webapp.frames.markets import GRADES, name_of
from webapp.frames.rows import NUMBER, Cell, Row

STAGES = {
    "feed": ("Feed", "frame received to book updated"),
    "calculation": ("Calculation", "book and order to estimate"),
    "ui": ("Screen", "values to message sent"),
    "end_to_end": ("End to end", "frame received to message sent"),
    "loop_lag": ("Loop lag", "how late the event loop wakes a sleeper"),
}
STAGE_HEADS = (
    ("Stage", ""),
    ("p50, ms", NUMBER),
    ("p95, ms", NUMBER),
    ("p99, ms", NUMBER),
    ("Max, ms", NUMBER),
    ("Timings", NUMBER),
    ("", NUMBER),
)
GROUP_HEADS = (
    ("What", ""),
    ("Times", NUMBER),
    ("Lasting", NUMBER),
    ("Last", ""),
    ("Where", ""),
    ("Cause", "is-wide"),
    ("What to do", "is-wide"),
)
LOG_HEADS = (
    ("Level", ""),
    ("From", ""),
    ("Times", NUMBER),
    ("Last", ""),
    ("Message", "is-wide"),
)
LEVELS = {"warning": "is-warn", "error": "is-bad", "critical": "is-bad"}
MOST_POINTS = 300


def stages(table: Mapping[str, Percentiles | None]) -> list[Row]:
    """One row a stage; nothing timed is a dash."""
    return [_stage(name, found) for name, found in table.items()]


def _stage(name: str, found: Percentiles | None) -> Row:
    title, meaning = STAGES[name]
    figures: Sequence[float | None] = (None,) * 4
    if found is not None:
        figures = (found.p50, found.p95, found.p99, found.max)
    cells: tuple[Cell, ...] = (
        (title, "is-strong", meaning),
        *((fmt.milliseconds(figure), "", "") for figure in figures),
        (fmt.count(found.count if found else 0), "", ""),
        ("", "", ""),
    )
    return name, cells, ()


def over_time(history: Sequence[Vital], stage: str) -> list[list[Any]]:
    """(ms, p50, p95, p99) of one stage, thinned to what a chart can show."""
    rows = []
    for vital in thinned(history):
        found = vital.stages.get(stage)
        figures = (found.p50, found.p95, found.p99) if found else (None, None, None)
        rows.append([fmt.milliseconds_since_1970(vital.ns), *map(fmt.plotted, figures)])
    return rows


def load(history: Sequence[Vital]) -> list[list[Any]]:
    """(ms, % of one core, MB)."""
    return [
        [fmt.milliseconds_since_1970(v.ns), round(100 * v.cpu, 1), round(v.memory / 1e6, 1)]
        for v in thinned(history)
    ]


def thinned(history: Sequence[Vital]) -> Sequence[Vital]:
    """Every n-th second, the newest among them."""
    step = 1 + (len(history) - 1) // MOST_POINTS
    return history[(len(history) - 1) % step :: step] if history else history


def groups(found: Iterable[Incident], counts: Mapping[str, int], wanted: str) -> list[Row]:
    """Incidents by code, the newest kind first; `wanted` is searched for in all that is shown."""
    by_code: dict[str, list[Incident]] = {}
    for incident in found:
        by_code.setdefault(incident.code, []).append(incident)
    newest = sorted(by_code.items(), key=lambda each: -each[1][-1].told_ns)
    rows = [_group(code, kinds, counts.get(code, len(kinds))) for code, kinds in newest]
    return [row for row in rows if _mentions(row, wanted)]


def _group(code: str, kinds: Sequence[Incident], count: int) -> Row:
    last = max(kinds, key=lambda incident: incident.told_ns)
    lasting = sum(1 for incident in kinds if incident.ended_ns is None)
    grade = max((incident.grade for incident in kinds), default=Grade.WARN)
    where = sorted({name_of(incident.market) for incident in kinds})
    remedy = REMEDIES[code]
    cells: tuple[Cell, ...] = (
        (code.replace("_", " "), GRADES[grade][1], last.text),
        (fmt.count(count), "", ""),
        (fmt.count(lasting), "is-bad" if lasting else "", ""),
        (fmt.moment(last.told_ns), "", ""),
        (where[0], "", f"and {len(where) - 1} more" if len(where) > 1 else ""),
        (remedy.cause, "", ""),
        (remedy.remedy, "", ""),
    )
    return code, cells, ()


def logged(found: Iterable[Logged], wanted: str) -> list[Row]:
    """Warnings and errors of the log, newest first."""
    rows = [_logged(each) for each in found]
    return [row for row in rows if _mentions(row, wanted)]


def _logged(each: Logged) -> Row:
    cells: tuple[Cell, ...] = (
        (each.level, LEVELS.get(each.level, ""), ""),
        (each.logger, "", ""),
        (fmt.count(each.count), "", ""),
        (fmt.moment(each.last_ns), "", ""),
        (each.text, "", ""),
    )
    return f"{each.logger} {each.first_ns}", cells, ()


def _mentions(row: Row, wanted: str) -> bool:
    words = " ".join(f"{text} {note}" for text, _, note in row[1]).lower()
    return all(word in words for word in wanted.lower().split())


OVERVIEW = (
    "Up",
    "CPU",
    "Memory",
    "Books followed",
    "Books trusted",
    "Updates",
    "Loop lag p99",
    "Doubts that last",
    "Doubts so far",
)
SELF_TEST = (
    "Update to cost ladder",
    "Reading the same bytes only",
    "Ratio of the two",
    "One full estimate",
    "Updates a core can carry",
)


def overview(history: Sequence[Vital], age_s: float, log: IncidentLog) -> list[str]:
    """Values of OVERVIEW; dashes before the first second is over."""
    lasting = sum(1 for incident in log.all() if incident.ended_ns is None)
    doubts = [fmt.count(lasting), fmt.count(sum(log.counts.values()))]
    if not history:
        return [fmt.age(age_s), *[fmt.MISSING] * 6, *doubts]
    now = history[-1]
    lag = now.stages.get("loop_lag")
    return [
        fmt.age(age_s),
        fmt.percent(now.cpu),
        fmt.memory(now.memory),
        fmt.count(now.markets),
        fmt.count(now.trusted),
        fmt.rate(now.updates_per_s),
        f"{fmt.milliseconds(lag.p99)} ms" if lag else fmt.MISSING,
        *doubts,
    ]


def self_test(found: Figures) -> list[str]:
    """Values of SELF_TEST."""
    return [
        f"{found.update_us:.1f} µs",
        f"{found.decode_us:.1f} µs",
        f"{found.ratio:.2f} ×",
        f"{found.estimate_us:.0f} µs",
        f"{fmt.compact(found.updates_per_s)}/s",
    ]
