"""What learning came to, as a table for people and as fields for programs."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from models.learning.marks import Marks
from models.learning.state import DelayState, LearningState, ModelState

HEAD = (
    *("model", "delay", "size", "labels", "R2", "MSE", "walk", "zero", "MAE", "walk", "pinball"),
    *("coverage", "width", "exact"),
)


def as_fields(states: Sequence[LearningState]) -> list[dict[str, Any]]:
    """Plain values: everything but the coefficients and the sample of labels."""
    return [_market(state) for state in states]


def as_table(states: Sequence[LearningState]) -> str:
    """One line a model, delay and size; errors in bps and bps squared."""
    parts: list[str] = []
    for state in states:
        parts.append(
            f"{state.symbol} at {state.venue} ({state.source}): {state.probes:,} probes, "
            f"{state.settled:,} labels, {state.discarded:,} discarded, {state.beyond:,} orders "
            f"beyond the visible book"
        )
        rows = [HEAD, *(row for delay in state.delays for row in _rows(delay))]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
        parts += [
            "  ".join(
                cell.ljust(width) if i < 2 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        parts += [
            f"{delay.label}: {delay.missing or delay.verdict}"
            + (f" ({delay.drift})" if delay.drift else "")
            for delay in state.delays
        ]
        parts.append("")
    return "\n".join(parts).rstrip()


def size_text(bucket: int | None) -> str:
    """1k, 10k, 1M; all."""
    if bucket is None:
        return "all"
    for power, unit in ((9, "G"), (6, "M"), (3, "k")):
        if bucket >= power:
            return f"{10 ** (bucket - power)}{unit}"
    return f"{10.0**bucket:g}"


def _rows(delay: DelayState) -> Iterator[tuple[str, ...]]:
    for model in delay.models:
        for marks in model.marks:
            yield model.name, delay.label, size_text(marks.bucket), *_cells(marks)


def _cells(marks: Marks) -> tuple[str, ...]:
    return (
        f"{marks.n:,}",
        _number(marks.r2, 3),
        _number(marks.mse, 4),
        _number(marks.walk_mse, 4),
        _number(marks.zero_mse, 4),
        _number(marks.mae, 4),
        _number(marks.walk_mae, 4),
        _number(marks.pinball, 4),
        "-" if marks.coverage is None else f"{marks.coverage:.1%}",
        _number(marks.width_bps, 4),
        f"{marks.exact / marks.n:.0%}",
    )


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _market(state: LearningState) -> dict[str, Any]:
    plain: dict[str, Any] = {
        name: getattr(state, name)
        for name in state.__dataclass_fields__
        if name not in ("delays", "amounts")
    }
    return {
        **plain,
        "amounts": list(state.amounts),
        "delays": [_delay(delay) for delay in state.delays],
    }


def _delay(delay: DelayState) -> dict[str, Any]:
    left_out = ("models", "served", "sample")
    fields = {f: getattr(delay, f) for f in delay.__dataclass_fields__ if f not in left_out}
    return {**fields, "models": [_model(model) for model in delay.models]}


def _model(model: ModelState) -> dict[str, Any]:
    fields = {f: getattr(model, f) for f in model.__dataclass_fields__ if f != "marks"}
    return {**fields, "marks": [_mark(marks) for marks in model.marks]}


def _mark(marks: Marks) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(marks)
    return {**fields, "size": size_text(marks.bucket), "skill": marks.skill}
