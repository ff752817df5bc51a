"""Recordings, and what is done with them, as rows of tables."""

from collections.abc import Sequence

from engine.record_desk import Recorded
from engine.time_machine import Course, Moment
from market.units import NS_PER_S
from webapp import format as fmt
from webapp.frames.rows import EMPTY, NUMBER, Action, Cell, Row
from webapp.library import Entry

HEADS = (
    ("Recording", ""),
    ("Venue", ""),
    ("Instruments", ""),
    ("Began, UTC", ""),
    ("Length", NUMBER),
    ("Messages", NUMBER),
    ("Gaps", NUMBER),
    ("Size", NUMBER),
    ("State", ""),
    ("", NUMBER),
)
RUN_HEADS = (
    ("Market", ""),
    ("State", ""),
    ("Messages", NUMBER),
    ("Size", NUMBER),
    ("Rate", NUMBER),
    ("Since", NUMBER),
    ("", NUMBER),
)
MOMENT_HEADS = (
    ("Moment, UTC", ""),
    ("Which", ""),
    ("Cost, bps", NUMBER),
    ("Cost", NUMBER),
    ("Average price", NUMBER),
    ("", NUMBER),
)
REFUSAL_HEADS = (("Why no number", ""), ("Moments", NUMBER), ("Share", NUMBER), ("", NUMBER))
NAMED = 3
"""Instruments that are named in a row."""


def recording(entry: Entry, *, is_playing: bool, is_written: bool) -> Row:
    """One line of the catalogue; what is not known yet is a dash."""
    held = entry.held
    began, length = EMPTY, EMPTY
    if held is not None and held.first_ns is not None and held.last_ns is not None:
        began = (fmt.utc(held.first_ns).removesuffix(" UTC"), "", "")
        length = (fmt.age((held.last_ns - held.first_ns) / NS_PER_S), "", "")
    files = len(entry.shelved.paths)
    cells: tuple[Cell, ...] = (
        (entry.file.removesuffix(".jsonl.gz"), "is-strong", entry.note),
        (held.venue or "–", "", held.source.value if held.source.value == "demo" else "")
        if held
        else EMPTY,
        _instruments(held.symbols) if held else EMPTY,
        began,
        length,
        (fmt.count(held.messages), "", "") if held else EMPTY,
        (fmt.count(held.gaps), "is-warn" if held.gaps else "", "") if held else EMPTY,
        (fmt.file_size(entry.shelved.bytes), "", f"{files} files" if files > 1 else ""),
        _state(entry, is_playing=is_playing, is_written=is_written),
    )
    return entry.file, cells, _actions(entry, is_playing=is_playing, is_written=is_written)


def _instruments(symbols: Sequence[str]) -> Cell:
    more = len(symbols) - NAMED
    return ", ".join(symbols[:NAMED]), "", f"and {more} more" if more > 0 else ""


def _state(entry: Entry, *, is_playing: bool, is_written: bool) -> Cell:
    if is_written:
        return "being recorded", "is-good", ""
    if entry.held is None:
        return "looking into it …", "is-muted", ""
    if entry.held.problem and not entry.held.symbols:
        return "cannot be played", "is-bad", entry.held.problem
    if is_playing:
        return "playing", "is-good", ""
    if entry.held.problem:
        return "damaged", "is-warn", entry.held.problem
    if entry.proof is not None and not entry.proof.is_whole:
        return "cut short", "is-warn", "read up to its last whole line"
    return "complete", "is-muted", ""


def _actions(entry: Entry, *, is_playing: bool, is_written: bool) -> tuple[Action, ...]:
    if is_written or entry.held is None:
        return ()
    rest: tuple[Action, ...] = (("note", "Note"), ("delete", "Delete"))
    if is_playing:
        return (("watch", "Watch"), ("note", "Note"))
    return (("play", "Play"), *rest) if entry.held.symbols else rest


def run(each: Recorded) -> Row:
    """A recording that runs, or ran."""
    status, key = each.status, each.market
    until = "until stopped" if each.minutes is None else f"for {each.minutes:g} min"
    missed = f"{fmt.count(status.missed)} dropped" if status and status.missed else ""
    cells: tuple[Cell, ...] = (
        (key.symbol, "is-strong", f"{key.venue}, {key.source.value}"),
        _run_state(each, until),
        (fmt.count(status.frames), "", missed) if status else EMPTY,
        (fmt.file_size(status.bytes), "", "") if status else EMPTY,
        (f"{fmt.file_size(each.bytes_per_s)}/s", "", "") if each.bytes_per_s else EMPTY,
        (fmt.age(each.since_s), "", ""),
    )
    return str(each.number), cells, (("stop", "Stop"),) if each.is_running else ()


def _run_state(each: Recorded, until: str) -> Cell:
    if each.problem:
        return "failed", "is-bad", each.problem
    if not each.is_running:
        return "done", "is-muted", ""
    state = each.status.state.value if each.status is not None else "asking the venue"
    return state, "is-good" if state == "recording" else "is-muted", until


def moments(course: Course) -> list[Row]:
    """The dearest, the middle and the cheapest moment, to be opened."""
    priced = [m for m in course.moments if m.total_bps is not None]
    if not priced:
        return []
    ranked = sorted(priced, key=lambda moment: moment.total_bps or 0.0)
    chosen = (
        ("dearest", ranked[-1]),
        ("median", ranked[len(ranked) // 2]),
        ("cheapest", ranked[0]),
        ("first", priced[0]),
        ("last", priced[-1]),
    )
    return [_moment(name, moment, course.currency) for name, moment in chosen]


def _moment(name: str, moment: Moment, currency: str) -> Row:
    cells: tuple[Cell, ...] = (
        (fmt.time_of_day(moment.ns), "is-strong", fmt.day(moment.ns)),
        (name, "", "filled in part" if moment.is_partial else ""),
        (fmt.bps(moment.total_bps), "", ""),
        (fmt.money(moment.total_quote, currency), "", ""),
        (fmt.significant(moment.average_price), "", ""),
    )
    return f"{name} {moment.ns}", cells, (("open", "Open on Trade"),)


def refusals(course: Course) -> list[Row]:
    """Why moments have no number."""
    total = len(course.moments)
    return [
        (
            code,
            (
                (code, "is-strong", text),
                (fmt.count(count), "", ""),
                (fmt.share(count, total), "", ""),
            ),
            (),
        )
        for code, count, text in course.refusals
    ]
