"""Plots of the Analysis page: costs as they were, and where they came from."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from models.scoring.words import bucket_label
from storage.analysis_asked import Cell, Group, Span
from webapp import format as fmt
from webapp.components.study_plot import Study
from webapp.frames.studies import (
    COLORS,
    INT,
    TEXT,
    TIME,
    bars,
    column,
    layout,
    line,
    moments,
    short,
)

HOURS = 24
TOTALS = (
    column("rows", "costs that were averaged", type=INT),
    column("mean_bps", "mean total cost", "bps"),
    column("low_bps", "least", "bps"),
    column("high_bps", "greatest", "bps"),
)


def over_time(groups: Sequence[Group], span: Span) -> Study | None:
    """Mean cost by slot of time, a line a market; a slot without a row is a gap."""
    if not groups:
        return None
    lines = []
    markets = list(dict.fromkeys((group.venue, group.symbol) for group in groups))
    for market, color in zip(markets, COLORS, strict=False):
        mine = [group for group in groups if (group.venue, group.symbol) == market]
        longest = LONGEST_GAP * median(b.at - a.at for a, b in pairwise(mine)) if mine[1:] else 0
        x: list[str] = []
        y: list[float | None] = []
        for i, group in enumerate(mine):
            if i and group.at - mine[i - 1].at > longest:
                x.append(x[-1])
                y.append(None)
            x.append(moments([span.first_ns + group.at * span.step_ns])[0])
            y.append(fmt.sketched(group.mean))
        lines.append(line(" ".join(market), x, y, color))
    return Study(
        name="cost-over-time",
        meaning="mean total cost by slot of time and market",
        figure={"data": lines, "layout": layout("time, UTC", "mean total cost, bps")},
        columns=(
            column("utc", "when the slot begins", "UTC", TIME),
            column("venue", "the venue", type=TEXT),
            column("instrument", "as the venue spells it", type=TEXT),
            *TOTALS,
        ),
        rows=[
            (span.first_ns + g.at * span.step_ns, g.venue, g.symbol, *_totals(g)) for g in groups
        ],
    )


def costs(cells: Sequence[Cell]) -> Study | None:
    """How often which total cost."""
    return _distribution(
        cells, ("costs",), ("$accent",), "cost-distribution", "total cost, bps", "number of costs"
    )


def slippage(cells: Sequence[Cell], delay: str) -> Study | None:
    """How often which slippage of probe orders: when asked, and after the delay."""
    if delay == "now":
        cells = [Cell(cell.low, cell.high, cell.counts[1:]) for cell in cells]
        names: tuple[str, ...] = ("now",)
    else:
        names = ("when asked", f"{delay} later")
    return _distribution(
        cells,
        names,
        ("$muted", "$accent")[-len(names) :],
        "slippage-distribution",
        "slippage, bps",
        "number of probe orders",
    )


def _distribution(
    cells: Sequence[Cell],
    names: tuple[str, ...],
    colors: tuple[str, ...],
    name: str,
    across: str,
    up: str,
) -> Study | None:
    if not cells:
        return None
    middles = short([(cell.low + cell.high) / 2 for cell in cells])
    data = [
        bars(label, middles, [cell.counts[i] for cell in cells], color, opacity=0.75)
        for i, (label, color) in enumerate(zip(names, colors, strict=True))
    ]
    return Study(
        name=name,
        meaning=f"{up} by {across}",
        figure={
            "data": data,
            "layout": layout(across, up, bargap=0.05, barmode="overlay", showlegend=len(names) > 1),
        },
        columns=(
            column("from_bps", "lower end of the class", "bps"),
            column("to_bps", "upper end of the class", "bps"),
            *(column(f"n_{i}", label, type=INT) for i, label in enumerate(names)),
        ),
        rows=[(cell.low, cell.high, *cell.counts) for cell in cells],
    )


def by_hour(groups: Sequence[Group]) -> Study | None:
    """Mean cost by hour of the day."""
    if not groups:
        return None
    means = {group.at: group.mean for group in groups}
    texts = {group.at: f"{fmt.count(group.rows)} costs" for group in groups}
    hours = list(range(HOURS))
    y = short([means.get(hour) for hour in hours])
    data = [bars("mean", hours, y, "$accent", text=[texts.get(hour, "") for hour in hours])]
    data[0] |= {"hovertemplate": "%{x} h: %{y} bps, %{text}<extra></extra>", "textposition": "none"}
    return Study(
        name="cost-by-hour",
        meaning="mean total cost by hour of the day",
        figure={
            "data": data,
            "layout": layout(
                "hour of the day, UTC", "mean total cost, bps", showlegend=False, bargap=0.15
            ),
        },
        columns=(column("hour", "of the day, UTC", "h", INT), *TOTALS),
        rows=[(group.at, *_totals(group)) for group in groups],
    )


def by_size(groups: Sequence[Group]) -> Study | None:
    """Mean cost by decade of the amount, with the least and the greatest."""
    if not groups:
        return None
    labels = [decade(group.at) for group in groups]
    return Study(
        name="cost-by-size",
        meaning="mean total cost by decade of the amount",
        figure=_spread(labels, groups, "order, quote"),
        columns=(
            column("decade", "10 to this power, and up to ten times that", type=INT),
            *TOTALS,
        ),
        rows=[(group.at, *_totals(group)) for group in groups],
    )


def by_market(groups: Sequence[Group]) -> Study | None:
    """Mean cost by venue and instrument, those with most rows."""
    if not groups:
        return None
    shown = groups[:MOST_BARS]
    labels = [f"{group.venue} {group.symbol}" for group in shown]
    return Study(
        name="cost-by-venue",
        meaning="mean total cost by venue and instrument",
        figure=_spread(labels, shown, "venue and instrument"),
        columns=(
            column("venue", "the venue", type=TEXT),
            column("instrument", "as the venue spells it", type=TEXT),
            *TOTALS,
        ),
        rows=[(group.venue, group.symbol, *_totals(group)) for group in groups],
    )


def _spread(labels: list[str], groups: Sequence[Group], across: str) -> dict[str, Any]:
    """Bars of means, each with a line from the least to the greatest."""
    ends = {
        "type": "data",
        "symmetric": False,
        "array": short([group.high - group.mean for group in groups]),
        "arrayminus": short([group.mean - group.low for group in groups]),
        "color": "$muted",
        "thickness": 1,
        "width": 4,
    }
    y = short([group.mean for group in groups])
    texts = [f"{fmt.count(group.rows)} costs" for group in groups]
    bar = bars("mean, least and greatest", labels, y, "$accent", error_y=ends, text=texts)
    bar |= {"textposition": "none", "hovertemplate": "%{x}: %{y} bps, %{text}<extra></extra>"}
    if len(labels) < FEW_BARS:
        bar["width"] = 0.3
    more = {"showlegend": False, "bargap": 0.4, "xaxis": {"type": "category"}}
    return {"data": [bar], "layout": layout(across, "mean total cost, bps", **more)}


def decade(at: int) -> str:
    """1k to 10k."""
    return bucket_label(at, "").strip()


def _totals(group: Group) -> tuple[int, float, float, float]:
    return group.rows, group.mean, group.low, group.high


LONGEST_GAP = 3
"""Usual steps from which a line is broken."""
MOST_BARS, FEW_BARS = 20, 4
