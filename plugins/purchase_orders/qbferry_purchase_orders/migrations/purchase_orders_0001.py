"""The purchase orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "purchase_orders_0001"
down_revision = None
branch_labels = ("purchase_orders",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "purchase_order",
        sa.Column("in_quickbooks", sa.Boolean(), nullable=False),
        sa.Column("order_txn_id", sa.String(length=36), nullable=True),
        sa.Column("order_edit_sequence", sa.String(length=16), nullable=True),
        sa.Column("external_po_number", sa.String(length=100), nullable=True),
        sa.Column("line_ids", sa.JSON(), nullable=False),
        sa.Column("received", sa.JSON(), nullable=False),
        sa.Column("sending", sa.JSON(), nullable=False),
        sa.Column("receipts", sa.Integer(), nullable=False),
        sa.Column("receipt_lines", sa.JSON(), nullable=False),
        sa.Column("needs_resync", sa.Boolean(), nullable=False),
        sa.Column("first_transfer_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen", sa.JSON(), nullable=True),
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
            ["connector_id"], ["connector.id"], name=op.f("fk_purchase_order_connector_id")
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("connector_id", "id", name=op.f("uq_purchase_order_connector_id_id")),
    )
    op.create_index(
        op.f("ix_purchase_order_connector_id_batch"),
        "purchase_order",
        ["connector_id", "batch"],
        unique=False,
    )
    op.create_index(
        op.f("ix_purchase_order_connector_id_queue_position"),
        "purchase_order",
        ["connector_id", "queue_position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_purchase_order_connector_id_transfer_status_pk"),
        "purchase_order",
        ["connector_id", "transfer_status", "pk"],
        unique=False,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_purchase_order_connector_id_transfer_status_pk"), table_name="purchase_order")
    op.drop_index(op.f("ix_purchase_order_connector_id_queue_position"), table_name="purchase_order")
    op.drop_index(op.f("ix_purchase_order_connector_id_batch"), table_name="purchase_order")
    op.drop_table("purchase_order")
