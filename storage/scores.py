"""What quotes and models were worth: totals that go on where the last run ended.

Totals replace what was kept under their key, so that a batch written twice counts once.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, and_, delete, insert, select

from market.units import NS_PER_S
from models.base import Source
from models.scoring.binary import BinarySums
from models.scoring.fills import FillRate, KeptFills, KeptModel, MarketName
from models.scoring.quotes import QuoteSums, ScoreKey
from storage.database import Database
from storage.export_learning import scores_table
from storage.export_table import ExportTable
from storage.score_tables import FILL_MODELS, FILL_RATES, SCORES

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Totals of one database. Every method raises StorageError with a text for the user."""

    database: Database

    async def load_quotes(self) -> tuple[QuoteSums, ...]:
        """All totals of quotes."""
        return await self.database.read(
            lambda c: tuple(_quote_of(row) for row in c.execute(select(SCORES)).mappings())
        )

    async def keep_quotes(self, totals: Sequence[QuoteSums]) -> None:
        """Put these totals in the place of what was kept under their keys."""
        rows = [_row_of_quote(sums) for sums in totals]
        await self.database.write(lambda c: _replace(c, SCORES, rows))

    def table(self) -> ExportTable:
        """The scoreboard as a table to take away."""
        return scores_table(self.database)

    async def load_fills(self) -> tuple[KeptFills, ...]:
        """All totals of shadow orders, by market."""
        return await self.database.read(_load_fills)

    async def keep_fills(self, totals: Sequence[KeptFills]) -> None:
        """Put these totals in the place of what was kept under their keys."""
        rates = [_row_of_rate(kept.market, rate) for kept in totals for rate in kept.rates]
        models = [_row_of_model(kept.market, line) for kept in totals for line in kept.models]

        def work(connection: Connection) -> None:
            _replace(connection, FILL_RATES, rates)
            _replace(connection, FILL_MODELS, models)

        await self.database.write(work)


def _replace(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    for row in rows:
        same = and_(*(column == row[column.name] for column in table.primary_key.columns))
        connection.execute(delete(table).where(same))
    if rows:
        connection.execute(insert(table), list(rows))


def _load_fills(connection: Connection) -> tuple[KeptFills, ...]:
    rates: Mapping[MarketName, list[FillRate]] = defaultdict(list)
    models: Mapping[MarketName, list[KeptModel]] = defaultdict(list)
    for row in connection.execute(select(FILL_RATES)).mappings():
        rates[_market_of(row)].append(_rate_of(row))
    for row in connection.execute(select(FILL_MODELS)).mappings():
        models[_market_of(row)].append(_model_of(row))
    return tuple(
        KeptFills(market=market, rates=tuple(rates[market]), models=tuple(models[market]))
        for market in dict.fromkeys([*rates, *models])
    )


def _market_of(row: RowMapping) -> MarketName:
    return MarketName(Source(row["source"]), row["venue"], row["venue_symbol"])


def _row_of_market(market: MarketName) -> Row:
    return {**market._asdict(), "source": market.source.value}


def _quote_of(row: RowMapping) -> QuoteSums:
    values = dict(row)
    key = ScoreKey(
        source=Source(values.pop("source")),
        delay_s=values.pop("delay_ns") / NS_PER_S,
        **{name: values.pop(name) for name in ScoreKey._fields[1:-1]},
    )
    return QuoteSums(key=key, **values)


def _row_of_quote(sums: QuoteSums) -> Row:
    key = sums.key._asdict()
    delay_s = key.pop("delay_s")
    return {
        **key,
        "source": sums.key.source.value,
        "delay_ns": round(delay_s * NS_PER_S),
        "count": sums.count,
        "error": sums.error,
        "absolute": sums.absolute,
        "squared": sums.squared,
        "banded": sums.banded,
        "held": sums.held,
        "last_ns": sums.last_ns,
    }


def _rate_of(row: RowMapping) -> FillRate:
    return FillRate(
        ticks=row["ticks"],
        horizon_s=row["horizon_ns"] / NS_PER_S,
        settled=row["settled"],
        pessimistic=row["pessimistic"],
        proportional=row["proportional"],
        optimistic=row["optimistic"],
        crossed=row["crossed"],
    )


def _row_of_rate(market: MarketName, rate: FillRate) -> Row:
    return {
        **_row_of_market(market),
        "ticks": rate.ticks,
        "horizon_ns": round(rate.horizon_s * NS_PER_S),
        "settled": rate.settled,
        "pessimistic": rate.pessimistic,
        "proportional": rate.proportional,
        "optimistic": rate.optimistic,
        "crossed": rate.crossed,
    }


def _model_of(row: RowMapping) -> KeptModel:
    return KeptModel(
        model=row["model"],
        horizon_s=row["horizon_ns"] / NS_PER_S,
        sums=BinarySums(
            bin=row["bin"],
            count=row["count"],
            predicted=row["predicted"],
            happened=row["happened"],
            brier=row["brier"],
            log_loss=row["log_loss"],
            rivals=(row["base_brier"], row["analytic_brier"]),
        ),
    )


def _row_of_model(market: MarketName, line: KeptModel) -> Row:
    base, analytic = line.sums.rivals
    return {
        **_row_of_market(market),
        "model": line.model,
        "horizon_ns": round(line.horizon_s * NS_PER_S),
        "bin": line.sums.bin,
        "count": line.sums.count,
        "predicted": line.sums.predicted,
        "happened": line.sums.happened,
        "brier": line.sums.brier,
        "log_loss": line.sums.log_loss,
        "base_brier": base,
        "analytic_brier": analytic,
    }
