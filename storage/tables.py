"""Tables as they stand today; migrations/ says how older ones become these.

Only types every database has, so that PostgreSQL takes the same tables. Table objects never
leave this package: history.py maps rows to frozen types and back.
"""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Index, Table, Text
from sqlmodel import Field, SQLModel

from storage import desk_tables, learning_tables, score_tables, sweep_tables
from storage.columns import ID, take_any_text


class EstimateRow(SQLModel, table=True):
    """One saved estimate, narrow: what history filters, sorts and shows."""

    __tablename__ = "estimates"
    __table_args__ = (
        # All that a filter or an order may name, so that both read this and not the wide rows.
        Index(
            "ix_estimates_search",
            "created_ns",
            "source",
            "venue",
            "venue_symbol",
            "symbol",
            "product",
            "side",
            "style",
            "recipe",
            "notional_quote",
            "filled_base",
            "average_price",
            "total_bps",
            "total_quote",
            "trust_grade",
        ),
        Index("ix_estimates_receipt", "receipt_sha256"),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(primary_key=True, sa_type=ID)
    created_ns: int = Field(sa_type=BigInteger)
    as_of_ns: int = Field(sa_type=BigInteger)
    source: str
    venue: str
    venue_symbol: str
    symbol: str
    product: str
    side: str
    recipe: str
    style: str
    amount: float
    unit: str
    quantity_base: float
    filled_base: float
    unfilled_base: float
    notional_quote: float
    mid: float
    average_price: float
    worst_price: float
    total_bps: float
    low_bps: float
    high_bps: float
    total_quote: float
    spread_bps: float | None
    depth_bps: float | None
    slippage_bps: float | None
    temporary_impact_bps: float | None
    permanent_impact_bps: float | None
    impact_bps: float | None
    fees_bps: float | None
    opportunity_bps: float | None
    maker_share: float
    trust_grade: int
    fee_as_of: date | None
    fee_source: str | None
    tier: str | None
    code_version: str
    receipt_sha256: str


class ReceiptRow(SQLModel, table=True):
    """The inputs of one saved estimate. Apart from it, so that filters never read through them."""

    __tablename__ = "receipts"

    estimate_id: int = Field(
        sa_type=ID,
        primary_key=True,
        sa_column_args=[ForeignKey("estimates.id", ondelete="CASCADE")],
        sa_column_kwargs={"autoincrement": False},
    )
    body: str = Field(sa_type=Text)


class NoteRow(SQLModel, table=True):
    """What the user wrote beside an estimate. Apart from it: few lines have one."""

    __tablename__ = "estimate_notes"

    estimate_id: int = Field(
        sa_type=ID,
        primary_key=True,
        sa_column_args=[ForeignKey("estimates.id", ondelete="CASCADE")],
        sa_column_kwargs={"autoincrement": False},
    )
    note: str = Field(sa_type=Text)
    folded: str = Field(sa_type=Text)
    """The same without case, for the search: databases fold only the letters of English alike."""


class TagRow(SQLModel, table=True):
    """One tag of one estimate."""

    __tablename__ = "estimate_tags"
    __table_args__ = (Index("ix_estimate_tags_estimate_id", "estimate_id"),)

    tag: str = Field(primary_key=True)
    estimate_id: int = Field(
        sa_type=ID,
        primary_key=True,
        sa_column_args=[ForeignKey("estimates.id", ondelete="CASCADE")],
        sa_column_kwargs={"autoincrement": False},
    )


class CostSampleRow(SQLModel, table=True):
    """What a watched ticket cost at one moment."""

    __tablename__ = "cost_samples"
    __table_args__ = (
        Index("ix_cost_samples_series", "series", "ns"),
        Index("ix_cost_samples_ns", "ns"),
    )

    id: int = Field(primary_key=True, sa_type=ID)
    ns: int = Field(sa_type=BigInteger)
    series: str
    source: str
    venue: str
    venue_symbol: str
    symbol: str
    side: str
    amount: float
    unit: str
    style: str
    recipe: str
    filled_base: float
    notional_quote: float
    total_bps: float
    low_bps: float
    high_bps: float
    spread_bps: float | None
    depth_bps: float | None
    slippage_bps: float | None
    temporary_impact_bps: float | None
    permanent_impact_bps: float | None
    impact_bps: float | None
    fees_bps: float | None
    opportunity_bps: float | None
    mid: float
    quoted_spread_bps: float
    sigma_day: float | None
    trust_grade: int


METADATA = SQLModel.metadata
take_any_text(METADATA)
ESTIMATES: Table = METADATA.tables["estimates"]
RECEIPTS: Table = METADATA.tables["receipts"]
NOTES: Table = METADATA.tables["estimate_notes"]
TAGS: Table = METADATA.tables["estimate_tags"]
COST_SAMPLES: Table = METADATA.tables["cost_samples"]
DESK: tuple[Table, ...] = desk_tables.TABLES
"""Configurations, recordings, alerts and errors: desk_tables.py."""
LEARNED: tuple[Table, ...] = learning_tables.TABLES
"""Model snapshots and metrics: learning_tables.py."""
SCORED: tuple[Table, ...] = score_tables.TABLES
"""What quotes and models were worth: score_tables.py."""
SWEEPS: tuple[Table, ...] = sweep_tables.TABLES
"""Sweeps and their chunks: sweep_tables.py."""
