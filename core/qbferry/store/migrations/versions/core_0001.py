"""The core's tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from qbferry.store.tables.base import STAND

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


def _stand() -> sa.Column[int]:
    """Where a row stands among events; see ``store.tables.base.STAND``."""
    default = STAND if op.get_bind().dialect.name == "postgresql" else "0"
    return sa.Column("stand", sa.BigInteger(), nullable=False, server_default=sa.text(default))


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
        sa.Column("quiet", sa.String(length=200), nullable=True),
        sa.Column("on_error", sa.String(length=10), nullable=True),
        sa.Column("company_file", sa.String(length=500), nullable=True),
        sa.Column("company_name", sa.String(length=200), nullable=True),
        sa.Column("has_file_id", sa.Boolean(), nullable=False),
        sa.Column("country", sa.String(length=10), nullable=False),
        sa.Column("qbxml_version", sa.String(length=10), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=True),
        sa.Column("features", sa.Text(), nullable=True),
        sa.Column("conventions", sa.Text(), nullable=True),
        sa.Column("client_version", sa.String(length=40), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_set_id", sa.String(length=24), nullable=True),
        sa.Column("quickbooks_time", sa.String(length=40), nullable=True),
        sa.Column("clock_behind", sa.Integer(), nullable=True),
        sa.Column("verified_line", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("owing", sa.Boolean(), nullable=False),
        sa.Column("doubled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored", sa.String(length=40), nullable=True),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("elsewhere", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector")),
        sa.UniqueConstraint("file_id", name=op.f("uq_connector_file_id")),
        sa.UniqueConstraint("name", name=op.f("uq_connector_name")),
        sa.UniqueConstraint("user_name", name=op.f("uq_connector_user_name")),
    )
    op.create_table(
        "entity",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("plural", sa.String(length=60), nullable=False),
        sa.Column("requests", sa.Text(), nullable=True),
        sa.Column("columns", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_entity")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(length=38), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("record_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("news", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_plugin_due_at"), "outbox", ["plugin", "due_at"], unique=False)
    op.create_index(
        op.f("ix_outbox_plugin_record_pk_id"), "outbox", ["plugin", "record_pk", "id"], unique=False
    )
    op.create_table(
        "counter",
        sa.Column("connector_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("transfer_status", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_counter_connector_id")),
        sa.PrimaryKeyConstraint(
            "connector_id", "entity", "transfer_status", "currency", "unit", name=op.f("pk_counter")
        ),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(length=100), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("name", name=op.f("uq_webhook_name")),
    )
    op.create_table(
        "idle",
        sa.Column("ticket", sa.LargeBinary(length=32), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_idle_connector_id")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_idle")),
    )
    op.create_index(op.f("ix_idle_connector_id_at"), "idle", ["connector_id", "at"], unique=False)
    op.create_table(
        "link",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.Column("list_id", sa.String(length=36), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_link_connector_id")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_link")),
        sa.UniqueConstraint("connector_id", "kind", "folded", name=op.f("uq_link_connector_id_kind_folded")),
    )
    op.create_table(
        "list_entry",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("list_id", sa.String(length=36), nullable=False),
        sa.Column("full_name", sa.String(length=255), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
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
        sa.Column("connector_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mark", sa.String(length=40), nullable=True),
        sa.Column("whole_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_poll_connector_id")),
        sa.PrimaryKeyConstraint("connector_id", "name", name=op.f("pk_poll")),
    )
    op.create_table(
        "route",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_route_connector_id")),
        sa.PrimaryKeyConstraint("kind", "folded", name=op.f("pk_route")),
    )
    op.create_table(
        "inquiry",
        sa.Column("connector_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("poll", sa.String(length=100), nullable=False),
        sa.Column("about", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_inquiry_connector_id")),
        sa.PrimaryKeyConstraint("connector_id", "poll", "about", name=op.f("pk_inquiry")),
    )
    op.create_table(
        "record",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("batch", sa.String(length=100), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=255), nullable=False),
        sa.Column("party_folded", sa.String(length=255), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("transfer_status", sa.String(length=20), nullable=False),
        sa.Column("queue_position", sa.BigInteger(), nullable=True),
        sa.Column("transfer_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_transfer_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("transfer_count", sa.Integer(), nullable=False),
        sa.Column("needs_resync", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Text(), nullable=True),
        sa.Column("chained", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.String(length=60), nullable=False),
        sa.Column("reason_about", sa.String(length=255), nullable=False),
        sa.Column("not_ready_reason", sa.Text(), nullable=True),
        sa.Column("ref_number", sa.String(length=100), nullable=True),
        sa.Column("txn_id", sa.String(length=36), nullable=True),
        sa.Column("edit_sequence", sa.String(length=16), nullable=True),
        sa.Column("paid_date", sa.Date(), nullable=True),
        sa.Column("balance", sa.BigInteger(), nullable=True),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("changed_since_transfer", sa.Boolean(), nullable=False),
        sa.Column("changed_midway", sa.Boolean(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("doubtful", sa.Text(), nullable=True),
        sa.Column("lost", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_record_connector_id")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_record")),
        sa.UniqueConstraint("connector_id", "entity", "id", name=op.f("uq_record_connector_id_entity_id")),
    )
    op.create_index(
        "ix_lost_record_connector_id_pk",
        "record",
        ["connector_id", "pk"],
        unique=False,
        sqlite_where=sa.text("lost IS NOT NULL"),
        postgresql_where=sa.text("lost IS NOT NULL"),
    )
    op.create_index(
        "ix_record_connector_id_entity_queue_position",
        "record",
        ["connector_id", "entity", "queue_position"],
        unique=False,
        sqlite_where=sa.text("queue_position IS NOT NULL"),
        postgresql_where=sa.text("queue_position IS NOT NULL"),
    )
    op.create_index(
        "ix_record_connector_id_entity_ref_number",
        "record",
        ["connector_id", "entity", "ref_number"],
        unique=False,
        sqlite_where=sa.text("ref_number IS NOT NULL"),
        postgresql_where=sa.text("ref_number IS NOT NULL"),
    )
    op.create_index(
        "ix_record_connector_id_pk",
        "record",
        ["connector_id", "pk"],
        unique=False,
        sqlite_where=sa.text("in_doubt"),
        postgresql_where=sa.text("in_doubt"),
    )
    op.create_index(
        "ix_record_connector_id_txn_id_entity",
        "record",
        ["connector_id", "txn_id", "entity"],
        unique=False,
        sqlite_where=sa.text("txn_id IS NOT NULL"),
        postgresql_where=sa.text("txn_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_record_entity_amount_pk"), "record", ["entity", "amount", "pk"], unique=False)
    op.create_index(
        "ix_record_entity_batch_pk",
        "record",
        ["entity", "batch", "pk"],
        unique=False,
        sqlite_where=sa.text("batch IS NOT NULL"),
        postgresql_where=sa.text("batch IS NOT NULL"),
    )
    op.create_index(op.f("ix_record_entity_dated_pk"), "record", ["entity", "dated", "pk"], unique=False)
    op.create_index(op.f("ix_record_entity_id"), "record", ["entity", "id"], unique=False)
    op.create_index(
        "ix_record_entity_number_pk",
        "record",
        ["entity", "number", "pk"],
        unique=False,
        sqlite_where=sa.text("number <> ''"),
        postgresql_where=sa.text("number <> ''"),
    )
    op.create_index(
        op.f("ix_record_entity_party_folded_pk"), "record", ["entity", "party_folded", "pk"], unique=False
    )
    op.create_index(
        op.f("ix_record_entity_transfer_date_pk"), "record", ["entity", "transfer_date", "pk"], unique=False
    )
    op.create_index("ix_record_arrival", "record", ["connector_id", "entity", "pk"], unique=False)
    op.create_index(
        op.f("ix_record_entity_transfer_status_pk"),
        "record",
        ["entity", "transfer_status", "pk"],
        unique=False,
    )
    op.create_table(
        "run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("question", sa.String(length=20), nullable=True),
        sa.Column("question_id", sa.String(length=24), nullable=True),
        sa.Column("question_about", sa.Text(), nullable=True),
        sa.Column("memory", sa.Text(), nullable=True),
        sa.Column("cursors", sa.Text(), nullable=True),
        sa.Column("greeted", sa.Boolean(), nullable=False),
        sa.Column("halted", sa.Boolean(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("connection_errors", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("slowest", sa.String(length=200), nullable=False),
        sa.Column("slowest_ms", sa.Integer(), nullable=False),
        sa.Column("heard", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_run_connector_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("ticket", name=op.f("uq_run_ticket")),
    )
    op.create_index(op.f("ix_run_connector_id_id"), "run", ["connector_id", "id"], unique=False)
    op.create_index(
        "ix_run_id",
        "run",
        ["id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NOT NULL AND last_error <> '' AND NOT heard"),
        postgresql_where=sa.text("ended_at IS NOT NULL AND last_error <> '' AND NOT heard"),
    )
    op.create_index(
        "uq_run_connector_id",
        "run",
        ["connector_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=255), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("record_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_by", sa.String(length=100), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        _stand(),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_alert_connector_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_alert_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_connector_id_id"), "alert", ["connector_id", "id"], unique=False)
    op.create_index(op.f("ix_alert_stand_id"), "alert", ["stand", "id"], unique=False)
    op.create_index(
        "ix_alert_connector_id_kind_about",
        "alert",
        ["connector_id", "kind", "about"],
        unique=False,
        sqlite_where=sa.text("dismissed_at IS NULL"),
        postgresql_where=sa.text("dismissed_at IS NULL"),
    )
    op.create_table(
        "document",
        sa.Column(
            "record_pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_pk"], ["record.pk"], name=op.f("fk_document_record_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_pk", name=op.f("pk_document")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_set_id", sa.String(length=24), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("requests", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holders", sa.Text(), nullable=True),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_file", sa.String(length=500), nullable=True),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("quickbooks_time", sa.String(length=40), nullable=True),
        sa.Column("clock_behind", sa.Integer(), nullable=True),
        sa.Column("composed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("owed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_message_connector_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_message_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("message_set_id", name=op.f("uq_message_message_set_id")),
    )
    op.create_index(
        "ix_message_connector_id_id",
        "message",
        ["connector_id", "id"],
        unique=False,
        sqlite_where=sa.text("owed IS NOT NULL"),
        postgresql_where=sa.text("owed IS NOT NULL"),
    )
    op.create_index(
        "ix_message_connector_id_settled_at",
        "message",
        ["connector_id", "settled_at"],
        unique=False,
        sqlite_where=sa.text("answer IS NOT NULL"),
        postgresql_where=sa.text("answer IS NOT NULL"),
    )
    op.create_index(
        "uq_message_connector_id",
        "message",
        ["connector_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "record_value",
        sa.Column(
            "record_pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_pk"], ["record.pk"], name=op.f("fk_record_value_record_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_pk", "name", name=op.f("pk_record_value")),
    )
    op.create_index(
        op.f("ix_record_value_entity_name_value_record_pk"),
        "record_value",
        ["entity", "name", "value", "record_pk"],
        unique=False,
    )
    op.create_table(
        "tie",
        sa.Column(
            "record_pk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("poll", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_tie_connector_id")),
        sa.ForeignKeyConstraint(
            ["record_pk"], ["record.pk"], name=op.f("fk_tie_record_pk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_pk", "poll", "key", name=op.f("pk_tie")),
    )
    op.create_index(
        op.f("ix_tie_connector_id_poll_key"), "tie", ["connector_id", "poll", "key"], unique=False
    )
    op.create_table(
        "double",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("txn_id", sa.String(length=36), nullable=False),
        sa.Column("ref_number", sa.String(length=100), nullable=True),
        sa.Column("booked_txn_id", sa.String(length=36), nullable=False),
        sa.Column("booked_number", sa.String(length=100), nullable=True),
        sa.Column("marker", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("record_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record_id", sa.String(length=255), nullable=False),
        sa.Column("wanted_by", sa.String(length=100), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_double_connector_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_double")),
        sa.UniqueConstraint("connector_id", "txn_id", name=op.f("uq_double_connector_id_txn_id")),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.String(length=10), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("record_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record_id", sa.String(length=255), nullable=False),
        sa.Column("request_key", sa.String(length=100), nullable=False),
        sa.Column("request", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("transfer", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.String(length=60), nullable=False),
        sa.Column("about", sa.String(length=255), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("quickbooks_message", sa.Text(), nullable=True),
        sa.Column("txn_id", sa.String(length=36), nullable=True),
        sa.Column("ref_number", sa.String(length=100), nullable=True),
        sa.Column("marker", sa.String(length=38), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        _stand(),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_history_connector_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_history_message_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_history_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_connector_id_id"), "history", ["connector_id", "id"], unique=False)
    op.create_index(op.f("ix_history_stand_id"), "history", ["stand", "id"], unique=False)
    op.create_index(op.f("ix_history_record_pk_id"), "history", ["record_pk", "id"], unique=False)
    op.create_index(
        "ix_failed_history_connector_id_id",
        "history",
        ["connector_id", "id"],
        unique=False,
        sqlite_where=sa.text("kind IN ('Rejected', 'Skipped', 'In doubt', 'Differs')"),
        postgresql_where=sa.text("kind IN ('Rejected', 'Skipped', 'In doubt', 'Differs')"),
    )
    op.create_index(
        "ix_history_run_id",
        "history",
        ["run_id"],
        unique=False,
        sqlite_where=sa.text("run_id IS NOT NULL"),
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    op.create_index(
        "ix_history_connector_id_marker",
        "history",
        ["connector_id", "marker"],
        unique=False,
        sqlite_where=sa.text("marker IS NOT NULL"),
        postgresql_where=sa.text("marker IS NOT NULL"),
    )
    op.create_table(
        "survey",
        sa.Column("connector_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("query", sa.String(length=60), nullable=False),
        sa.Column("mark", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_survey_connector_id")),
        sa.PrimaryKeyConstraint("connector_id", "query", name=op.f("pk_survey")),
    )
    op.create_table(
        "found",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("marker", sa.String(length=38), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("txn_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=255), nullable=False),
        sa.Column("created", sa.String(length=40), nullable=False),
        sa.Column("booked_as", sa.String(length=36), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_by", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name=op.f("fk_found_connector_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_found_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_found")),
        sa.UniqueConstraint(
            "connector_id", "marker", "txn_id", name=op.f("uq_found_connector_id_marker_txn_id")
        ),
    )

    op.create_table(
        "connector_user",
        sa.Column("user_name", sa.String(length=60), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("file_id", sa.String(length=38), nullable=False),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connector.id"], name=op.f("fk_connector_user_connector_id")
        ),
        sa.PrimaryKeyConstraint("user_name", name=op.f("pk_connector_user")),
    )
    op.create_index(op.f("ix_connector_user_connector_id"), "connector_user", ["connector_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("folded", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("folded", name=op.f("uq_person_folded")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("holder", sa.String(length=60), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "source",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source")),
    )
    op.create_table(
        "refusal",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_refusal")),
    )
    op.create_table(
        "visit",
        sa.Column("token", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_visit_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_person_id"), ["person_id"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("folded", sa.String(length=60), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scopes", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("folded", name=op.f("uq_token_folded")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_table(
        "idempotency",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("holder", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["token_id"], ["token.id"], name=op.f("fk_idempotency_token_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_idempotency")),
    )
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_at"), ["at"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("idempotency")
    op.drop_table("token")
    op.drop_table("visit")
    op.drop_table("webhook")
    op.drop_table("refusal")
    op.drop_table("source")
    op.drop_table("lease")
    op.drop_table("person")
    op.drop_index(op.f("ix_connector_user_connector_id"), table_name="connector_user")
    op.drop_table("connector_user")
    op.drop_table("found")
    op.drop_table("survey")
    op.drop_index(
        "ix_history_connector_id_marker",
        table_name="history",
        sqlite_where=sa.text("marker IS NOT NULL"),
        postgresql_where=sa.text("marker IS NOT NULL"),
    )
    op.drop_index(
        "ix_history_run_id",
        table_name="history",
        sqlite_where=sa.text("run_id IS NOT NULL"),
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_failed_history_connector_id_id",
        table_name="history",
        sqlite_where=sa.text("kind IN ('Rejected', 'Skipped', 'In doubt', 'Differs')"),
        postgresql_where=sa.text("kind IN ('Rejected', 'Skipped', 'In doubt', 'Differs')"),
    )
    op.drop_index(op.f("ix_history_stand_id"), table_name="history")
    op.drop_index(op.f("ix_history_record_pk_id"), table_name="history")
    op.drop_index(op.f("ix_history_connector_id_id"), table_name="history")
    op.drop_table("double")
    op.drop_table("history")
    op.drop_index(op.f("ix_tie_connector_id_poll_key"), table_name="tie")
    op.drop_table("tie")
    op.drop_index(op.f("ix_record_value_entity_name_value_record_pk"), table_name="record_value")
    op.drop_table("record_value")
    op.drop_index(
        "uq_message_connector_id",
        table_name="message",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index(
        "ix_message_connector_id_settled_at",
        table_name="message",
        sqlite_where=sa.text("answer IS NOT NULL"),
        postgresql_where=sa.text("answer IS NOT NULL"),
    )
    op.drop_index(
        "ix_message_connector_id_id",
        table_name="message",
        sqlite_where=sa.text("owed IS NOT NULL"),
        postgresql_where=sa.text("owed IS NOT NULL"),
    )
    op.drop_table("message")
    op.drop_table("document")
    op.drop_index(
        "ix_alert_connector_id_kind_about",
        table_name="alert",
        sqlite_where=sa.text("dismissed_at IS NULL"),
        postgresql_where=sa.text("dismissed_at IS NULL"),
    )
    op.drop_index(op.f("ix_alert_stand_id"), table_name="alert")
    op.drop_index(op.f("ix_alert_connector_id_id"), table_name="alert")
    op.drop_table("alert")
    op.drop_index(
        "uq_run_connector_id",
        table_name="run",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_run_connector_id_id"), table_name="run")
    op.drop_table("run")
    op.drop_index(op.f("ix_record_entity_transfer_status_pk"), table_name="record")
    op.drop_index("ix_record_arrival", table_name="record")
    op.drop_index(op.f("ix_record_entity_transfer_date_pk"), table_name="record")
    op.drop_index(op.f("ix_record_entity_party_folded_pk"), table_name="record")
    op.drop_index(
        "ix_record_entity_number_pk",
        table_name="record",
        sqlite_where=sa.text("number <> ''"),
        postgresql_where=sa.text("number <> ''"),
    )
    op.drop_index(op.f("ix_record_entity_id"), table_name="record")
    op.drop_index(op.f("ix_record_entity_dated_pk"), table_name="record")
    op.drop_index(
        "ix_record_entity_batch_pk",
        table_name="record",
        sqlite_where=sa.text("batch IS NOT NULL"),
        postgresql_where=sa.text("batch IS NOT NULL"),
    )
    op.drop_index(op.f("ix_record_entity_amount_pk"), table_name="record")
    op.drop_index(
        "ix_record_connector_id_txn_id_entity",
        table_name="record",
        sqlite_where=sa.text("txn_id IS NOT NULL"),
        postgresql_where=sa.text("txn_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_record_connector_id_pk",
        table_name="record",
        sqlite_where=sa.text("in_doubt"),
        postgresql_where=sa.text("in_doubt"),
    )
    op.drop_index(
        "ix_record_connector_id_entity_ref_number",
        table_name="record",
        sqlite_where=sa.text("ref_number IS NOT NULL"),
        postgresql_where=sa.text("ref_number IS NOT NULL"),
    )
    op.drop_index(
        "ix_record_connector_id_entity_queue_position",
        table_name="record",
        sqlite_where=sa.text("queue_position IS NOT NULL"),
        postgresql_where=sa.text("queue_position IS NOT NULL"),
    )
    op.drop_index(
        "ix_lost_record_connector_id_pk",
        table_name="record",
        sqlite_where=sa.text("lost IS NOT NULL"),
        postgresql_where=sa.text("lost IS NOT NULL"),
    )
    op.drop_table("record")
    op.drop_table("route")
    op.drop_table("inquiry")
    op.drop_table("poll")
    op.drop_index(op.f("ix_list_entry_connector_id_kind_folded"), table_name="list_entry")
    op.drop_table("list_entry")
    op.drop_table("link")
    op.drop_index(op.f("ix_idle_connector_id_at"), table_name="idle")
    op.drop_table("idle")
    op.drop_table("counter")
    op.drop_index(op.f("ix_outbox_plugin_record_pk_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_plugin_due_at"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("installation")
    op.drop_table("entity")
    op.drop_table("connector")
