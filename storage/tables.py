"""Tables as they stand today; migrations/ says how older ones become these.

Only types every database has, so that PostgreSQL takes the same tables. Table objects never
leave this package: history.py maps rows to frozen types and back.
"""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Table, Text
from sqlmodel import Field, SQLModel

ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type reads INTEGER; it is 64 bits wide there."""


class EstimateRow(SQLModel, table=True):
    """One saved estimate, narrow: what history filters, sorts and shows."""

    __tablename__ = "estimates"
    __table_args__ = (
        Index("ix_estimates_created_ns", "created_ns"),
        Index("ix_estimates_instrument", "source", "venue", "venue_symbol", "id"),
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


METADATA = SQLModel.metadata
ESTIMATES: Table = METADATA.tables["estimates"]
RECEIPTS: Table = METADATA.tables["receipts"]
