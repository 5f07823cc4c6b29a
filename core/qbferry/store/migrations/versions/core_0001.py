"""The core's tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "connector",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("user_name", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("file_id", sa.String(length=38), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("every_minutes", sa.Integer(), nullable=True),
        sa.Column("on_error", sa.String(length=10), nullable=True),
        sa.Column("company_file", sa.String(length=500), nullable=True),
        sa.Column("company_name", sa.String(length=200), nullable=True),
        sa.Column("has_file_id", sa.Boolean(), nullable=False),
        sa.Column("country", sa.String(length=10), nullable=False),
        sa.Column("qbxml_version", sa.String(length=10), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=True),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("client_version", sa.String(length=40), nullable=True),
        sa.Column("idle_ticket", sa.LargeBinary(length=32), nullable=True),
        sa.Column("idle_text", sa.String(length=500), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_set_id", sa.String(length=24), nullable=True),
        sa.Column("verified_outcome", sa.Integer(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector")),
        sa.UniqueConstraint("file_id", name=op.f("uq_connector_file_id")),
        sa.UniqueConstraint("name", name=op.f("uq_connector_name")),
        sa.UniqueConstraint("user_name", name=op.f("uq_connector_user_name")),
    )
    op.create_index(op.f("ix_connector_idle_ticket"), "connector", ["idle_ticket"], unique=False)
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(length=38), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("record_pk", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_due_at"), "outbox", ["due_at"], unique=False)
    op.create_table(
        "link",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.Column("list_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_link_connector_id")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_link")),
        sa.UniqueConstraint("connector_id", "kind", "folded", name=op.f("uq_link_connector_id_kind_folded")),
    )
    op.create_table(
        "list_entry",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("list_id", sa.String(length=36), nullable=False),
        sa.Column("full_name", sa.String(length=255), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_list_entry_connector_id")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_list_entry")),
        sa.UniqueConstraint(
            "connector_id", "kind", "list_id", name=op.f("uq_list_entry_connector_id_kind_list_id")
        ),
    )
    op.create_index(
        op.f("ix_list_entry_connector_id_kind_folded"),
        "list_entry",
        ["connector_id", "kind", "folded"],
        unique=False,
    )
    op.create_table(
        "poll",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_poll_connector_id")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_poll")),
        sa.UniqueConstraint("connector_id", "name", name=op.f("uq_poll_connector_id_name")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("expecting", sa.String(length=20), nullable=True),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("cursors", sa.JSON(), nullable=False),
        sa.Column("greeted", sa.Boolean(), nullable=False),
        sa.Column("halted", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("connection_errors", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_run_connector_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("ticket", name=op.f("uq_run_ticket")),
    )
    op.create_index(op.f("ix_run_connector_id_id"), "run", ["connector_id", "id"], unique=False)
    op.create_index(
        "uq_run_live",
        "run",
        ["connector_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("message_set_id", sa.String(length=24), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("requests", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("composed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_message_connector_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_message_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("message_set_id", name=op.f("uq_message_message_set_id")),
    )
    op.create_index(
        "uq_message_unsettled",
        "message",
        ["connector_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("record_pk", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.String(length=100), nullable=False),
        sa.Column("request_key", sa.String(length=100), nullable=False),
        sa.Column("request", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("transfer", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("quickbooks_message", sa.Text(), nullable=True),
        sa.Column("txn_id", sa.String(length=36), nullable=True),
        sa.Column("ref_number", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_outcome_connector_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_outcome_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    op.create_index(op.f("ix_outcome_connector_id_id"), "outcome", ["connector_id", "id"], unique=False)
    op.create_index(op.f("ix_outcome_entity_record_pk"), "outcome", ["entity", "record_pk"], unique=False)
    op.create_index(op.f("ix_outcome_run_id"), "outcome", ["run_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_outcome_run_id"), table_name="outcome")
    op.drop_index(op.f("ix_outcome_entity_record_pk"), table_name="outcome")
    op.drop_index(op.f("ix_outcome_connector_id_id"), table_name="outcome")
    op.drop_table("outcome")
    op.drop_index(
        "uq_message_unsettled",
        table_name="message",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_table("message")
    op.drop_index(
        "uq_run_live",
        table_name="run",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_run_connector_id_id"), table_name="run")
    op.drop_table("run")
    op.drop_table("poll")
    op.drop_index(op.f("ix_list_entry_connector_id_kind_folded"), table_name="list_entry")
    op.drop_table("list_entry")
    op.drop_table("link")
    op.drop_index(op.f("ix_outbox_due_at"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("installation")
    op.drop_index(op.f("ix_connector_idle_ticket"), table_name="connector")
    op.drop_table("connector")
