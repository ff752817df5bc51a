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


class LabelRow(SQLModel, table=True):
    """One order that learning asked about, with what the tape said later: a few a minute."""

    __tablename__ = "labels"
    __table_args__ = (
        Index("ix_labels_market", "source", "venue", "venue_symbol", "delay_ns", "ns"),
        Index("ix_labels_ns", "ns"),
    )

    id: int = Field(primary_key=True, sa_type=ID)
    ns: int = Field(sa_type=BigInteger)
    source: str
    venue: str
    venue_symbol: str
    delay_ns: int = Field(sa_type=BigInteger)
    side: str
    bucket: int
    walk_bps: float
    label_bps: float
    low_bps: float | None
    middle_bps: float | None
    high_bps: float | None
    log_quote: float
    log_to_best: float
    log_to_1bps: float
    log_to_5bps: float
    log_to_10bps: float
    log_to_25bps: float
    spread_bps: float
    imbalance_1: float
    imbalance_5: float
    microprice_bps: float
    log_slope: float
    sigma_minute_bps: float
    flow: float
    quote: float
    best_quote: float


MODEL_SNAPSHOTS: Table = SQLModel.metadata.tables["model_snapshots"]
MODEL_METRICS: Table = SQLModel.metadata.tables["model_metrics"]
LABELS: Table = SQLModel.metadata.tables["labels"]
TABLES: tuple[Table, ...] = (MODEL_SNAPSHOTS, MODEL_METRICS, LABELS)
