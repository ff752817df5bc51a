"""Plots of learning: errors over time, coverage, features against slippage, residuals."""

from collections.abc import Sequence

import numpy as np

from engine.learning.report import size_text
from models.learning.snapshot import MetricRow
from models.learning.state import DelayState, Sample
from webapp.components.study_plot import Study
from webapp.frames.studies import (
    COLORS,
    INT,
    TEXT,
    TIME,
    bars,
    column,
    dots,
    layout,
    level,
    line,
    moments,
    short,
)

NOMINAL = 0.9
SIDES = ((1.0, "buy", "$bid"), (-1.0, "sell", "$ask"))


def errors_over_time(rows: Sequence[MetricRow]) -> Study | None:
    """Mean absolute error of every model against both baselines, as it was marked in time."""
    if not rows:
        return None
    models = list(dict.fromkeys(row.model for row in rows))
    lines = []
    for model, color in zip(models, COLORS, strict=False):
        mine = [row for row in rows if row.model == model]
        x, y = moments([row.ns for row in mine]), short([row.marks.mae for row in mine])
        lines.append(line(model, x, y, color))
    base = [row for row in rows if row.model == models[0]]
    x = moments([row.ns for row in base])
    dash = {"line": {"color": "$muted", "width": 1.3, "dash": "dash"}}
    lines.append(line("walk", x, short([row.marks.walk_mae for row in base]), "$muted", **dash))
    dot = {"line": {"color": "$muted", "width": 1.3, "dash": "dot"}}
    zero = short([row.marks.zero_mae for row in base])
    lines.append(line("zero change", x, zero, "$muted", **dot))
    return Study(
        name="model-errors",
        meaning="mean absolute error of all labels marked so far, all sizes",
        figure={"data": lines, "layout": layout("time, UTC", "mean absolute error, bps")},
        columns=(
            column("utc", "when it was marked", "UTC", TIME),
            column("model", "the model", type=TEXT),
            column("labels", "labels marked", type=INT),
            column("mae_bps", "mean absolute error", "bps"),
            column("walk_mae_bps", "of the walk", "bps"),
            column("zero_mae_bps", "of zero change", "bps"),
            column("coverage", "share of labels inside the 90 % band"),
        ),
        rows=[
            (r.ns, r.model, m.n, m.mae, m.walk_mae, m.zero_mae, m.coverage)
            for r in rows
            for m in (r.marks,)
        ],
    )


def coverage_over_time(rows: Sequence[MetricRow]) -> Study | None:
    """How often the 90 % band of every model held, as it was marked in time."""
    known = [row for row in rows if row.marks.coverage is not None]
    if not known:
        return None
    models = list(dict.fromkeys(row.model for row in known))
    lines = []
    for model, color in zip(models, COLORS, strict=False):
        mine = [row for row in known if row.model == model]
        y = short([row.marks.coverage for row in mine])
        lines.append(line(model, moments([row.ns for row in mine]), y, color))
    return Study(
        name="coverage-over-time",
        meaning="share of labels inside the 90 % band shown, since the model began",
        figure={
            "data": lines,
            "layout": layout(
                "time, UTC", "band held", shapes=[level(NOMINAL)], yaxis={"tickformat": ".1%"}
            ),
        },
        columns=(
            column("utc", "when it was marked", "UTC", TIME),
            column("model", "the model", type=TEXT),
            column("banded", "labels that had a band", type=INT),
            column("coverage", "share of them inside it"),
            column("width_bps", "mean width", "bps"),
        ),
        rows=[(r.ns, r.model, r.marks.banded, r.marks.coverage, r.marks.width_bps) for r in known],
    )


def coverage_by_size(delay: DelayState) -> Study | None:
    """Coverage of the 90 % band by model and size of order."""
    rows = [
        (model.label, size_text(marks.bucket), marks.banded, marks.coverage, marks.width_bps)
        for model in delay.models
        for marks in model.marks
        if marks.coverage is not None
    ]
    if not rows:
        return None
    data = []
    for label, color in zip(dict.fromkeys(row[0] for row in rows), COLORS, strict=False):
        mine = [row for row in rows if row[0] == label]
        x, y = [row[1] for row in mine], short([row[3] for row in mine])
        data.append(bars(label, x, y, color))
    return Study(
        name="coverage-by-size",
        meaning="share of labels inside the 90 % band shown, by size of order",
        figure={
            "data": data,
            "layout": layout(
                "order, quote",
                "band held",
                shapes=[level(NOMINAL)],
                xaxis={"type": "category"},
                yaxis={"tickformat": ".0%", "range": [0, 1.02]},
            ),
        },
        columns=(
            column("model", "the model", type=TEXT),
            column("size", "about that much in quote", type=TEXT),
            column("banded", "labels that had a band", type=INT),
            column("coverage", "share of them inside it"),
            column("width_bps", "mean width", "bps"),
        ),
        rows=rows,
    )


def calibration(sample: Sample) -> Study | None:
    """Said against met: labels ranked by what was predicted, in groups of equal number."""
    known = np.flatnonzero(np.isfinite(sample.middle))
    if len(known) < 2 * GROUPS:
        return None
    order = known[np.argsort(sample.middle[known], kind="stable")]
    rows = []
    for part in np.array_split(order, GROUPS):
        met = sample.label[part]
        rows.append(
            (
                len(part),
                float(sample.middle[part].mean()),
                float(met.mean()),
                float(sample.low[part].mean()),
                float(sample.high[part].mean()),
                float(((sample.low[part] <= met) & (met <= sample.high[part])).mean()),
            )
        )
    said, met_ = short([row[1] for row in rows]), short([row[2] for row in rows])
    ends = short([min(said[0] or 0, met_[0] or 0), max(said[-1] or 0, met_[-1] or 0)])
    diagonal = {"line": {"color": "$muted", "width": 1, "dash": "dash"}, "mode": "lines"}
    held = [f"band held {row[5]:.0%} of {row[0]}" for row in rows]
    return Study(
        name="calibration",
        meaning="labels in groups by what was predicted: mean said against mean met",
        figure={
            "data": [
                line("as said", ends, ends, "$muted", **diagonal),
                line("met", said, met_, "$accent", text=held, mode="lines+markers"),
            ],
            "layout": layout("said, bps", "met, bps"),
        },
        columns=(
            column("labels", "in the group", type=INT),
            column("said_bps", "mean prediction", "bps"),
            column("met_bps", "mean label", "bps"),
            column("low_bps", "mean lower edge of the band", "bps"),
            column("high_bps", "mean upper edge of the band", "bps"),
            column("coverage", "share of labels inside their band"),
        ),
        rows=rows,
    )


def feature_cloud(sample: Sample, feature: str) -> Study:
    """One feature against the slippage met, buys and sells apart."""
    at = sample.columns.index(feature)
    x = sample.x[:, at]
    data = []
    for sign, label, color in SIDES:
        mine = sample.side == sign
        data.append(dots(label, short(x[mine].tolist()), short(sample.label[mine].tolist()), color))
    side = np.where(sample.side > 0, "buy", "sell")
    return Study(
        name="feature-and-slippage",
        meaning=f"{feature} of probe orders against the slippage that the tape gave",
        figure={"data": data, "layout": layout(feature, "slippage met, bps")},
        columns=(
            column("utc", "when it was asked", "UTC", TIME),
            column("side", "buy or sell", type=TEXT),
            column(feature, "the feature"),
            column("slippage_bps", "met after the delay", "bps"),
            column("walk_bps", "of the book when asked", "bps"),
        ),
        rows=list(
            zip(
                sample.ns.tolist(),
                side.tolist(),
                x.tolist(),
                sample.label.tolist(),
                sample.walk.tolist(),
                strict=True,
            )
        ),
    )


def residuals(sample: Sample) -> Study | None:
    """What the tape gave less what was said, over time; the walk's for comparison."""
    known = np.isfinite(sample.middle)
    if not known.any():
        return None
    ns, label = sample.ns[known], sample.label[known]
    ours, walks = label - sample.middle[known], label - sample.walk[known]
    x = moments(ns.tolist())
    data = [
        dots("walk", x, short(walks.tolist()), "$muted"),
        dots("champion of that moment", x, short(ours.tolist()), "$accent"),
    ]
    sizes = [size_text(bucket) for bucket in sample.bucket[known].tolist()]
    return Study(
        name="residuals",
        meaning="slippage met less slippage said, of the last labels",
        figure={
            "data": data,
            "layout": layout("asked at, UTC", "met less said, bps", shapes=[level(0.0)]),
        },
        columns=(
            column("utc", "when it was asked", "UTC", TIME),
            column("size", "about that much in quote", type=TEXT),
            column("residual_bps", "met less said", "bps"),
            column("walk_residual_bps", "met less the walk when asked", "bps"),
        ),
        rows=list(zip(ns.tolist(), sizes, ours.tolist(), walks.tolist(), strict=True)),
    )


GROUPS = 12
"""Of the calibration plot."""
