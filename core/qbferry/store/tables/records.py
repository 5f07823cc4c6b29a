"""Records, what is in them, and what became of them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from qbferry.store.tables.base import Key, metadata, standing, where
from qbferry.store.types import Json, StatusWord, UtcDateTime

__all__ = ["counter", "document", "entity", "history", "outbox", "record", "record_value"]

entity = Table(
    "entity",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("plugin", String(60), nullable=False),
    Column("label", String(60), nullable=False),
    Column("plural", String(60), nullable=False),
    Column("requests", Json(list)),
    Column("columns", Json(list)),
)
"""Every kind of record there ever was a plugin for, so that those of an absent one can be shown."""

record = Table(
    "record",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("entity", String(60), nullable=False),
    Column("id", String(100), nullable=False),
    Column("batch", String(100)),
    Column("source", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("party", String(255), nullable=False),
    Column("party_folded", String(255), nullable=False),
    Column("dated", Date),
    Column("amount", BigInteger),
    Column("currency", String(10), nullable=False),
    Column("unit", String(10), nullable=False),
    Column("number", String(100), nullable=False),
    Column("transfer_status", StatusWord, nullable=False),
    Column("queue_position", BigInteger),
    Column("transfer_date", UtcDateTime),
    Column("first_transfer_date", UtcDateTime),
    Column("transfer_count", Integer, nullable=False),
    Column("needs_resync", Boolean, nullable=False),
    Column("done", Json()),
    Column("chained", Json(list)),
    Column("reason", Text),
    Column("reason_code", String(60), nullable=False),
    Column("reason_about", String(255), nullable=False),
    Column("not_ready_reason", Text),
    Column("ref_number", String(100)),
    Column("txn_id", String(36)),
    Column("edit_sequence", String(16)),
    Column("paid_date", Date),
    Column("balance", BigInteger),
    Column("voided", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("changed_since_transfer", Boolean, nullable=False),
    Column("changed_midway", Boolean, nullable=False),
    Column("alone", Boolean, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("in_doubt", Boolean, nullable=False),
    Column("doubtful", Json()),
    Column("lost", Json(list)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("connector_id", "entity", "id"),
    Index(None, "entity", "id"),
    where("ix", "record", "queue_position IS NOT NULL", "connector_id", "entity", "queue_position"),
    where("ix", "record", "txn_id IS NOT NULL", "connector_id", "txn_id", "entity"),
    where("ix", "record", "ref_number IS NOT NULL", "connector_id", "entity", "ref_number"),
    Index("ix_record_arrival", "connector_id", "entity", "pk"),
    Index(None, "entity", "transfer_status", "pk"),
    Index(None, "entity", "transfer_date", "pk"),
    Index(None, "entity", "dated", "pk"),
    Index(None, "entity", "party_folded", "pk"),
    Index(None, "entity", "amount", "pk"),
    where("ix", "record", "number <> ''", "entity", "number", "pk"),
    where("ix", "record", "batch IS NOT NULL", "entity", "batch", "pk"),
    where("ix", "record", "in_doubt", "connector_id", "pk"),
    where("ix_lost", "record", "lost IS NOT NULL", "connector_id", "pk"),
)
"""A record, whatever its entity; ``qbferry.model.RecordRow`` says what each column is."""

document = Table(
    "document",
    metadata,
    Column("record_pk", ForeignKey("record.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("state", Text, nullable=False),
)

record_value = Table(
    "record_value",
    metadata,
    Column("record_pk", ForeignKey("record.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("name", String(60), primary_key=True),
    Column("entity", String(60), nullable=False),
    Column("value", String(200), nullable=False),
    Index(None, "entity", "name", "value", "record_pk"),
)
"""What an entity declares as filterable beyond the summary, in a form that sorts as text."""

counter = Table(
    "counter",
    metadata,
    Column("connector_id", ForeignKey("connector.id"), primary_key=True, autoincrement=False),
    Column("entity", String(60), primary_key=True),
    Column("transfer_status", StatusWord, primary_key=True),
    Column("currency", String(10), primary_key=True),
    Column("unit", String(10), primary_key=True),
    Column("records", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
)
"""How many records there are, how many of them are due, and what they come to, in hundredths:
kept with every change."""

FAILURES = ("Rejected", "Skipped", "In doubt", "Differs")
"""The kinds of history lines that tell of a failure: few of them, with an index of their own."""

history = Table(
    "history",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("run_id", ForeignKey("run.id")),
    Column("message_id", ForeignKey("message.id")),
    Column("actor", String(100), nullable=False),
    Column("owner", String(10), nullable=False),
    Column("entity", String(60), nullable=False),
    Column("record_pk", Key, nullable=False),
    Column("record_id", String(255), nullable=False),
    Column("request_key", String(100), nullable=False),
    Column("request", String(60), nullable=False),
    Column("label", String(100), nullable=False),
    Column("transfer", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("reason", Text),
    Column("reason_code", String(60), nullable=False),
    Column("about", String(255), nullable=False),
    Column("status_code", Integer),
    Column("quickbooks_message", Text),
    Column("txn_id", String(36)),
    Column("ref_number", String(100)),
    Column("marker", String(38)),
    Column("status", StatusWord),
    Column("told", Json()),
    standing(),
    Index(None, "record_pk", "id"),
    Index(None, "connector_id", "id"),
    where("ix_failed", "history", f"kind IN {FAILURES}", "connector_id", "id"),
    where("ix", "history", "run_id IS NOT NULL", "run_id"),
    where("ix", "history", "marker IS NOT NULL", "connector_id", "marker"),
    Index(None, "stand", "id"),
)
"""The one log of what happened to records: pages and feeds read it."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("plugin", String(60), nullable=False),
    Column("entity", String(60), nullable=False),
    Column("record_pk", Key, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("run_id", Key),
    Column("news", Json()),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("last_error", Text),
    Index(None, "plugin", "due_at"),
    Index(None, "plugin", "record_pk", "id"),
)
"""What one plugin still has to tell the outside world of a record, in order; removed when it has."""
