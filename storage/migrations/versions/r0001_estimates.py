"""History: saved estimates, and their receipts beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXTS = ("source", "venue", "venue_symbol", "symbol", "product", "side", "recipe", "style")
NUMBERS = (
    "quantity_base",
    "filled_base",
    "unfilled_base",
    "notional_quote",
    "mid",
    "average_price",
    "worst_price",
    "total_bps",
    "low_bps",
    "high_bps",
    "total_quote",
)
PARTS = (
    "spread_bps",
    "depth_bps",
    "slippage_bps",
    "temporary_impact_bps",
    "permanent_impact_bps",
    "impact_bps",
    "fees_bps",
    "opportunity_bps",
)


def upgrade() -> None:
    """Create the first two tables."""
    op.create_table(
        "estimates",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.Column("as_of_ns", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in NUMBERS),
        *(sa.Column(name, sa.Float(), nullable=True) for name in PARTS),
        sa.Column("maker_share", sa.Float(), nullable=False),
        sa.Column("trust_grade", sa.Integer(), nullable=False),
        sa.Column("fee_as_of", sa.Date(), nullable=True),
        sa.Column("fee_source", sa.String(), nullable=True),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.Column("receipt_sha256", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_estimates_created_ns", "estimates", ["created_ns"])
    op.create_index(
        "ix_estimates_instrument", "estimates", ["source", "venue", "venue_symbol", "id"]
    )
    op.create_table(
        "receipts",
        sa.Column(
            "estimate_id",
            ROW_ID,
            sa.ForeignKey("estimates.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("body", sa.Text(), nullable=False),
    )
