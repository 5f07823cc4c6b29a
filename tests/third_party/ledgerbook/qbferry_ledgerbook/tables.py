"""The book's tables. Their names begin with the plugin's, so that they are nobody else's."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, UniqueConstraint

__all__ = ["line", "metadata", "note"]

metadata = MetaData()

line = Table(
    "ledgerbook_line",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record_pk", Integer, nullable=False),
    Column("entity", String(100), nullable=False),
    Column("record_id", String(100), nullable=False),
    Column("request", String(100), nullable=False),
    Column("at", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("number", String(100)),
    Column("reason", Text),
    UniqueConstraint("record_pk", "request", "at", name="uq_ledgerbook_line"),
)

note = Table(
    "ledgerbook_note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String(40), nullable=False),
    Column("text", Text, nullable=False),
)
