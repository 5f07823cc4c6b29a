"""The expense reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "expenses_0001"
down_revision = None
branch_labels = ("expenses",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "expense_report",
        sa.Column("quickbooks_reference", sa.String(length=100), nullable=True),
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("batch", sa.String(length=100), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column(
            "transfer_status",
            sa.Enum(
                "Not Transferred",
                "Pending",
                "Pending/Failed",
                "Transferred",
                name="transferstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("queue_position", sa.BigInteger(), nullable=True),
        sa.Column("transfer_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("transfer_count", sa.Integer(), nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ref_number", sa.String(length=100), nullable=True),
        sa.Column("txn_id", sa.String(length=36), nullable=True),
        sa.Column("edit_sequence", sa.String(length=16), nullable=True),
        sa.Column("changed_since_transfer", sa.Boolean(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("doubtful", sa.JSON(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connector.id"], name=op.f("fk_expense_report_connector_id")
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_expense_report")),
        sa.UniqueConstraint("connector_id", "id", name=op.f("uq_expense_report_connector_id_id")),
    )
    op.create_index(
        op.f("ix_expense_report_connector_id_batch"),
        "expense_report",
        ["connector_id", "batch"],
        unique=False,
    )
    op.create_index(
        op.f("ix_expense_report_connector_id_queue_position"),
        "expense_report",
        ["connector_id", "queue_position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_expense_report_connector_id_transfer_status_pk"),
        "expense_report",
        ["connector_id", "transfer_status", "pk"],
        unique=False,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_expense_report_connector_id_transfer_status_pk"), table_name="expense_report")
    op.drop_index(op.f("ix_expense_report_connector_id_queue_position"), table_name="expense_report")
    op.drop_index(op.f("ix_expense_report_connector_id_batch"), table_name="expense_report")
    op.drop_table("expense_report")
