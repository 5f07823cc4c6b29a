"""The checks' table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "checks_0001"
down_revision = None
branch_labels = ("checks",)
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.create_table(
        "bank_check",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("batch", sa.String(100)),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("transfer_status", sa.String(20), nullable=False),
        sa.Column("queue_position", sa.BigInteger()),
        sa.Column("transfer_date", sa.DateTime(timezone=True)),
        sa.Column("transfer_count", sa.Integer(), nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("ref_number", sa.String(100)),
        sa.Column("txn_id", sa.String(36)),
        sa.Column("edit_sequence", sa.String(16)),
        sa.Column("changed_since_transfer", sa.Boolean(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("doubtful", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name="fk_bank_check_connector_id"),
        sa.PrimaryKeyConstraint("pk", name="pk_bank_check"),
        sa.UniqueConstraint("connector_id", "id", name="uq_bank_check_connector_id_id"),
    )
    for columns in (("queue_position",), ("batch",), ("transfer_status", "pk")):
        name = "_".join(("ix_bank_check_connector_id", *columns))
        op.create_index(name, "bank_check", ["connector_id", *columns])
