"""What a sweep says: summary, heatmap, families of lines, Pareto front, extremes.

    Pareto front           = points that no other point beats in cost and in risk at once

A point that trades at once carries no timing risk, so its risk counts as zero here where the
volatility is known. Axes with more than BINS values are cut into bins of equally many values.
Refused points are left out of every number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.sweeps.query import Filter, Order, Question
from engine.sweeps.results import Results
from market.errors import OrderError

How = Literal["mean", "min", "max", "median", "count"]
AGGREGATES: dict[How, str] = {
    "mean": "avg({})",
    "min": "min({})",
    "max": "max({})",
    "median": "median({})",
    "count": "count({})",
}
BINS = 60
FAMILIES = 20
FRONT = 500
FIRST_MEASURE = "total_bps"
RISK = (
    "CASE WHEN risk_bps IS NULL AND sigma_used IS NOT NULL AND total_bps IS NOT NULL "
    "THEN 0.0 ELSE risk_bps END"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One measure over all points that have it."""

    measure: str
    count: int
    absent: int
    mean: float | None
    deviation: float | None
    low: float | None
    p5: float | None
    median: float | None
    p95: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heatmap:
    """One number for every pair of values of two axes."""

    x: tuple[Any, ...]
    y: tuple[Any, ...]
    cells: tuple[tuple[float | None, ...], ...]
    """by y, then x; None where no point has a number"""


@dataclass(frozen=True, slots=True)
class Family:
    """One line."""

    name: Any
    x: tuple[Any, ...]
    y: tuple[float | None, ...]


def axes(results: Results) -> tuple[str, ...]:
    """Columns that were declared, in order: state, market, and every axis."""
    names = results.columns
    return names[1 : names.index(FIRST_MEASURE)]


def measures(results: Results) -> tuple[str, ...]:
    """Numeric columns that were computed."""
    names = results.columns
    return names[names.index(FIRST_MEASURE) : names.index("left_out")]


def summary(
    results: Results, filters: Sequence[Filter] = (), names: Sequence[str] = ()
) -> tuple[Summary, ...]:
    """The named measures, or those that are costs or risks, in one pass."""
    ask = results.question()
    clause, values = ask.where(filters)
    names = names or [n for n in measures(results) if n.endswith("_bps") or n == "total_quote"]
    parts = ", ".join(
        f"count({n}), count(*) - count({n}), avg({n}), stddev_pop({n}), min({n}), "
        f"quantile_cont({n}, [0.05, 0.5, 0.95]), max({n})"
        for n in map(ask.name, names)
    )
    row = ask.ask(f"SELECT {parts} FROM points{clause}", values)[0]
    found = []
    for i, name in enumerate(names):
        count, absent, mean, deviation, low, middle, high = row[7 * i : 7 * i + 7]
        p5, median, p95 = middle or (None, None, None)
        found.append(
            Summary(
                measure=name,
                count=count,
                absent=absent,
                mean=mean,
                deviation=deviation,
                low=low,
                p5=p5,
                median=median,
                p95=p95,
                high=high,
            )
        )
    return tuple(found)


def heatmap(
    results: Results,
    x: str,
    y: str,
    measure: str,
    how: How = "mean",
    filters: Sequence[Filter] = (),
) -> Heatmap:
    """The measure over two axes, the others summed up."""
    if x == y:
        raise OrderError("y", "is the same axis as x", "another axis")
    rows = _grouped(results, (x, y), measure, how, filters)
    xs, ys = (sorted({row[i] for row in rows}) for i in (0, 1))
    found = {(row[0], row[1]): row[2] for row in rows}
    cells = tuple(tuple(found.get((a, b)) for a in xs) for b in ys)
    return Heatmap(x=tuple(xs), y=tuple(ys), cells=cells)


def lines(
    results: Results,
    x: str,
    by: str,
    measure: str,
    how: How = "mean",
    filters: Sequence[Filter] = (),
) -> tuple[Family, ...]:
    """One line over x for every value of another axis; at most FAMILIES."""
    found = heatmap(results, x, by, measure, how, filters)
    if len(found.y) > FAMILIES:
        raise OrderError("by", f"{by} has {len(found.y)} values", f"at most {FAMILIES} lines")
    return tuple(Family(name, found.x, row) for name, row in zip(found.y, found.cells, strict=True))


def pareto(results: Results, filters: Sequence[Filter] = ()) -> list[dict[str, Any]]:
    """Points that none beats in total cost and timing risk, cheapest first."""
    ask = results.question()
    clause, values = ask.where(filters)
    sql = f"""
        WITH priced AS (
            SELECT point, total_bps, {RISK} AS risk FROM points{clause}
        ), ranked AS (
            SELECT *, min(risk) OVER (
                ORDER BY total_bps, risk, point ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS before FROM priced WHERE total_bps IS NOT NULL AND risk IS NOT NULL
        )
        SELECT point, risk FROM ranked WHERE before IS NULL OR risk < before
        ORDER BY total_bps, risk LIMIT {FRONT}
    """
    front = ask.ask(sql, values)
    rows = ask.at([int(point) for point, _ in front])
    return [{**row, "risk": risk} for row, (_, risk) in zip(rows, front, strict=True)]


def extremes(
    results: Results, measure: str, number: int = 10, filters: Sequence[Filter] = ()
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(the lowest, the highest) points by a measure."""
    there = [*filters, Filter(measure, "is not null")]
    best = results.page(0, number, filters=there, order=[Order(measure)])
    worst = results.page(0, number, filters=there, order=[Order(measure, is_descending=True)])
    return best, worst


def _grouped(
    results: Results, by: Sequence[str], measure: str, how: How, filters: Sequence[Filter]
) -> list[tuple[Any, ...]]:
    """(value of each axis, number) rows."""
    if how not in AGGREGATES:
        raise OrderError("how", f"no {how!r}", ", ".join(AGGREGATES))
    ask = results.question()
    clause, values = ask.where(filters)
    counts = ", ".join(f"count(DISTINCT {ask.name(axis)})" for axis in by)
    distinct = ask.ask(f"SELECT {counts} FROM points{clause}", values)[0]
    keys = [group_key(ask, axis, count) for axis, count in zip(by, distinct, strict=True)]
    middles = [
        f"k{i}" if count <= BINS else f"avg(a{i}) OVER (PARTITION BY k{i})"
        for i, count in enumerate(distinct)
    ]
    inner = ", ".join(f"{key} AS k{i}" for i, key in enumerate(keys))
    plain = ", ".join(f"{ask.name(axis)} AS a{i}" for i, axis in enumerate(by))
    sql = f"""
        SELECT {", ".join(f"x{i}" for i in range(len(by)))}, {AGGREGATES[how].format("value")}
        FROM (SELECT value, {", ".join(f"{m} AS x{i}" for i, m in enumerate(middles))} FROM (
            SELECT {ask.name(measure)} AS value, {inner}, {plain} FROM points{clause}))
        GROUP BY ALL ORDER BY ALL
    """
    return ask.ask(sql, values)


def group_key(ask: Question, axis: str, distinct: int) -> str:
    """What rows are grouped by: the value, or one of BINS bins of neighbouring values."""
    name = ask.name(axis)
    if distinct <= BINS:
        return name
    return f"((dense_rank() OVER (ORDER BY {name}) - 1) * {BINS} // {int(distinct)})"
