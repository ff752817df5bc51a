"""Model snapshots, scores and metrics."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _models()
    _labels()
    _scores()


def _models() -> None:
    """Snapshots of models, and their marks over time."""
    market = ("source", "venue", "venue_symbol")
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "model_snapshots",
        sa.Column("id", row_id, primary_key=True),
        *_values(sa.BigInteger(), "created_ns"),
        *_values(sa.String(), *market, "reason"),
        *_values(sa.Text(), "note"),
        sa.Column("first_ns", sa.BigInteger(), nullable=True),
        sa.Column("last_ns", sa.BigInteger(), nullable=True),
        *_values(sa.BigInteger(), "rows"),
        *_values(sa.Text(), "header"),
        *_values(sa.String(), "sha256"),
        *_values(sa.LargeBinary(), "body"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_model_snapshots_market", "model_snapshots", [*market, "id"])
    op.create_table(
        "model_metrics",
        sa.Column("id", row_id, primary_key=True),
        *_values(sa.BigInteger(), "created_ns"),
        *_values(sa.String(), *market),
        *_values(sa.BigInteger(), "delay_ns"),
        *_values(sa.String(), "model"),
        *_values(sa.Boolean(), "is_champion"),
        sa.Column("bucket", sa.Integer(), nullable=True),
        *_values(sa.BigInteger(), "n", "negative", "exact", "banded"),
        *_values(sa.Float(), "mse", "mae", "walk_mse", "walk_mae", "zero_mse", "zero_mae"),
        *(
            sa.Column(name, sa.Float(), nullable=True)
            for name in ("r2", "coverage", "width_bps", "pinball")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_model_metrics_market", "model_metrics", [*market, "created_ns"])
    op.create_index("ix_model_metrics_created_ns", "model_metrics", ["created_ns"])


def _labels() -> None:
    """Orders that learning asked about, and their answers."""
    market = ("source", "venue", "venue_symbol")
    op.create_table(
        "labels",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        *_values(sa.BigInteger(), "ns"),
        *_values(sa.String(), *market),
        *_values(sa.BigInteger(), "delay_ns"),
        *_values(sa.String(), "side"),
        *_values(sa.Integer(), "bucket"),
        *_values(sa.Float(), "walk_bps", "label_bps"),
        *(
            sa.Column(name, sa.Float(), nullable=True)
            for name in ("low_bps", "middle_bps", "high_bps")
        ),
        *_values(sa.Float(), "log_quote", "log_to_best", "log_to_1bps", "log_to_5bps"),
        *_values(sa.Float(), "log_to_10bps", "log_to_25bps", "spread_bps"),
        *_values(sa.Float(), "imbalance_1", "imbalance_5", "microprice_bps", "log_slope"),
        *_values(sa.Float(), "sigma_minute_bps", "flow", "quote", "best_quote"),
    )
    op.create_index("ix_labels_market", "labels", [*market, "delay_ns", "ns"])
    op.create_index("ix_labels_ns", "labels", ["ns"])


def _scores() -> None:
    """Totals of what quotes and models were worth, under their keys."""
    market = ("source", "venue", "venue_symbol")
    op.create_table(
        "scores",
        *_key(sa.String(), *market, "quote", "recipe", "model"),
        *_key(sa.Integer(), "bucket"),
        *_key(sa.BigInteger(), "delay_ns"),
        *_values(sa.BigInteger(), "count"),
        *_values(sa.Float(), "error", "absolute", "squared"),
        *_values(sa.BigInteger(), "banded", "held", "last_ns"),
    )
    op.create_table(
        "fill_rates",
        *_key(sa.String(), *market),
        *_key(sa.Integer(), "ticks"),
        *_key(sa.BigInteger(), "horizon_ns"),
        *_values(sa.BigInteger(), "settled", "pessimistic", "proportional", "optimistic"),
        *_values(sa.BigInteger(), "crossed"),
    )
    op.create_table(
        "fill_models",
        *_key(sa.String(), *market, "model"),
        *_key(sa.BigInteger(), "horizon_ns"),
        *_key(sa.Integer(), "bin"),
        *_values(sa.BigInteger(), "count"),
        *_values(sa.Float(), "predicted"),
        *_values(sa.BigInteger(), "happened"),
        *_values(sa.Float(), "brier", "log_loss", "base_brier", "analytic_brier"),
    )


def _key(kind: sa.types.TypeEngine[Any], *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, primary_key=True, autoincrement=False) for name in names]


def _values(kind: sa.types.TypeEngine[Any], *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]
