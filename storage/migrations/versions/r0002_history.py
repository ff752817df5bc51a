"""What history may be searched and marked by, and cost series."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEARCHED = (
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
)
MARKET = ("series", "source", "venue", "venue_symbol", "symbol", "side")
COSTS = ("filled_base", "notional_quote", "total_bps", "low_bps", "high_bps")
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
    """One wide index in place of two narrow ones; tables for marks and for cost series."""
    op.drop_index("ix_estimates_created_ns", "estimates")
    op.drop_index("ix_estimates_instrument", "estimates")
    op.create_index("ix_estimates_search", "estimates", list(SEARCHED))
    op.create_index("ix_estimates_receipt", "estimates", ["receipt_sha256"])
    op.create_table(
        "estimate_notes",
        _estimate_id(),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
    )
    op.create_table(
        "estimate_tags",
        sa.Column("tag", sa.String(), primary_key=True),
        _estimate_id(),
    )
    op.create_index("ix_estimate_tags_estimate_id", "estimate_tags", ["estimate_id"])
    op.create_table(
        "cost_samples",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("ns", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in MARKET),
        sa.Column("amount", sa.Float(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("unit", "style", "recipe")),
        *(sa.Column(name, sa.Float(), nullable=False) for name in COSTS),
        *(sa.Column(name, sa.Float(), nullable=True) for name in PARTS),
        sa.Column("mid", sa.Float(), nullable=False),
        sa.Column("quoted_spread_bps", sa.Float(), nullable=False),
        sa.Column("sigma_day", sa.Float(), nullable=True),
        sa.Column("trust_grade", sa.Integer(), nullable=False),
    )
    op.create_index("ix_cost_samples_series", "cost_samples", ["series", "ns"])
    op.create_index("ix_cost_samples_ns", "cost_samples", ["ns"])


def _estimate_id() -> sa.Column[int]:
    return sa.Column(
        "estimate_id",
        ROW_ID,
        sa.ForeignKey("estimates.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
