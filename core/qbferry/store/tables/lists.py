"""QuickBooks' lists, what names stand for in them, and what is asked besides."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
)

from qbferry.store.tables.base import Key, metadata
from qbferry.store.types import Json, UtcDateTime

__all__ = ["inquiry", "link", "list_entry", "poll", "route", "tie"]

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
