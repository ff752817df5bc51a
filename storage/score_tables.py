"""The tables of what quotes and models were worth: see tables.py for what holds for all.

Totals under their key, written over as they grow; delays and horizons are whole nanoseconds, since
a fraction is no key.
"""

from sqlalchemy import BigInteger, Table
from sqlmodel import Field, SQLModel


class ScoreRow(SQLModel, table=True):
    """Quotes of one kind, scored after one delay."""

    __tablename__ = "scores"

    source: str = Field(primary_key=True)
    venue: str = Field(primary_key=True)
    venue_symbol: str = Field(primary_key=True)
    quote: str = Field(primary_key=True)
    recipe: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    bucket: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    delay_ns: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    count: int = Field(sa_type=BigInteger)
    error: float
    absolute: float
    squared: float
    banded: int = Field(sa_type=BigInteger)
    held: int = Field(sa_type=BigInteger)
    last_ns: int = Field(sa_type=BigInteger)


class FillRateRow(SQLModel, table=True):
    """Shadow orders at one distance, judged at one horizon."""

    __tablename__ = "fill_rates"

    source: str = Field(primary_key=True)
    venue: str = Field(primary_key=True)
    venue_symbol: str = Field(primary_key=True)
    ticks: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    horizon_ns: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    settled: int = Field(sa_type=BigInteger)
    pessimistic: int = Field(sa_type=BigInteger)
    proportional: int = Field(sa_type=BigInteger)
    optimistic: int = Field(sa_type=BigInteger)
    crossed: int = Field(sa_type=BigInteger)


class FillModelRow(SQLModel, table=True):
    """One bin of what one model said about shadow orders of one horizon."""

    __tablename__ = "fill_models"

    source: str = Field(primary_key=True)
    venue: str = Field(primary_key=True)
    venue_symbol: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    horizon_ns: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    bin: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    count: int = Field(sa_type=BigInteger)
    predicted: float
    happened: int = Field(sa_type=BigInteger)
    brier: float
    log_loss: float
    base_brier: float
    analytic_brier: float


SCORES: Table = SQLModel.metadata.tables["scores"]
FILL_RATES: Table = SQLModel.metadata.tables["fill_rates"]
FILL_MODELS: Table = SQLModel.metadata.tables["fill_models"]
TABLES: tuple[Table, ...] = (SCORES, FILL_RATES, FILL_MODELS)
