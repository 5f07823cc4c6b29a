"""What a company file's tables hold: entries of lists, and transactions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.simulator.validate import Fields

__all__ = ["ENTRY", "POSTED", "TABLES", "Entry", "Posted"]

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE entry (
  list_id TEXT PRIMARY KEY, kind TEXT NOT NULL, space TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
  full_name TEXT NOT NULL, is_active INTEGER NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,
  edit_sequence INTEGER NOT NULL, data TEXT NOT NULL, UNIQUE (space, key));
CREATE INDEX entry_kind ON entry (kind, key);
CREATE TABLE gone (
  list_id TEXT PRIMARY KEY, kind TEXT NOT NULL, full_name TEXT NOT NULL, created INTEGER NOT NULL,
  deleted INTEGER NOT NULL);
CREATE TABLE posted (
  number INTEGER PRIMARY KEY, txn_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, ref_number TEXT, entity TEXT,
  date TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL, edit_sequence INTEGER NOT NULL,
  balance INTEGER NOT NULL, voided INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
  data TEXT NOT NULL);
CREATE INDEX posted_ref ON posted (kind, ref_number);
CREATE INDEX posted_entity ON posted (entity);
CREATE INDEX posted_modified ON posted (kind, modified);
CREATE TABLE message_set (
  number INTEGER PRIMARY KEY, application TEXT NOT NULL, id TEXT NOT NULL, checksum TEXT NOT NULL,
  response TEXT NOT NULL, UNIQUE (application, id));
"""
ENTRY = "list_id, kind, space, name, full_name, is_active, created, modified, edit_sequence, data"
POSTED = (
    "number, txn_id, kind, ref_number, entity, date, created, modified, edit_sequence, balance, voided, "
    "deleted, data"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a list.

    Attributes:
        space: Entries of one space share their names: customers and vendors, all items (facts E).
        created: Unix seconds, as ``modified``.
        data: Its other elements, by name.
    """

    list_id: str
    kind: str
    space: str
    name: str
    full_name: str
    is_active: bool
    created: int
    modified: int
    edit_sequence: int
    data: Fields

    @classmethod
    def of(cls, row: Sequence[Any]) -> Entry:
        """Read it from its row, ``ENTRY``."""
        return cls(
            list_id=row[0],
            kind=row[1],
            space=row[2],
            name=row[3],
            full_name=row[4],
            is_active=bool(row[5]),
            created=row[6],
            modified=row[7],
            edit_sequence=row[8],
            data=json.loads(row[9]),
        )

    @property
    def ref(self) -> Fields:
        """What a reference to it holds in an answer."""
        return {"ListID": self.list_id, "FullName": self.full_name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One transaction.

    Attributes:
        number: QuickBooks' TxnNumber.
        entity: ListID of whom it is with, or None.
        balance: What is still owed on it, in cents.
        data: Its elements by name, as in its Ret.
    """

    number: int
    txn_id: str
    kind: str
    ref_number: str | None
    entity: str | None
    date: str
    created: int
    modified: int
    edit_sequence: int
    balance: int
    voided: bool = False
    deleted: bool = False
    data: Fields

    @classmethod
    def of(cls, row: Sequence[Any]) -> Posted:
        """Read it from its row, ``POSTED``."""
        return cls(
            number=row[0],
            txn_id=row[1],
            kind=row[2],
            ref_number=row[3],
            entity=row[4],
            date=row[5],
            created=row[6],
            modified=row[7],
            edit_sequence=row[8],
            balance=row[9],
            voided=bool(row[10]),
            deleted=bool(row[11]),
            data=json.loads(row[12]),
        )
