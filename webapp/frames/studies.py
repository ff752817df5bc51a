"""How a study is laid out: axes with units, the colours of lines, columns of what is taken away."""

from collections.abc import Sequence
from typing import Any

from storage.export_table import Column, ColumnType
from webapp import format as fmt

COLORS = ("$accent", "$bid", "$ask", "$warn", "$bad", "$good", "$muted", "$text")
"""Of lines, in order."""
TIME, INT, TEXT = ColumnType.TIME, ColumnType.INT, ColumnType.TEXT
BARE = {"zeroline": False, "ticks": ""}


def layout(across: str, up: str, **more: Any) -> dict[str, Any]:
    """Two axes, each with its name and unit; `more` goes into the layout."""
    small = {"size": 11}
    axes = {
        name: {**BARE, "title": {"text": text, "font": small, "standoff": 8}, "tickfont": small}
        for name, text in (("x", across), ("y", up))
    }
    whole: dict[str, Any] = {
        "xaxis": axes["x"],
        "yaxis": axes["y"],
        "paper_bgcolor": "$panel",
        "plot_bgcolor": "$panel",
        "margin": {"l": 10, "r": 14, "t": 30, "b": 10},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "$muted", "activecolor": "$accent"},
        "showlegend": True,
    }
    for name, value in more.items():
        whole[name] = (
            {**whole[name], **value} if isinstance(value, dict) and name in whole else value
        )
    return whole


def line(label: str, x: Sequence[Any], y: Sequence[Any], color: str, **more: Any) -> dict[str, Any]:
    """A line through points; None is a gap."""
    return {
        "type": "scatter",
        "mode": "lines+markers" if sum(value is not None for value in y) < FEW else "lines",
        "name": label,
        "x": list(x),
        "y": list(y),
        "line": {"color": color, "width": 1.6},
        "marker": {"color": color, "size": 5},
        **more,
    }


def dots(label: str, x: Sequence[Any], y: Sequence[Any], color: str, **more: Any) -> dict[str, Any]:
    """A cloud of points."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": label,
        "x": list(x),
        "y": list(y),
        "marker": {"color": color, "size": 4, "opacity": 0.55},
        **more,
    }


def bars(label: str, x: Sequence[Any], y: Sequence[Any], color: str, **more: Any) -> dict[str, Any]:
    """Bars."""
    return {
        "type": "bar",
        "name": label,
        "x": list(x),
        "y": list(y),
        "marker": {"color": color},
        **more,
    }


def level(at: float) -> dict[str, Any]:
    """A dashed line across the plot: what is aimed at."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": at,
        "y1": at,
        "line": {"color": "$muted", "width": 1, "dash": "dash"},
    }


def short(values: Sequence[float | None]) -> list[float | None]:
    """Numbers of a plot: finite and short, or a gap."""
    return [fmt.sketched(value) for value in values]


def moments(values: Sequence[int]) -> list[str]:
    """Times as plotly reads them, UTC."""
    return [fmt.utc(ns).removesuffix(" UTC") for ns in values]


def column(name: str, meaning: str, unit: str = "", type: ColumnType | None = None) -> Column:
    """A column of what is taken away; any cell may be absent."""
    kind = type or ColumnType.FLOAT
    return Column(name=name, meaning=meaning, unit=unit, type=kind, is_optional=True)


FEW = 40
"""Points of a line that are marked one by one."""
