"""What happened over time, for plots: the database counts and averages, a page gets few numbers.

A question names one source: live, demo and replay are never mixed. Every answer has a bounded
number of rows, whatever the history holds. Standard SQL only, so that PostgreSQL answers the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select

from storage.analysis_asked import COSTS, STEPS, Asked, Cell, ErrorPoint, Group, Place, Span
from storage.database import Database
from storage.learning_tables import LABELS, MODEL_METRICS
from storage.tables import COST_SAMPLES, ESTIMATES

NS_PER_HOUR: Final = 3_600_000_000_000
CLASSES: Final = 40
"""Of a distribution."""
DECADES: Final = tuple(range(-2, 10))
MOST_LINES: Final = 8
"""Markets or models in one plot over time."""
MOST_GROUPS: Final = 50
MOST_POINTS: Final = 3_000
"""Of a cloud: the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Of one database. Every method raises StorageError with a text for the user."""

    database: Database

    async def places(self) -> tuple[Place, ...]:
        """Every market that costs, labels or marks are kept of."""
        return await self.database.read(_places)

    async def delays(self, source: str) -> tuple[int, ...]:
        """Delays (ns) that labels or marks of a source are kept of."""
        return await self.database.read(lambda c: _delays(c, source))

    async def span(self, asked: Asked) -> Span | None:
        """How far the costs reach; None without any."""
        return await self.database.read(lambda c: _span(c, asked))

    async def over_time(self, asked: Asked, span: Span) -> tuple[Group, ...]:
        """Costs by slot of time, of the markets with most rows; slots are those of `span`."""
        table, ns = COSTS[asked.costs]
        column = table.c
        most = (await self.by_market(asked))[:MOST_LINES]
        shown = or_(*(and_(column.venue == m.venue, column.venue_symbol == m.symbol) for m in most))
        slot = (ns - span.first_ns) // span.step_ns
        most_groups = (STEPS + 1) * MOST_LINES
        return await self._groups(_grouped(asked, slot, shown, by_market=True, most=most_groups))

    async def by_hour(self, asked: Asked) -> tuple[Group, ...]:
        """Costs by hour of the day (UTC)."""
        _, ns = COSTS[asked.costs]
        return await self._groups(_grouped(asked, ns // NS_PER_HOUR % 24))

    async def by_size(self, asked: Asked) -> tuple[Group, ...]:
        """Costs by decade of the amount: 3 holds 1,000 to 9,999 of the quote currency."""
        table, _ = COSTS[asked.costs]
        amount = table.c.notional_quote
        steps = [(amount < 10.0 ** (decade + 1), decade) for decade in DECADES]
        return await self._groups(_grouped(asked, case(*steps, else_=DECADES[-1] + 1)))

    async def by_market(self, asked: Asked) -> tuple[Group, ...]:
        """Costs by venue and instrument, those with most rows first."""
        found = await self._groups(_grouped(asked, None, by_market=True))
        return tuple(sorted(found, key=lambda group: -group.rows))

    async def costs(self, asked: Asked) -> tuple[Cell, ...]:
        """How often which total cost."""
        table, _ = COSTS[asked.costs]
        query = select(table.c.total_bps).where(*asked.of_costs())
        return await self.database.read(lambda c: _cells(c, query))

    async def slippage(self, asked: Asked, delay_ns: int) -> tuple[Cell, ...]:
        """How often which slippage of probe orders: when asked, and after the delay."""
        query = select(LABELS.c.walk_bps, LABELS.c.label_bps).where(*asked.of_labels(delay_ns))
        return await self.database.read(lambda c: _cells(c, query))

    async def cloud(
        self, asked: Asked, delay_ns: int, feature: str
    ) -> tuple[tuple[float, float, str], ...]:
        """(feature, slippage after the delay in bps, side) of the newest labels, newest first."""
        t = LABELS.c
        query = (
            select(t[feature], t.label_bps, t.side)
            .where(*asked.of_labels(delay_ns))
            .order_by(t.ns.desc())
            .limit(MOST_POINTS)
        )
        return await self.database.read(
            lambda c: tuple((float(x), float(y), str(side)) for x, y, side in c.execute(query))
        )

    async def errors(self, asked: Asked, delay_ns: int) -> tuple[ErrorPoint, ...]:
        """Marks of all sizes together, over time, by model."""
        return await self.database.read(lambda c: _errors(c, asked, delay_ns))

    async def _groups(self, query: Select[Any]) -> tuple[Group, ...]:
        rows = await self.database.read(lambda c: c.execute(query).all())
        return tuple(
            Group(int(at), venue, symbol, int(rows), float(mean), float(low), float(high))
            for at, venue, symbol, rows, mean, low, high in rows
        )


def _grouped(
    asked: Asked,
    at: ColumnElement[Any] | None,
    *conditions: ColumnElement[bool],
    by_market: bool = False,
    most: int = MOST_GROUPS,
) -> Select[Any]:
    """Counts and means of costs. The keys are named in a query of their own, since PostgreSQL
    does not see that an expression with parameters is the one that it groups by.
    """
    column = COSTS[asked.costs][0].c
    rows = (
        select(
            (literal(0) if at is None else at).label("at"),
            (column.venue if by_market else literal("")).label("venue"),
            (column.venue_symbol if by_market else literal("")).label("symbol"),
            column.total_bps.label("total"),
        )
        .where(*asked.of_costs(), *conditions)
        .subquery()
    )
    keys, total = (rows.c.at, rows.c.venue, rows.c.symbol), rows.c.total
    return (
        select(*keys, func.count(), func.avg(total), func.min(total), func.max(total))
        .group_by(*keys)
        .order_by(*keys)
        .limit(most)
    )


def _places(connection: Connection) -> tuple[Place, ...]:
    found: set[Place] = set()
    for table in (COST_SAMPLES, ESTIMATES, LABELS, MODEL_METRICS):
        column = table.c
        query = select(column.source, column.venue, column.venue_symbol).distinct()
        found.update(Place(*row) for row in connection.execute(query.limit(1_000)))
    return tuple(sorted(found))


def _delays(connection: Connection, source: str) -> tuple[int, ...]:
    queries = (
        select(table.c.delay_ns).where(table.c.source == source).distinct()
        for table in (LABELS, MODEL_METRICS)
    )
    found = {int(d) for query in queries for d in connection.execute(query).scalars()}
    return tuple(sorted(found))


def _span(connection: Connection, asked: Asked) -> Span | None:
    _, ns = COSTS[asked.costs]
    query = select(func.min(ns), func.max(ns), func.count()).where(*asked.of_costs())
    first, last, rows = connection.execute(query).one()
    return Span(int(first), int(last), int(rows)) if rows else None


def _cells(connection: Connection, values: Select[Any]) -> tuple[Cell, ...]:
    """CLASSES of equal width between the least and the greatest value of all columns."""
    rows = values.subquery()
    columns = list(rows.c)
    ends = [end(column) for column in columns for end in (func.min, func.max)]
    found = [float(value) for value in connection.execute(select(*ends)).one() if value is not None]
    if not found:
        return ()
    low, high = min(found), max(found)
    width = (high - low) / CLASSES or 1.0
    edges = [low + width * i for i in range(CLASSES + 1)]
    sums = [
        func.sum(case((_is_in(column, edges, i), 1), else_=0))
        for column in columns
        for i in range(CLASSES)
    ]
    counts = [int(count) for count in connection.execute(select(*sums)).one()]
    return tuple(Cell(edges[i], edges[i + 1], tuple(counts[i::CLASSES])) for i in range(CLASSES))


def _is_in(column: ColumnElement[Any], edges: Sequence[float], i: int) -> ColumnElement[bool]:
    """The first class has no lower end and the last no upper one: rounding loses no value."""
    if i == 0:
        return column < edges[1]
    if i == CLASSES - 1:
        return column >= edges[i]
    return and_(column >= edges[i], column < edges[i + 1])


def _errors(connection: Connection, asked: Asked, delay_ns: int) -> tuple[ErrorPoint, ...]:
    t, wanted = MODEL_METRICS.c, asked.of_marks(delay_ns)
    ends = select(func.min(t.created_ns), func.max(t.created_ns), func.count()).where(*wanted)
    first, last, n = connection.execute(ends).one()
    if not n:
        return ()
    span = Span(int(first), int(last), int(n))
    slot = ((t.created_ns - span.first_ns) // span.step_ns).label("slot")
    rows = select(slot, t.model, t.mae, t.walk_mae, t.zero_mae).where(*wanted).subquery().c
    query = (
        select(rows.slot, rows.model, *(func.avg(rows[e]) for e in ("mae", "walk_mae", "zero_mae")))
        .group_by(rows.slot, rows.model)
        .order_by(rows.slot, rows.model)
        .limit((STEPS + 1) * MOST_LINES)
    )
    return tuple(
        ErrorPoint(span.first_ns + int(at) * span.step_ns, model, *map(float, values))
        for at, model, *values in connection.execute(query)
    )
