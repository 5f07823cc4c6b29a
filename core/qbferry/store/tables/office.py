"""The installation, who works with it, and who does what."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from qbferry.store.tables.base import Key, metadata, standing, where
from qbferry.store.types import UtcDateTime

__all__ = [
    "alert",
    "idempotency",
    "installation",
    "lease",
    "person",
    "refusal",
    "source",
    "token",
    "visit",
    "webhook",
]

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner_id", String(38), nullable=False),
    Column("secret", String(64), nullable=False),
)
"""This installation: one row. ``owner_id`` is the .qwc file's OwnerID, a GUID in braces, and the root of all
markers; with ``secret`` the pages sign their cookies."""

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

token = Table(
    "token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("folded", String(60), nullable=False, unique=True),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("scopes", String(255), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("seen_at", UtcDateTime),
)
"""A program that may use the API, and what it may do there; only the hash of what it shows is stored."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("token_id", ForeignKey("token.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("holder", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("answer", Text),
    Index(None, "at"),
)
"""A request that a program has given a key, to have it done once however often it is sent, and its answer."""

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
    standing(),
    Index(None, "connector_id", "id"),
    where("ix", "alert", "dismissed_at IS NULL", "connector_id", "kind", "about"),
    Index(None, "stand", "id"),
)
"""What a person must hear of; once a fact."""

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

webhook = Table(
    "webhook",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("secret", String(100), nullable=False),
    Column("place", String(80), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("disabled_at", UtcDateTime),
    Column("error", Text),
    Column("delivered_at", UtcDateTime),
)
"""Where events are posted, and how far it has come: it is sent what is behind ``place``."""
