"""What the History page shows: rows, points, counts by class, differences of two."""

import math
from collections.abc import Sequence
from typing import Any

from storage.history import Line, SavedEstimate
from storage.history_search import Point
from storage.series import CostSample, SeriesSummary
from webapp import format as fmt
from webapp.frames.rows import NUMBER, Head, Row

HEADS = (
    ("No.", NUMBER, "id"),
    ("Saved, UTC", "", "created_ns"),
    ("Source", "", "source"),
    ("Instrument", "", "venue_symbol"),
    ("Side", "", "side"),
    ("Type", "", "style"),
    ("Order", NUMBER, "notional_quote"),
    ("Average price", NUMBER, "average_price"),
    ("Total, bps", NUMBER, "total_bps"),
    ("Cost", NUMBER, "total_quote"),
    ("Tags and note", "", ""),
)
CLASSES = 24
SIDES = {"buy": ("Buy", "bid", "circle"), "sell": ("Sell", "ask", "triangle")}


def row(line: Line) -> dict[str, Any]:
    """One line of the table."""
    saved, quote = line.saved, quote_of(line.saved)
    filled = f"{fmt.significant(saved.filled_base)} base filled"
    cells = (
        (str(saved.id), "", ""),
        (fmt.utc(saved.created_ns).removesuffix(" UTC"), "", ""),
        (saved.source.value, f"fm-pill is-{saved.source.value}", ""),
        (saved.venue_symbol, "", saved.venue),
        (saved.side.value, f"is-{saved.side.value}-text", ""),
        (saved.style, "", saved.recipe),
        (f"{fmt.significant(saved.amount)} {saved.unit.value}", "", filled),
        (fmt.significant(saved.average_price), "", ""),
        (fmt.bps(saved.total_bps), "", fmt.band(saved.low_bps, saved.high_bps)),
        (f"{fmt.amount(saved.total_quote)} {quote}", "", ""),
    )
    return {
        "id": saved.id,
        "cells": [list(cell) for cell in cells],
        "tags": list(line.marks.tags),
        "note": line.marks.note,
    }


def quote_of(saved: SavedEstimate) -> str:
    """The currency of its money."""
    return saved.symbol.partition(":")[0].partition("/")[2]


def over_time(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Total cost against time, a series a side; each point carries its number."""
    return [
        {
            "label": label,
            "color": color,
            "symbol": symbol,
            "type": "scatter",
            "data": [
                {
                    "value": [
                        fmt.milliseconds_since_1970(point.created_ns),
                        fmt.plotted(point.total_bps),
                    ],
                    "id": point.id,
                }
                for point in points
                if point.side == side
            ],
        }
        for side, (label, color, symbol) in SIDES.items()
    ]


def distribution(points: Sequence[Point]) -> list[dict[str, Any]]:
    """How many estimates fall into each class of total cost, a series a side.

    Classes lie between the 1st and the 99th per cent; what lies outside is in the end classes.
    """
    values = sorted(point.total_bps for point in points)
    if not values:
        return []
    low, high = values[len(values) // 100], values[-1 - len(values) // 100]
    width = (high - low) / CLASSES if high > low else 1.0
    ends = [fmt.bps(low + width * (i + 0.5)) for i in range(CLASSES)]
    series = []
    for side, (label, color, _) in SIDES.items():
        counts = [0] * CLASSES
        for point in points:
            if point.side == side:
                at = math.floor((point.total_bps - low) / width)
                counts[max(0, min(CLASSES - 1, at))] += 1
        series.append({"label": label, "color": color, "type": "bar", "data": counts, "ends": ends})
    return series


def series_over_time(samples: Sequence[CostSample], gap_ns: int) -> list[dict[str, Any]]:
    """Total and band of a cost series; a pause longer than `gap_ns` is a hole in the line."""
    lines: dict[str, list[Any]] = {"Total": [], "Low": [], "High": []}
    before: int | None = None
    for sample in samples:
        ms = fmt.milliseconds_since_1970(sample.ns)
        if before is not None and sample.ns - before > gap_ns:
            for data in lines.values():
                data.append([ms, None])
        values = (sample.total_bps, sample.low_bps, sample.high_bps)
        for data, value in zip(lines.values(), values, strict=True):
            data.append([ms, fmt.plotted(value)])
        before = sample.ns
    return [
        {
            "label": label,
            "color": "accent",
            "type": "line",
            "quiet": label != "Total",
            "data": data,
        }
        for label, data in lines.items()
    ]


SAMPLE_HEADS: tuple[Head, ...] = (
    ("Time, UTC", ""),
    ("Total, bps", NUMBER),
    ("Low … high", NUMBER),
    ("Mid", NUMBER),
    ("Spread, bps", NUMBER),
    ("Volatility /day", NUMBER),
    ("Trust", ""),
)


def sample_rows(samples: Sequence[CostSample], most: int) -> list[Row]:
    """The newest samples, newest first."""
    return [
        (
            str(sample.ns),
            (
                (fmt.utc(sample.ns).removesuffix(" UTC"), "", ""),
                (fmt.bps(sample.total_bps), "", ""),
                (fmt.band(sample.low_bps, sample.high_bps), "", ""),
                (fmt.significant(sample.mid), "", ""),
                (fmt.bps(sample.quoted_spread_bps), "", ""),
                (fmt.percent(sample.sigma_day, 2), "", ""),
                (sample.trust_grade.name.lower(), f"is-{sample.trust_grade.name.lower()}", ""),
            ),
            (),
        )
        for sample in samples[: -most - 1 : -1]
    ]


def series_label(summary: SeriesSummary) -> str:
    """One series in a list."""
    last = summary.last
    order = f"{last.side.value} {fmt.significant(last.amount)} {last.unit.value}"
    where = f"{last.source.value} {last.venue} {last.venue_symbol}"
    return f"{where} · {order} · {last.style}, {last.recipe} · {fmt.count(summary.count)} samples"
