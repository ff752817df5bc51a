"""Questions to the chunk files of a run, in SQL whose only variable parts are checked names.

Values are DuckDB parameters; a column is one of the run's own, quoted, or refused by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from market.errors import OrderError

Comparison = Literal["=", "!=", "<", "<=", ">", ">=", "is null", "is not null"]
COMPARISONS: tuple[Comparison, ...] = ("=", "!=", "<", "<=", ">", ">=", "is null", "is not null")
THREADS = 1
"""More would leave the page less, and sums would depend on which of them is first."""
MEMORY = "1GB"


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows are kept where this holds."""

    column: str
    comparison: Comparison
    value: float | str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Rows are sorted by this; absent values come last."""

    column: str
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Builds and asks one query at a time."""

    files: tuple[str, ...]
    columns: tuple[str, ...]

    def name(self, column: str) -> str:
        """The column quoted for SQL, or OrderError naming those there are."""
        if column not in self.columns:
            raise OrderError("column", f"no {column!r}", ", ".join(self.columns))
        return '"' + column.replace('"', '""') + '"'

    def where(self, filters: Sequence[Filter]) -> tuple[str, list[Any]]:
        """(WHERE clause or nothing, its values)."""
        parts: list[str] = []
        values: list[Any] = []
        for one in filters:
            if one.comparison not in COMPARISONS:
                raise OrderError("filter", f"no {one.comparison!r}", ", ".join(COMPARISONS))
            parts.append(f"{self.name(one.column)} {one.comparison}")
            if "null" not in one.comparison:
                parts[-1] += " ?"
                values.append(one.value)
        return (" WHERE " + " AND ".join(parts) if parts else ""), values

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query over `points`, the relation of all files."""
        import duckdb

        config: dict[str, Any] = {"threads": THREADS, "memory_limit": MEMORY}
        with duckdb.connect(":memory:", config=config) as connection:
            try:
                points = connection.read_parquet(list(self.files))
                points.create_view("points")
                return connection.execute(sql, list(values)).fetchall()
            except duckdb.ConversionException as error:
                raise OrderError("filter", f"compares a number with a text: {error}") from None
            except duckdb.IOException:
                raise OrderError("sweep", "its files are gone", "open it again") from None

    def rows(
        self,
        offset: int,
        limit: int,
        columns: Sequence[str] = (),
        filters: Sequence[Filter] = (),
        order: Sequence[Order] = (),
    ) -> list[dict[str, Any]]:
        """Rows as dictionaries. Sorted by their keys alone; only the rows of the page are read."""
        clause, values = self.where(filters)
        keys = [
            f"{self.name(one.column)} {'DESC' if one.is_descending else 'ASC'} NULLS LAST"
            for one in order
        ]
        sql = (
            f"SELECT point FROM points{clause} ORDER BY {', '.join([*keys, 'point'])} "
            f"LIMIT {int(limit)} OFFSET {int(offset)}"
        )
        return self.at([int(row[0]) for row in self.ask(sql, values)], columns)

    def at(self, points: Sequence[int], columns: Sequence[str] = ()) -> list[dict[str, Any]]:
        """The rows of these points, in this order."""
        chosen = tuple(dict.fromkeys((*(columns or self.columns), "point")))
        if not points:
            return []
        names = ", ".join(self.name(column) for column in chosen)
        marks = ", ".join("?" * len(points))
        found = self.ask(f"SELECT {names} FROM points WHERE point IN ({marks})", points)
        rows = [dict(zip(chosen, row, strict=True)) for row in found]
        by_point = {row["point"]: row for row in rows}
        return [by_point[point] for point in points]

    def count(self, filters: Sequence[Filter] = ()) -> int:
        """Rows that pass the filters."""
        clause, values = self.where(filters)
        return int(self.ask(f"SELECT count(*) FROM points{clause}", values)[0][0])
