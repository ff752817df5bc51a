"""Plots of the Analysis page that stand on kept labels and marks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from market.instrument import Floats
from storage.analysis_asked import ErrorPoint
from webapp.components.study_plot import Study
from webapp.frames.studies import (
    COLORS,
    TEXT,
    TIME,
    column,
    dots,
    layout,
    line,
    moments,
    short,
)

SIDES = (("buy", "$bid"), ("sell", "$ask"))
GROUPS = 15


def cloud(points: Sequence[tuple[float, float, str]], feature: str) -> Study | None:
    """A feature against slippage, and the mean slippage of groups of equal number."""
    if not points:
        return None
    data = []
    for side, color in SIDES:
        mine = [point for point in points if point[2] == side]
        x, y = short([point[0] for point in mine]), short([point[1] for point in mine])
        data.append(dots(side, x, y, color))
    if len(points) >= 2 * GROUPS:
        x_, y_ = np.array([point[0] for point in points]), np.array([p[1] for p in points])
        parts = _groups(x_)
        x, y = (short([float(v[part].mean()) for part in parts]) for v in (x_, y_))
        data.append(line("mean of groups", x, y, "$text", mode="lines+markers"))
    return Study(
        name="feature-and-slippage",
        meaning=f"{feature} of kept probe orders against the slippage that the tape gave",
        figure={"data": data, "layout": layout(feature, "slippage after the delay, bps")},
        columns=(
            column(feature, "the feature"),
            column("slippage_bps", "after the delay", "bps"),
            column("side", "buy or sell", type=TEXT),
        ),
        rows=points,
    )


def _groups(x: Floats) -> list[NDArray[np.intp]]:
    """Places of about equal numbers of values, equal values together; smallest first."""
    edges = np.unique(np.quantile(x, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    at = np.searchsorted(edges, x, side="right")
    return [np.flatnonzero(at == group) for group in np.unique(at)]


def errors(points: Sequence[ErrorPoint]) -> Study | None:
    """Mean absolute error of every model over time, and of the walk."""
    if not points:
        return None
    models = list(dict.fromkeys(point.model for point in points))
    lines = []
    for model, color in zip(models, COLORS, strict=False):
        mine = [point for point in points if point.model == model]
        x, y = moments([point.ns for point in mine]), short([point.mae for point in mine])
        lines.append(line(model, x, y, color))
    base = [point for point in points if point.model == models[0]]
    x = moments([point.ns for point in base])
    dash = {"line": {"color": "$muted", "width": 1.3, "dash": "dash"}}
    lines.append(line("walk", x, short([point.walk_mae for point in base]), "$muted", **dash))
    return Study(
        name="model-error-over-time",
        meaning="mean absolute error of the marks kept in a slot of time",
        figure={"data": lines, "layout": layout("time, UTC", "mean absolute error, bps")},
        columns=(
            column("utc", "when the slot begins", "UTC", TIME),
            column("model", "the model", type=TEXT),
            column("mae_bps", "mean absolute error", "bps"),
            column("walk_mae_bps", "of the walk", "bps"),
            column("zero_mae_bps", "of zero change", "bps"),
        ),
        rows=points,
    )
