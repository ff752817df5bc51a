"""The charts of a sweep as Plotly figures; colours are tokens of theme.css, or fit both lights."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.sweeps.analysis import Family, Heatmap
from webapp import format as fmt
from webapp.frames.sweeps import cell, title

LINES = (
    "#4aa3ff",
    "#ff9d4d",
    "#3cc8b4",
    "#c792ea",
    "#e05c76",
    "#a0b83a",
    "#8d99ae",
    "#d18f5b",
    "#5f8dd3",
    "#b56aa8",
)
DASHES = ("solid", "dash")
"""The second ten lines of a family."""
SCALE = [
    [0.0, "#1d4f91"],
    [0.25, "#2f8f9d"],
    [0.5, "#8fbf7f"],
    [0.75, "#f0c04a"],
    [1.0, "#d1495b"],
]
"""Cheap is blue, dear is red; the steps differ in lightness too."""
WIDE = 30.0
"""Values that go over more than this factor are drawn on a logarithmic axis."""


def heatmap(found: Heatmap, x: str, y: str, measure: str) -> dict[str, Any]:
    """Cells of two axes."""
    xs, ys = (
        [cell(name, value) for value in values] for name, values in ((x, found.x), (y, found.y))
    )
    cells = [[fmt.plotted(value) for value in row] for row in found.cells]
    texts = [[cell(measure, value) for value in row] for row in found.cells]
    small = len(xs) * len(ys) <= 260
    trace = {
        "type": "heatmap",
        "x": xs,
        "y": ys,
        "z": cells,
        "text": texts,
        "texttemplate": "%{text}" if small else "",
        "textfont": {"size": 10},
        "colorscale": SCALE,
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"thickness": 10, "outlinewidth": 0, "tickfont": {"color": "$muted"}},
        "hovertemplate": f"{title(x)} %{{x}}<br>{title(y)} %{{y}}<br>"
        f"{title(measure)} %{{text}}<extra></extra>",
    }
    axis = {"type": "category", "showgrid": False, "nticks": 14}
    layout = {
        "xaxis": axis | {"title": {"text": title(x)}},
        "yaxis": axis | {"title": {"text": title(y)}},
    }
    return {"data": [trace], "layout": layout}


def lines(families: Sequence[Family], x: str, by: str, measure: str) -> dict[str, Any]:
    """One line for every value of an axis."""
    data = []
    for number, family in enumerate(families):
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if len(family.x) <= 60 else "lines",
                "name": cell(by, family.name),
                "x": list(family.x),
                "y": [fmt.plotted(value) for value in family.y],
                "marker": {"size": 4},
                "line": {
                    "color": LINES[number % len(LINES)],
                    "width": 1.8,
                    "dash": DASHES[number // len(LINES) % len(DASHES)],
                },
            }
        )
    values = families[0].x if families else ()
    layout = {
        "xaxis": {"title": {"text": title(x)}, "type": kind_of(values)},
        "yaxis": {"title": {"text": title(measure)}, "rangemode": "normal"},
        "legend": {"title": {"text": title(by)}, "bgcolor": "rgba(0,0,0,0)"},
        "hovermode": "closest",
        "showlegend": True,
    }
    return {"data": data, "layout": layout}


def pareto(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Total cost against timing risk; the line is what nothing beats."""
    trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [fmt.plotted(row["risk"]) for row in rows],
        "y": [fmt.plotted(row["total_bps"]) for row in rows],
        "text": [_about(row) for row in rows],
        "line": {"color": "$accent", "width": 1.5, "shape": "hv"},
        "marker": {"color": "$accent", "size": 7},
        "hovertemplate": "%{text}<br>risk %{x} bps<br>total %{y} bps<extra></extra>",
    }
    layout = {
        "xaxis": {"title": {"text": "Timing risk, one deviation, bps"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": title("total_bps")}},
        "showlegend": False,
        "hovermode": "closest",
    }
    return {"data": [trace], "layout": layout}


def effects(found: Sequence[Any]) -> dict[str, Any]:
    """What each axis explains, as bars."""
    shown = list(found)[::-1]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [round(100 * one.share, 2) for one in shown],
        "y": [title(one.axis) for one in shown],
        "marker": {"color": "$accent"},
        "hovertemplate": "%{y}: %{x} %<extra></extra>",
    }
    layout = {
        "xaxis": {"title": {"text": "Explained, %"}, "rangemode": "tozero"},
        "yaxis": {"type": "category"},
    }
    return {"data": [trace], "layout": layout}


def kind_of(values: Sequence[Any]) -> str:
    """How Plotly should lay values out: names, a logarithm, or evenly."""
    if not values or any(isinstance(value, str) or value is None for value in values):
        return "category"
    return "log" if values[0] > 0 and values[-1] / values[0] > WIDE else "linear"


def _about(row: Mapping[str, Any]) -> str:
    names = [name for name in ("side", "order_type", "recipe", "tier") if row.get(name)]
    return " ".join(
        [*(cell(name, row[name]) for name in names), f"size {cell('size', row['size'])}"]
    )
