"""All tables of the core. No plugin needs one; columns may be added without a plugin's noticing.

``record`` is narrow, and its document and state lie beside it, so that a change of status rewrites no JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from qbferry.store.types import Json, Packed, StatusWord, UtcDateTime

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "alert",
    "connector",
    "connector_user",
    "counter",
    "document",
    "double",
    "entity",
    "found",
    "history",
    "idle",
    "inquiry",
    "installation",
    "lease",
    "link",
    "list_entry",
    "message",
    "metadata",
    "outbox",
    "person",
    "poll",
    "record",
    "record_value",
    "refusal",
    "route",
    "run",
    "source",
    "survey",
    "tie",
    "visit",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = BigInteger().with_variant(Integer, "sqlite")
"""A key that counts up; SQLite does so for INTEGER alone."""


UNHEARD = "ended_at IS NOT NULL AND last_error <> '' AND NOT heard"
"""Which runs went wrong and nobody has looked at."""


def _where(name: str, table: str, condition: str, *columns: str, unique: bool = False) -> Index:
    """An index of some rows only, on both databases; ``_condition`` says of which."""
    return Index(f"{name}_{table}_{'_'.join(columns)}", *columns, unique=unique, info={"where": condition})


@event.listens_for(metadata, "before_create")
def _condition(made: MetaData, connection: Connection, **_: object) -> None:
    """Give the indexes their conditions in the database's own words.

    Said where an index is declared, they would load both databases' dialects for every command.
    """
    for table in made.tables.values():
        for index in table.indexes:
            if condition := index.info.get("where"):
                index.dialect_kwargs[f"{connection.dialect.name}_where"] = text(condition)


installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner_id", String(38), nullable=False),
    Column("secret", String(64), nullable=False),
)
"""This installation: one row. ``owner_id`` is the .qwc file's OwnerID, a GUID in braces, and the root of all
markers; with ``secret`` the pages sign their cookies."""

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
    _where("ix", "record", "queue_position IS NOT NULL", "connector_id", "entity", "queue_position"),
    _where("ix", "record", "txn_id IS NOT NULL", "connector_id", "txn_id"),
    _where("ix", "record", "ref_number IS NOT NULL", "connector_id", "entity", "ref_number"),
    Index("ix_record_arrival", "connector_id", "entity", "pk"),
    Index(None, "entity", "transfer_status", "pk"),
    Index(None, "entity", "transfer_date", "pk"),
    Index(None, "entity", "dated", "pk"),
    Index(None, "entity", "party_folded", "pk"),
    Index(None, "entity", "amount", "pk"),
    _where("ix", "record", "number <> ''", "entity", "number", "pk"),
    _where("ix", "record", "batch IS NOT NULL", "entity", "batch", "pk"),
    _where("ix", "record", "in_doubt", "connector_id", "pk"),
    _where("ix", "record", "lost IS NOT NULL", "connector_id", "entity", "pk"),
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
    _where("ix", "run", UNHEARD, "id"),
    _where("uq", "run", "ended_at IS NULL", "connector_id", unique=True),
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
    _where("uq", "message", "settled_at IS NULL", "connector_id", unique=True),
    _where("ix", "message", "owed IS NOT NULL", "connector_id", "id"),
    _where("ix", "message", "answer IS NOT NULL", "connector_id", "settled_at"),
)

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
    Index(None, "record_pk", "id"),
    Index(None, "connector_id", "id"),
    _where("ix", "history", "run_id IS NOT NULL", "run_id"),
    _where("ix", "history", "marker IS NOT NULL", "connector_id", "marker"),
)
"""The one log of what happened to records: pages and feeds read it."""

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

alert = Table(
    "alert",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("run_id", ForeignKey("run.id")),
    Column("kind", String(40), nullable=False),
    Column("about", String(255), nullable=False),
    Column("entity", String(60), nullable=False),
    Column("record_pk", Key),
    Column("text", Text, nullable=False),
    Column("told_at", UtcDateTime),
    Column("dismissed_at", UtcDateTime),
    Column("dismissed_by", String(100)),
    Column("over_at", UtcDateTime),
    Index(None, "connector_id", "id"),
    _where("ix", "alert", "dismissed_at IS NULL", "connector_id", "kind", "about"),
)
"""What a person must hear of; once a fact."""

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

list_entry = Table(
    "list_entry",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("list_id", String(36), nullable=False),
    Column("full_name", String(255), nullable=False),
    Column("folded", String(255), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("stale", Boolean, nullable=False),
    Column("data", Json()),
    UniqueConstraint("connector_id", "kind", "list_id"),
    Index(None, "connector_id", "kind", "folded"),
)
"""An entry of a QuickBooks list, mirrored; ``folded`` is the name without regard to case. ``stale``: a whole
read of the list has begun and not brought it yet; what is so at its end is deleted."""

link = Table(
    "link",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("name", String(255), nullable=False),
    Column("folded", String(255), nullable=False),
    Column("list_id", String(36), nullable=False),
    Column("origin", String(20), nullable=False),
    UniqueConstraint("connector_id", "kind", "folded"),
)
"""A name of the source that stands for a certain QuickBooks entry, and who said so."""

route = Table(
    "route",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("folded", String(255), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
)
"""An organization or a resource whose records belong to a connector; all others belong to the default one."""

poll = Table(
    "poll",
    metadata,
    Column("connector_id", ForeignKey("connector.id"), primary_key=True, autoincrement=False),
    Column("name", String(100), primary_key=True),
    Column("answered_at", UtcDateTime, nullable=False),
    Column("mark", String(40)),
    Column("whole_at", UtcDateTime),
)
"""When a poll was last answered, by the server's clock, and the latest time of change it was ever told, in
QuickBooks' own text; and when a list was last read from beginning to end."""

inquiry = Table(
    "inquiry",
    metadata,
    Column("connector_id", ForeignKey("connector.id"), primary_key=True, autoincrement=False),
    Column("poll", String(100), primary_key=True),
    Column("about", String(100), primary_key=True),
)
"""What a poll is yet to ask about: TxnIDs, or numbers."""

tie = Table(
    "tie",
    metadata,
    Column("record_pk", ForeignKey("record.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("poll", String(100), primary_key=True),
    Column("key", String(36), primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Index(None, "connector_id", "poll", "key"),
)
"""Something else in QuickBooks, such as a payment, and a record that a poll asks about when it changes."""

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

person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("folded", String(100), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
)
"""Who may log in to the pages."""

lease = Table(
    "lease",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("holder", String(60), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
"""Who does what only one process is to do at a time, and until when nobody else may."""

source = Table(
    "source",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("cursor", Text),
    Column("due_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Column("taken", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
)
"""A place where records come from by themselves, and how far it was read."""

refusal = Table(
    "refusal",
    metadata,
    Column("source", String(60), primary_key=True),
    Column("id", String(100), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("document", Text, nullable=False),
    Column("reason", Text),
)
"""A document that a source gave and that could not be taken in yet."""

visit = Table(
    "visit",
    metadata,
    Column("token", LargeBinary(32), primary_key=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index(None, "person_id"),
)
"""A person's stay in the pages, from the log-in on; only the hash of what the browser keeps is stored."""
