"""What the Models page shows of learning: counts, marks, verdicts, snapshots."""

from collections.abc import Sequence

from engine.learning.report import size_text
from models.learning.marks import Marks
from models.learning.snapshot import MetricRow
from models.learning.spec import delay_text
from models.learning.state import DelayState, LearningState, ModelState
from storage.snapshots import Compared, SavedModels
from webapp import format as fmt
from webapp.frames.rows import NUMBER, Cell, Head, Row

FIGURES = (
    "Probes",
    "Settled labels",
    "Waiting for the tape",
    "Discarded",
    "Beyond the book",
    "Not kept up with",
    "Probes a second, at most",
    "Began",
)
WHY_DISCARDED = (
    "Discarded: the tape was cut or the book was refused before the answer came. Beyond the book: "
    "the visible book did not hold an order of that size, so nothing was asked."
)
DELAY_HEADS: tuple[Head, ...] = (
    ("Delay", ""),
    ("State", ""),
    ("Labels", NUMBER),
    ("Champion", ""),
    ("Against the walk", "is-wide"),
    ("Trained on", ""),
    ("Drift", ""),
)
MARK_HEADS: tuple[Head, ...] = (
    ("Model", ""),
    ("Size", ""),
    ("Labels", NUMBER),
    ("R²", NUMBER),
    ("MAE, bps", NUMBER),
    ("Walk", NUMBER),
    ("Zero change", NUMBER),
    ("Against the walk", ""),
    ("Pinball", NUMBER),
    ("90 % band held", NUMBER),
    ("Width, bps", NUMBER),
    ("Exact", NUMBER),
)
SNAPSHOT_HEADS: tuple[Head, ...] = (
    ("No.", ""),
    ("Saved, UTC", ""),
    ("Why", ""),
    ("Labels", NUMBER),
    ("Trained on", ""),
    ("Made with", ""),
    ("Note", "is-wide"),
    ("", "is-actions"),
)
COMPARE_HEADS = ("Delay", "Model", "Size", "MAE, bps", "R²", "90 % band held", "Width, bps")
LOAD, FILE, DELETE = ("load", "Load"), ("file", "Export"), ("delete", "Delete")
IN_USE = "in use: learning started from it"
REASONS = {
    "user": "saved by hand",
    "schedule": "on schedule",
    "shutdown": "at shutdown",
    "closed": "market closed",
    "imported": "imported",
}


def figures(state: LearningState) -> list[str]:
    """Values of FIGURES."""
    return [
        fmt.count(state.probes),
        fmt.count(state.settled),
        fmt.count(state.waiting),
        fmt.count(state.discarded),
        fmt.count(state.beyond),
        fmt.count(state.dropped),
        fmt.number(state.probes_per_s, 0),
        f"warm, from {state.warm_from}" if state.is_warm else "cold",
    ]


def amounts(state: LearningState) -> str:
    """The sizes that are asked about; empty before the first book."""
    sizes = " · ".join(fmt.compact(amount) for amount in state.amounts)
    return f"Sizes asked about, in quote: {sizes}" if sizes else ""


def delay_row(delay: DelayState) -> Row:
    """One delay; a press opens it."""
    champion = next((model for model in delay.models if model.is_champion), None)
    cells: tuple[Cell, ...] = (
        (delay.label, "", ""),
        (delay.missing, "is-warn", "") if delay.missing else ("shows numbers", "is-good", ""),
        (fmt.count(delay.rows), "", ""),
        _champion(champion),
        against_walk(champion),
        trained(delay.first_ns, delay.last_ns),
        ("drifting", "is-warn", delay.drift) if delay.drift else (_drifts(delay.drifts), "", ""),
    )
    return str(delay.delay_ns), cells, ()


def _drifts(count: int) -> str:
    return "none" if not count else f"{fmt.count(count)} before"


def _champion(model: ModelState | None) -> Cell:
    if model is None:
        return fmt.MISSING, "", ""
    fits = "warm, not fitted since" if model.is_warm else f"{fmt.count(model.fits)} fits"
    return model.label, "", fits


def against_walk(model: ModelState | None) -> Cell:
    """Whether it beats the walk, said plainly."""
    if model is None:
        return fmt.MISSING, "", ""
    if model.beats_walk:
        return model.verdict, "is-good", ""
    return model.verdict, "" if model.beats_walk is None else "is-warn", ""


def trained(first_ns: int | None, last_ns: int | None) -> Cell:
    """A training range."""
    if first_ns is None or last_ns is None:
        return fmt.MISSING, "", ""
    return fmt.between(first_ns, last_ns), "", f"since {_moment(first_ns)}"


def verdict(delay: DelayState) -> tuple[str, str]:
    """Look and words of the line above the marks."""
    if delay.missing:
        return "", f"At {delay.label}: {delay.missing}. No learned number is shown until then."
    champion = next((model for model in delay.models if model.is_champion), None)
    look = "is-good" if champion is not None and champion.beats_walk else ""
    return look, f"At {delay.label}, {delay.verdict}."


def mark_rows(delay: DelayState) -> list[Row]:
    """Every model at every size; the champion is marked."""
    return [
        (f"{model.name} {marks.bucket}", _mark_cells(model, marks), ())
        for model in delay.models
        for marks in model.marks
    ]


def _mark_cells(model: ModelState, marks: Marks) -> tuple[Cell, ...]:
    said = "champion" if model.is_champion else "competes only" if not model.can_serve else ""
    return (
        (model.label, "", said),
        (size_text(marks.bucket), "", ""),
        (fmt.count(marks.n), "", ""),
        (fmt.number(marks.r2, 3), "", ""),
        (error(marks.mae), "", ""),
        (error(marks.walk_mae), "", ""),
        (error(marks.zero_mae), "", ""),
        against_walk(model) if marks.bucket is None else _gain(marks),
        (error(marks.pinball), "", ""),
        coverage(marks),
        (error(marks.width_bps), "", ""),
        (fmt.share(marks.exact, marks.n), "", ""),
    )


def _gain(marks: Marks) -> Cell:
    """Squared error saved at one size; the walk of `now` is the answer itself."""
    if marks.skill is None:
        return "the walk is exact", "", ""
    if marks.skill >= 0:
        return f"{fmt.percent(marks.skill, 1)} less squared error", "", ""
    return f"{fmt.percent(-marks.skill, 1)} more squared error", "is-warn", ""


def coverage(marks: Marks) -> Cell:
    """How often the band held; with few labels no colour is given."""
    if marks.coverage is None:
        return fmt.MISSING, "", ""
    is_fair = marks.banded < ENOUGH or HELD[0] <= marks.coverage <= HELD[1]
    is_exact = marks.coverage > HELD[1] and marks.exact / marks.n > HELD[1]
    look = "" if is_fair or is_exact else "is-warn"
    return fmt.percent(marks.coverage, 1), look, f"of {fmt.count(marks.banded)}"


ENOUGH, HELD = 5_000, (0.87, 0.93)
"""Labels from which a 90 % band should hold this often."""


def error(value: float | None) -> str:
    """An error in bps: small ones need more digits."""
    return fmt.number(value, 3)


def snapshot_row(saved: SavedModels, loaded: str) -> Row:
    """One snapshot; the one that learning started from is marked."""
    is_loaded = loaded == f"snapshot {saved.id}"
    libraries = " · ".join(f"{name} {version}" for name, version in saved.libraries.items())
    cells: tuple[Cell, ...] = (
        (str(saved.id), "", ""),
        (_moment(saved.created_ns), "is-good" if is_loaded else "", IN_USE if is_loaded else ""),
        (REASONS.get(saved.reason, saved.reason), "", ", ".join(saved.delays)),
        (fmt.count(saved.rows), "", ""),
        trained(saved.first_ns, saved.last_ns),
        (libraries, "", f"sha256 {saved.sha256[:12]}…"),
        (saved.note or fmt.MISSING, "", ""),
    )
    return str(saved.id), cells, (LOAD, FILE, DELETE)


def snapshot_label(saved: SavedModels) -> str:
    """One snapshot in a list of choices."""
    return f"{saved.id}: {_moment(saved.created_ns)}, {fmt.count(saved.rows)} labels"


def compared_rows(found: Sequence[Compared]) -> list[tuple[str, ...]]:
    """Two snapshots side by side: first → second."""
    return [
        (
            delay_text(each.delay_ns),
            each.model,
            size_text(each.bucket),
            *(_both(each.first, each.second, name) for name in ("mae", "r2")),
            _both(each.first, each.second, "coverage"),
            _both(each.first, each.second, "width_bps"),
        )
        for each in found
    ]


def _both(first: MetricRow | None, second: MetricRow | None, name: str) -> str:
    texts = [_mark(row, name) for row in (first, second)]
    return " → ".join(texts)


def _mark(row: MetricRow | None, name: str) -> str:
    value = None if row is None else getattr(row.marks, name)
    return fmt.percent(value, 1) if name == "coverage" else error(value)


def _moment(ns: int) -> str:
    return fmt.utc(ns).removesuffix(" UTC")
