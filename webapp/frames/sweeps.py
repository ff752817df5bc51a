"""What the Sweeps page shows: rows of runs, cells of points, figures of a measure."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.sweeps.analysis import Summary
from engine.sweeps.effects import Comparison, Effect
from engine.sweeps.run import RunState, SweepRun
from webapp import format as fmt
from webapp.frames.rows import NUMBER, Action, Cell, Head, Row

RUN_HEADS: tuple[Head, ...] = (
    ("Sweep", ""),
    ("State", ""),
    ("Progress", NUMBER),
    ("Points", NUMBER),
    ("No price", NUMBER),
    ("At rest", NUMBER),
    ("Took", NUMBER),
    ("Begun", ""),
    ("", ""),
)
LOOKS = {
    RunState.PREPARING: "",
    RunState.RUNNING: "is-strong",
    RunState.PAUSED: "is-warn",
    RunState.DONE: "is-good",
    RunState.CANCELLED: "is-muted",
    RunState.FAILED: "is-bad",
}
ACTIONS: Mapping[RunState, tuple[Action, ...]] = {
    RunState.PREPARING: (("cancel", "Cancel"),),
    RunState.RUNNING: (("pause", "Pause"), ("cancel", "Cancel")),
    RunState.PAUSED: (("resume", "Resume"), ("cancel", "Cancel")),
    RunState.DONE: (("again", "Again"), ("delete", "Delete")),
    RunState.CANCELLED: (("resume", "Resume"), ("again", "Again"), ("delete", "Delete")),
    RunState.FAILED: (("resume", "Resume"), ("again", "Again"), ("delete", "Delete")),
}


def run(each: SweepRun) -> Row:
    """One run."""
    pace = ""
    if each.state is RunState.RUNNING and each.rate:
        pace = f"{fmt.compact(each.rate)} points/s, {fmt.age(each.eta_s)} to go"
    cells: tuple[Cell, ...] = (
        (f"{each.id}  {each.name}", "" if each.points_done else "is-plain", each.problem),
        (each.state.value, LOOKS[each.state], ""),
        (fmt.percent(each.share), "", pace),
        (fmt.count(each.points) if each.points else fmt.MISSING, "", _books(each)),
        (fmt.count(each.refused), "", ""),
        (fmt.file_size(each.size_bytes), "", ""),
        (fmt.age(each.seconds), "", ""),
        (fmt.moment(each.created_ns), "", ""),
    )
    return str(each.id), cells, ACTIONS[each.state]


def _books(each: SweepRun) -> str:
    return books(each.states) if each.states else ""


def books(count: int) -> str:
    """So many."""
    return "1 book" if count == 1 else f"{fmt.count(count)} books"


TITLES = {
    "point": "Point",
    "state": "Book",
    "market": "Market",
    "as_of_ns": "Moment",
    "sigma_day": "Volatility /day",
    "sigma_used": "Volatility used",
    "total_quote": "Total, money",
    "notional_quote": "Notional",
    "order_type": "Order type",
    "depth_policy": "Beyond the book",
    "tier": "Fee tier",
    "left_out": "Left out",
    "reason": "No price because",
}
NAMES = frozenset(
    {"market", "scenario", "recipe", "impact", "order_type", "depth_policy", "side", "tier"}
    | {"left_out", "reason"}
)
"""Columns of names; all others hold numbers."""


def title(column: str) -> str:
    """A column as the user reads it."""
    if column in TITLES:
        return TITLES[column]
    if column.endswith("_bps"):
        return f"{fmt.sentence(column.removesuffix('_bps').replace('_', ' '))}, bps"
    words = column.replace("_times", " ×").replace("_base", ", base")
    return fmt.sentence(words.replace("_", " ").replace(".", ": "))


def cell(column: str, value: Any) -> str:
    """One value of a point."""
    if value is None:
        return fmt.MISSING
    if isinstance(value, str):
        return value
    if column == "as_of_ns":
        return fmt.utc(int(value)).removesuffix(" UTC")
    if column in ("point", "state"):
        return fmt.count(int(value))
    if column.endswith("_bps"):
        return fmt.bps(value)
    if column in ("sigma_day", "sigma_used"):
        return fmt.percent(value, 3)
    if column in ("maker_share", "fill_probability"):
        return fmt.percent(value, 1)
    if column in ("total_quote", "notional_quote"):
        return fmt.amount(value)
    return fmt.significant(value)


SUMMARY_HEADS: tuple[Head, ...] = (
    ("Measure", ""),
    *((name, NUMBER) for name in ("Points", "None", "Mean", "Deviation", "Lowest")),
    *((name, NUMBER) for name in ("5 %", "Median", "95 %", "Highest")),
)


def summary(measures: Sequence[Summary]) -> list[Row]:
    """One row a measure."""
    rows: list[Row] = []
    for one in measures:
        values = (one.mean, one.deviation, one.low, one.p5, one.median, one.p95, one.high)
        texts = (title(one.measure), fmt.count(one.count), fmt.count(one.absent))
        cells = (*texts, *(cell(one.measure, value) for value in values))
        rows.append((one.measure, tuple((text, "", "") for text in cells), ()))
    return rows


REASON_HEADS: tuple[Head, ...] = (("Because of", ""), ("Points", NUMBER), ("Share", NUMBER))


def reasons(found: Sequence[tuple[str, int]], points: int) -> list[Row]:
    """One row a reason."""
    return [
        (why, ((why, "", ""), (fmt.count(count), "", ""), (fmt.share(count, points), "", "")), ())
        for why, count in found
    ]


EFFECT_HEADS: tuple[Head, ...] = (
    ("Axis", ""),
    ("Explains", NUMBER),
    ("Lowest mean", NUMBER),
    ("Highest mean", NUMBER),
    ("Between them", NUMBER),
)


def effects(found: Sequence[Effect], measure: str) -> list[Row]:
    """One row an axis, the strongest first."""
    return [
        (
            one.axis,
            (
                (title(one.axis), "is-strong", ""),
                (fmt.percent(one.share, 1), "", ""),
                (cell(measure, one.low), "", ""),
                (cell(measure, one.high), "", ""),
                (cell(measure, one.high - one.low), "", ""),
            ),
            (),
        )
        for one in found
    ]


def point_heads(columns: Sequence[str]) -> tuple[Head, ...]:
    """Heads of a table of points."""
    return tuple((title(c), "" if c in NAMES or c == "point" else NUMBER) for c in columns)


def points(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[Row]:
    """Rows of a table of points, each opened by its number."""
    return [
        (str(row["point"]), tuple((cell(c, row[c]), "", "") for c in columns), ()) for row in rows
    ]


def compared(found: Comparison, measure: str) -> tuple[tuple[Head, ...], list[Row]]:
    """Heads and rows of the largest changes between two runs."""
    heads: tuple[Head, ...] = (
        *((title(axis), "" if axis in NAMES else NUMBER) for axis in found.axes),
        *((name, NUMBER) for name in ("First", "Second", "Change")),
    )
    rows: list[Row] = []
    for number, row in enumerate(found.largest):
        texts = [cell(axis, row[axis]) for axis in found.axes]
        texts += [cell(measure, row[name]) for name in ("first", "second", "change")]
        rows.append((str(number), tuple((text, "", "") for text in texts), ()))
    return heads, rows
