"""Marks of models, labels of probe orders and scores as tables that can be taken away."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table, func, select

from models.learning.probes import COLUMNS
from storage.database import Database
from storage.export_history import INT, TEXT, TIME
from storage.export_table import Column, ExportTable, Names, Row
from storage.learning_tables import LABELS, MODEL_METRICS
from storage.score_tables import SCORES

PAGE = 5_000
MARKET = (
    Column(name="source", meaning="live, demo or replay; never to be mixed", type=TEXT),
    Column(name="venue", meaning="the venue", type=TEXT),
    Column(name="venue_symbol", meaning="the instrument as the venue spells it", type=TEXT),
)
DELAY = Column(name="delay_ns", meaning="the order arrives that much later", type=INT, unit="ns")


def _maybe(name: str, meaning: str, unit: str = "") -> Column:
    return Column(name=name, meaning=meaning, unit=unit, is_optional=True)


METRIC_COLUMNS = (
    Column(name="utc", meaning="when it was marked", type=TIME, unit="UTC"),
    Column(name="created_ns", meaning="when it was marked", type=INT, unit="ns"),
    *MARKET,
    DELAY,
    Column(name="model", meaning="the model", type=TEXT),
    Column(name="is_champion", meaning="1 where its number was shown", type=INT),
    Column(
        name="bucket",
        meaning="size: about 10 to this power in quote; absent = all sizes",
        type=INT,
        is_optional=True,
    ),
    Column(name="n", meaning="labels predicted before they were known", type=INT),
    Column(name="mse", meaning="mean squared error", unit="bps^2"),
    Column(name="mae", meaning="mean absolute error", unit="bps"),
    _maybe("r2", "1 - mse / variance; of one size only"),
    Column(name="walk_mse", meaning="the same of the walk", unit="bps^2"),
    Column(name="walk_mae", meaning="the same of the walk", unit="bps"),
    Column(name="zero_mse", meaning="the same of zero change", unit="bps^2"),
    Column(name="zero_mae", meaning="the same of zero change", unit="bps"),
    Column(name="negative", meaning="predictions below zero", type=INT),
    Column(name="exact", meaning="labels that were just what was said", type=INT),
    Column(name="banded", meaning="labels that had a band", type=INT),
    _maybe("coverage", "share of them inside the 90 % band"),
    _maybe("width_bps", "mean width of the band", "bps"),
    _maybe("pinball", "mean pinball loss at 5 %, 50 %, 95 %", "bps"),
)
LABEL_COLUMNS = (
    Column(name="utc", meaning="when it was asked", type=TIME, unit="UTC"),
    Column(name="ns", meaning="when it was asked", type=INT, unit="ns"),
    *MARKET,
    DELAY,
    Column(name="side", meaning="buy or sell", type=TEXT),
    Column(name="bucket", meaning="size: about 10 to this power in quote", type=INT),
    Column(name="walk_bps", meaning="slippage on the book when asked", unit="bps"),
    Column(name="label_bps", meaning="slippage after the delay", unit="bps"),
    _maybe("low_bps", "lower end of the band shown", "bps"),
    _maybe("middle_bps", "prediction shown", "bps"),
    _maybe("high_bps", "upper end of the band shown", "bps"),
    *(Column(name=name, meaning="feature; docs/models.md has its unit") for name in COLUMNS),
)
SCORE_COLUMNS = (
    *MARKET,
    Column(name="quote", meaning="currency of the size", type=TEXT),
    Column(name="recipe", meaning="which costs make up the total", type=TEXT),
    Column(name="model", meaning="what priced the slippage", type=TEXT),
    Column(name="bucket", meaning="size: 10 to this power, up to ten times that", type=INT),
    DELAY,
    Column(name="count", meaning="quotes scored", type=INT),
    Column(name="bias_bps", meaning="mean of met less quoted", unit="bps"),
    Column(name="mean_absolute_bps", meaning="mean absolute error", unit="bps"),
    Column(name="mean_square", meaning="mean squared error", unit="bps^2"),
    Column(name="banded", meaning="quotes that had a band", type=INT),
    Column(name="held", meaning="of those, met within it", type=INT),
    Column(name="last_utc", meaning="when the last one was scored", type=TIME, unit="UTC"),
)


def metrics_table(database: Database) -> ExportTable:
    """Marks of models over time, oldest first."""
    return ExportTable(
        name="model-metrics",
        meaning="marks of models, one mark a row, oldest first",
        columns=METRIC_COLUMNS,
        pages=partial(_numbered, database, MODEL_METRICS, {"utc": MODEL_METRICS.c.created_ns}),
    )


def labels_table(database: Database) -> ExportTable:
    """Probe orders and what the tape said, in the order they were kept."""
    return ExportTable(
        name="labels",
        meaning="probe orders that were kept, with their features and answers",
        columns=LABEL_COLUMNS,
        pages=partial(_numbered, database, LABELS, {"utc": LABELS.c.ns}),
    )


def scores_table(database: Database) -> ExportTable:
    """The scoreboard, one key a row."""
    return ExportTable(
        name="scores",
        meaning="how quotes did against the book of a little later, by kind",
        columns=SCORE_COLUMNS,
        pages=partial(_scores, database),
    )


async def _numbered(
    database: Database, table: Table, special: dict[str, Any], names: Names
) -> AsyncIterator[Sequence[Row]]:
    """What there is until now, by number; each page is a read of its own."""
    columns = [special[name] if name in special else table.c[name] for name in names]
    number = table.c.id

    def page(connection: Connection, after: int, end: int) -> Sequence[Any]:
        query = select(number.label("row"), *(c.label(f"c{i}") for i, c in enumerate(columns)))
        query = query.where(number > after, number <= end).order_by(number).limit(PAGE)
        return connection.execute(query).all()

    newest = select(func.max(number))
    end = await database.read(lambda c: int(c.execute(newest).scalar_one() or 0))
    after = 0
    while rows := await database.read(partial(page, after=after, end=end)):
        yield [[_plain(value) for value in row[1:]] for row in rows]
        after = rows[-1][0]


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


async def _scores(database: Database, names: Names) -> AsyncIterator[Sequence[Row]]:
    """All at once: there are as many rows as kinds of quotes, not as quotes."""
    t = SCORES.c
    special: dict[str, Any] = {
        "bias_bps": t.error / t.count,
        "mean_absolute_bps": t.absolute / t.count,
        "mean_square": t.squared / t.count,
        "last_utc": t.last_ns,
    }
    columns = [special[name] if name in special else SCORES.c[name] for name in names]
    query = select(*(c.label(f"c{i}") for i, c in enumerate(columns)))
    query = query.order_by(*SCORES.primary_key.columns)
    yield [list(row) for row in await database.read(lambda c: c.execute(query).all())]
