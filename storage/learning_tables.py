"""The tables of what was learned: see tables.py for what holds for all."""

from sqlalchemy import BigInteger, Index, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel

from storage.columns import ID


class ModelSnapshotRow(SQLModel, table=True):
    """One market's models as they were: what a list shows, and the file itself."""

    __tablename__ = "model_snapshots"
    __table_args__ = (
        Index("ix_model_snapshots_market", "source", "venue", "venue_symbol", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(primary_key=True, sa_type=ID)
    created_ns: int = Field(sa_type=BigInteger)
    source: str
    venue: str
    venue_symbol: str
    reason: str
    note: str = Field(sa_type=Text)
    first_ns: int | None = Field(sa_type=BigInteger)
    last_ns: int | None = Field(sa_type=BigInteger)
    rows: int = Field(sa_type=BigInteger)
    header: str = Field(sa_type=Text)
    sha256: str
    body: bytes = Field(sa_type=LargeBinary)


class ModelMetricRow(SQLModel, table=True):
    """Marks of one model at one delay and one size, as they stood at one time."""

    __tablename__ = "model_metrics"
    __table_args__ = (
        Index("ix_model_metrics_market", "source", "venue", "venue_symbol", "created_ns"),
        Index("ix_model_metrics_created_ns", "created_ns"),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(primary_key=True, sa_type=ID)
    created_ns: int = Field(sa_type=BigInteger)
    source: str
    venue: str
    venue_symbol: str
    delay_ns: int = Field(sa_type=BigInteger)
    model: str
    is_champion: bool
    bucket: int | None
    n: int = Field(sa_type=BigInteger)
    mse: float
    mae: float
    r2: float | None
    walk_mse: float
    walk_mae: float
    zero_mse: float
    zero_mae: float
    negative: int = Field(sa_type=BigInteger)
    exact: int = Field(sa_type=BigInteger)
    banded: int = Field(sa_type=BigInteger)
    coverage: float | None
    width_bps: float | None
    pinball: float | None


MODEL_SNAPSHOTS: Table = SQLModel.metadata.tables["model_snapshots"]
MODEL_METRICS: Table = SQLModel.metadata.tables["model_metrics"]
TABLES: tuple[Table, ...] = (MODEL_SNAPSHOTS, MODEL_METRICS)
