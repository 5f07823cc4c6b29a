"""The timesheets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "timesheets_0001"
down_revision = None
branch_labels = ("timesheets",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "timesheet",
        sa.Column("entry_txn_ids", sa.JSON(), nullable=False),
        sa.Column("sent_entries", sa.JSON(), nullable=False),
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
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_timesheet_connector_id")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_timesheet")),
        sa.UniqueConstraint("connector_id", "id", name=op.f("uq_timesheet_connector_id_id")),
    )
    op.create_index(
        op.f("ix_timesheet_connector_id_batch"), "timesheet", ["connector_id", "batch"], unique=False
    )
    op.create_index(
        op.f("ix_timesheet_connector_id_queue_position"),
        "timesheet",
        ["connector_id", "queue_position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_timesheet_connector_id_transfer_status_pk"),
        "timesheet",
        ["connector_id", "transfer_status", "pk"],
        unique=False,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_timesheet_connector_id_transfer_status_pk"), table_name="timesheet")
    op.drop_index(op.f("ix_timesheet_connector_id_queue_position"), table_name="timesheet")
    op.drop_index(op.f("ix_timesheet_connector_id_batch"), table_name="timesheet")
    op.drop_table("timesheet")
