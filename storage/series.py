"""Cost series: what watched tickets cost, sampled while somebody looks at them.

A series is one order on one market priced in one way; its key is made from all of that, so that
two ways of pricing never share a line in a plot. Samples are telemetry: they wait in memory until
`flush`, and a crash loses what came since the last one.
"""

from collections import deque
from dataclasses import asdict, dataclass
from enum import Enum
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select

from market.instrument import Side
from market.order import Unit
from market.trust import Grade
from models.base import CostEstimate, CostKind, MarketState, Source
from storage.database import Database
from storage.errors import NotStorable
from storage.export_series import series_table
from storage.export_table import ExportTable
from storage.history import KINDS, finite
from storage.tables import COST_SAMPLES

MOST_WAITING = 10_000
"""Samples kept in memory while the database does not take them; the oldest go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSample:
    """One moment of a series. Costs in bps of arrival notional, positive = the trader pays."""

    ns: int
    """When the state was made (UTC)."""
    series: str
    source: Source
    venue: str
    venue_symbol: str
    symbol: str
    side: Side
    amount: float
    """As typed, in `unit`."""
    unit: Unit
    style: str
    recipe: str
    filled_base: float
    notional_quote: float
    total_bps: float
    low_bps: float
    high_bps: float
    spread_bps: float | None
    """This and the other parts: None where the recipe has no such part in its total."""
    depth_bps: float | None
    slippage_bps: float | None
    temporary_impact_bps: float | None
    permanent_impact_bps: float | None
    impact_bps: float | None
    fees_bps: float | None
    opportunity_bps: float | None
    mid: float
    quoted_spread_bps: float
    """Best ask minus best bid, of the mid."""
    sigma_day: float | None
    """As measured; None while there is not enough data."""
    trust_grade: Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSummary:
    """One series as a list shows it."""

    last: CostSample
    first_ns: int
    count: int


def series_key(estimate: CostEstimate) -> str:
    """Sixteen hex digits that stand for the market, the order and the way it is priced."""
    request, instrument = estimate.request, estimate.instrument
    parts = (
        estimate.source.value,
        instrument.venue,
        instrument.venue_symbol,
        request.order.side.value,
        float(request.order.amount),
        request.order.unit.value,
        request.recipe,
        request.style,
        request.depth_policy,
        request.tier.name if request.tier else None,
        (request.tier.maker_bps, request.tier.taker_bps) if request.tier else None,
        request.sigma_day,
        dict(request.parameters),
        *filter(None, [request.impact]),
    )
    text = msgspec.json.encode(parts, order="sorted")
    return sha256(text).hexdigest()[:16]


def sample_of(estimate: CostEstimate, state: MarketState) -> CostSample:
    """An estimate and its state as one moment of a series; NotStorable where a number is none."""
    if state.book is None or state.book.mid <= 0:
        raise NotStorable("A cost without a priced book is no sample.")
    instrument, order, fill = estimate.instrument, estimate.request.order, estimate.fill
    parts = {f"{kind}_bps": estimate.component(kind) for kind in CostKind}
    sample = CostSample(
        ns=int(estimate.as_of_ns),
        series=series_key(estimate),
        source=estimate.source,
        venue=instrument.venue,
        venue_symbol=instrument.venue_symbol,
        symbol=instrument.symbol,
        side=order.side,
        amount=float(order.amount),
        unit=order.unit,
        style=estimate.request.style,
        recipe=estimate.request.recipe,
        filled_base=fill.filled,
        notional_quote=fill.notional,
        total_bps=estimate.total_bps,
        low_bps=estimate.low_bps,
        high_bps=estimate.high_bps,
        **{name: part.bps if part and part.is_in_total else None for name, part in parts.items()},
        mid=fill.mid,
        quoted_spread_bps=2 * state.book.half_spread_bps,
        sigma_day=state.sigma_day,
        trust_grade=estimate.trust.grade,
    )
    row_of_sample(sample)
    return sample


def row_of_sample(sample: CostSample) -> dict[str, Any]:
    """A sample as a row that has no id yet; NotStorable when a number is not finite."""
    values = asdict(sample).items()
    return {n: finite(n, v.value if isinstance(v, Enum) else v) for n, v in values}


class CostSeries:
    """The samples of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[CostSample] = deque(maxlen=MOST_WAITING)
        self.n_dropped = 0
        """Samples that were given up because the database did not take them for long."""

    def add(self, sample: CostSample) -> None:
        """Keep a sample for the next `flush`; never waits and never fails."""
        self.n_dropped += len(self._waiting) == MOST_WAITING
        self._waiting.append(sample)

    async def flush(self) -> int:
        """Write what waits, all in one commit; when that fails it waits on, and the error says so.

        How many were written.
        """
        samples = list(self._waiting)
        if not samples:
            return 0
        self._waiting.clear()
        rows = [row_of_sample(sample) for sample in samples]
        try:
            await self._database.write(lambda c: _insert(c, rows))
        except BaseException:
            kept = [*samples, *self._waiting]
            self.n_dropped += max(0, len(kept) - MOST_WAITING)
            self._waiting.clear()
            self._waiting.extend(kept)
            raise
        return len(samples)

    def table(self, series: str | None = None) -> ExportTable:
        """One series, or all, as a table to take away."""
        return series_table(self._database, series)

    async def summaries(self, most: int = 200) -> tuple[SeriesSummary, ...]:
        """The series there are, the one that moved last first."""
        return await self._database.read(lambda c: _summaries(c, most))

    async def samples(self, series: str, most: int = 5_000) -> tuple[CostSample, ...]:
        """The newest of one series, oldest first."""
        column = COST_SAMPLES.c
        query = select(*_FIELDS).where(column.series == series).order_by(column.ns.desc())
        found = await self._database.read(
            lambda c: [_sample(row) for row in c.execute(query.limit(most)).mappings()]
        )
        return tuple(found[::-1])

    async def count(self, series: str | None = None) -> int:
        """How many samples there are."""
        query = select(func.count()).select_from(COST_SAMPLES)
        if series is not None:
            query = query.where(COST_SAMPLES.c.series == series)
        return await self._database.read(lambda c: int(c.execute(query).scalar_one()))


_FIELDS = tuple(column for column in COST_SAMPLES.columns if column.name != "id")


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(COST_SAMPLES), rows)


def _summaries(connection: Connection, most: int) -> tuple[SeriesSummary, ...]:
    column = COST_SAMPLES.c
    last = func.max(column.ns)
    grouped = (
        select(column.series, func.min(column.ns), last, func.count())
        .group_by(column.series)
        .order_by(last.desc())
        .limit(most)
    )
    found = []
    for series, first_ns, last_ns, count in connection.execute(grouped).all():
        query = select(*_FIELDS).where(column.series == series, column.ns == last_ns).limit(1)
        row = connection.execute(query).mappings().one()
        found.append(SeriesSummary(last=_sample(row), first_ns=first_ns, count=count))
    return tuple(found)


def _sample(row: Any) -> CostSample:
    values = dict(row)
    for name, kind in KINDS:
        values[name] = kind(values[name])
    return CostSample(**values)
