"""Connectors, their runs, and what travels."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from qbferry.store.tables.base import UNHEARD, Key, metadata, where
from qbferry.store.types import Json, Packed, UtcDateTime

__all__ = ["connector", "connector_user", "double", "found", "idle", "message", "run", "survey"]

connector = Table(
    "connector",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("user_name", String(60), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("file_id", String(38), nullable=False, unique=True),
    Column("is_default", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("every_minutes", Integer),
    Column("quiet", String(200)),
    Column("on_error", String(10)),
    Column("company_file", String(500)),
    Column("company_name", String(200)),
    Column("has_file_id", Boolean, nullable=False),
    Column("country", String(10), nullable=False),
    Column("qbxml_version", String(10), nullable=False),
    Column("product", String(200)),
    Column("features", Json()),
    Column("conventions", Json()),
    Column("client_version", String(40)),
    Column("last_seen_at", UtcDateTime),
    Column("settled_set_id", String(24)),
    Column("quickbooks_time", String(40)),
    Column("clock_behind", Integer),
    Column("verified_line", Key, nullable=False),
    Column("verified_at", UtcDateTime),
    Column("last_position", BigInteger, nullable=False),
    Column("owing", Boolean, nullable=False),
    Column("doubled", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("restored", String(40)),
    Column("found", Boolean, nullable=False),
    Column("elsewhere", Key, nullable=False),
)

connector_user = Table(
    "connector_user",
    metadata,
    Column("user_name", String(60), primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("file_id", String(38), nullable=False),
    Index(None, "connector_id"),
)
"""A further user of a company file, with a .qwc file of their own: whose FileID it has may be the mark of the
company file. Markers are made of the connector's own FileID, whoever runs."""

run = Table(
    "run",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("ticket", LargeBinary(32), nullable=False, unique=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("seen", Json()),
    Column("ended_at", UtcDateTime),
    Column("state", String(20), nullable=False),
    Column("question", String(20)),
    Column("question_id", String(24)),
    Column("question_about", Json()),
    Column("memory", Json()),
    Column("cursors", Json()),
    Column("greeted", Boolean, nullable=False),
    Column("halted", Boolean, nullable=False),
    Column("voided", Boolean, nullable=False),
    Column("total", Integer, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("tried", Integer, nullable=False),
    Column("connection_errors", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("slowest", String(200), nullable=False),
    Column("slowest_ms", Integer, nullable=False),
    Column("heard", Boolean, nullable=False),
    where("ix", "run", UNHEARD, "id"),
    where("uq", "run", "ended_at IS NULL", "connector_id", unique=True),
    Index(None, "connector_id", "id"),
)

idle = Table(
    "idle",
    metadata,
    Column("ticket", LargeBinary(32), primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("text", String(500), nullable=False),
    Index(None, "connector_id", "at"),
)
"""Sign-ins for which there was nothing to do, until they are too old to be asked about."""

message = Table(
    "message",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("message_set_id", String(24), nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("requests", Json(list)),
    Column("attempts", Integer, nullable=False),
    Column("holders", Json(list)),
    Column("deaths", Integer, nullable=False),
    Column("unanswered", Integer, nullable=False),
    Column("found", Json()),
    Column("due_at", UtcDateTime),
    Column("company_file", String(500)),
    Column("marked", Boolean, nullable=False),
    Column("quickbooks_time", String(40)),
    Column("clock_behind", Integer),
    Column("composed_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("answer", Packed),
    Column("owed", Json(list)),
    where("uq", "message", "settled_at IS NULL", "connector_id", unique=True),
    where("ix", "message", "owed IS NOT NULL", "connector_id", "id"),
    where("ix", "message", "answer IS NOT NULL", "connector_id", "settled_at"),
)

survey = Table(
    "survey",
    metadata,
    Column("connector_id", ForeignKey("connector.id"), primary_key=True, autoincrement=False),
    Column("query", String(60), primary_key=True),
    Column("mark", String(40), nullable=False),
)
"""How far QuickBooks was asked what of ours it has: the greatest TimeModified that a query such as
``InvoiceQuery`` returned, in QuickBooks' own text; empty where it has returned nothing yet."""

found = Table(
    "found",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("marker", String(38), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("txn_id", String(36), nullable=False),
    Column("number", String(255), nullable=False),
    Column("created", String(40), nullable=False),
    Column("booked_as", String(36)),
    Column("at", UtcDateTime, nullable=False),
    Column("run_id", ForeignKey("run.id")),
    Column("dismissed_at", UtcDateTime),
    Column("dismissed_by", String(100)),
    UniqueConstraint("connector_id", "marker", "txn_id"),
)
"""What QuickBooks has with a marker of ours and nobody has booked, until it is claimed or dismissed."""

double = Table(
    "double",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("kind", String(60), nullable=False),
    Column("txn_id", String(36), nullable=False),
    Column("ref_number", String(100)),
    Column("booked_txn_id", String(36), nullable=False),
    Column("booked_number", String(100)),
    Column("marker", String(40), nullable=False),
    Column("entity", String(60), nullable=False),
    Column("record_pk", Key, nullable=False),
    Column("record_id", String(255), nullable=False),
    Column("wanted_by", String(100)),
    Column("gone_at", UtcDateTime),
    Column("problem", Text),
    UniqueConstraint("connector_id", "txn_id"),
)
"""What QuickBooks has twice of one request, until the one that is not booked is gone."""
