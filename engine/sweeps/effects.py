"""What drives the cost in a sweep, and how two sweeps differ.

    main effect of an axis = Var(E[measure | axis]) / Var(measure)          share, 0..1

Axes with more than BINS values are cut into bins of equally many values.
Source: variance decomposition (Sobol 1993, first-order indices) on the points as declared.
Wrong when: axes are sampled unevenly; interactions belong to no single axis. Refused points are
left out.
Example: cost = size + noise with equal variances: the effect of size is one half.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.sweeps.analysis import axes, group_key
from engine.sweeps.query import Filter
from engine.sweeps.results import Results
from market.errors import OrderError


@dataclass(frozen=True, slots=True)
class Effect:
    """How much of the spread of a measure one axis explains."""

    axis: str
    share: float
    low: float
    """mean of the measure at the cheapest value of the axis"""
    high: float


def sensitivity(
    results: Results, measure: str, filters: Sequence[Filter] = ()
) -> tuple[Effect, ...]:
    """Every axis by what it explains of the measure, the most first."""
    ask = results.question()
    column = ask.name(measure)
    clause, values = ask.where([*filters, Filter(measure, "is not null")])
    varies = [axis for axis in axes(results) if axis not in ("market", "as_of_ns")]
    counts = ", ".join(f"count(DISTINCT {ask.name(axis)})" for axis in varies)
    spread = f"SELECT var_pop({column}), avg({column}), {counts} FROM points{clause}"
    whole, mean, *distinct = ask.ask(spread, values)[0]
    if not whole:
        return ()
    found = []
    for axis, count in zip(varies, distinct, strict=True):
        if count < 2:
            continue
        key = group_key(ask, axis, count)
        sql = f"""
            SELECT sum(n * (m - ?) * (m - ?)) / sum(n), min(m), max(m) FROM (
                SELECT count(*) AS n, avg(value) AS m FROM (
                    SELECT {column} AS value, {key} AS k FROM points{clause}) GROUP BY k)
        """
        explained, low, high = ask.ask(sql, [mean, mean, *values])[0]
        found.append(Effect(axis, min(1.0, explained / whole), low, high))
    return tuple(sorted(found, key=lambda effect: -effect.share))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One measure in two runs, at the points both have; state by state averaged."""

    matched: int
    """combinations of the axes that both runs have"""
    axes: tuple[str, ...]
    mean_first: float | None
    mean_second: float | None
    mean_change: float | None
    """second minus first"""
    low_change: float | None
    high_change: float | None
    largest: tuple[dict[str, Any], ...]
    """combinations with the largest change"""


def compare(first: Results, second: Results, measure: str, number: int = 20) -> Comparison:
    """Match two runs by the axes they share, their states averaged."""
    own = ("state", "market", "as_of_ns")
    shared = tuple(a for a in axes(first) if a in axes(second) and a not in own)
    if not shared:
        raise OrderError("sweeps", "share no axis", "two runs with a common axis")
    ask, other = first.question(), second.question()
    keys, value = [ask.name(a) for a in shared], ask.name(measure)
    other.name(measure)
    files = "SELECT {}, avg({}) AS m FROM read_parquet(?) WHERE {} IS NOT NULL GROUP BY ALL"
    part = files.format(", ".join(keys), value, value)
    joined = f"SELECT *, b.m - a.m AS change FROM ({part}) a JOIN ({part}) b USING "
    joined += f"({', '.join(keys)})"
    values = [list(first.files), list(second.files)]
    totals = (
        f"SELECT count(*), avg(m), avg(m_1), avg(change), min(change), max(change) FROM ({joined})"
    )
    matched, *numbers = ask.ask(totals, values)[0]
    top = ask.ask(
        f"SELECT {', '.join(keys)}, m, m_1, change FROM ({joined}) "
        f"ORDER BY abs(change) DESC, {', '.join(keys)} LIMIT {int(number)}",
        values,
    )
    names = (*shared, "first", "second", "change")
    mean_first, mean_second, mean_change, low, high = numbers
    return Comparison(
        matched=matched,
        axes=shared,
        mean_first=mean_first,
        mean_second=mean_second,
        mean_change=mean_change,
        low_change=low,
        high_change=high,
        largest=tuple(dict(zip(names, row, strict=True)) for row in top),
    )
