"""QuickBooks' lists as mirrored, and the links a person or an earlier transfer made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from qbferry.model import ListEntry
from qbferry.store.tables import LinkRow, ListEntryRow, PollRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["LIST_POLL", "StoredLists", "fold"]

LIST_POLL = "lists."
"""Polls that mirror a list are named for it: ``lists.Vendor``."""


def fold(name: str) -> str:
    """A name as QuickBooks compares it: without regard to case (facts E)."""
    return name.casefold()


class StoredLists:
    """The lists of one connector. What was looked up is kept for as long as this object lives."""

    def __init__(self, session: Session, connector_id: int) -> None:
        self._session = session
        self._connector_id = connector_id
        self._known: dict[str, bool] = {}
        self._found: dict[tuple[str, str], ListEntry | None] = {}

    def known(self, kind: str) -> bool:
        """Tell whether the list was ever read."""
        if kind not in self._known:
            answered = exists().where(
                PollRow.connector_id == self._connector_id, PollRow.name == LIST_POLL + kind
            )
            self._known[kind] = bool(self._session.scalar(select(answered)))
        return self._known[kind]

    def find(self, kind: str, name: str) -> ListEntry | None:
        """Find an entry by stored link, then by full name without regard to case."""
        key = kind, fold(name)
        if key not in self._found:
            row = self._linked(*key) or self._named(*key)
            self._found[key] = _entry(row) if row else None
        return self._found[key]

    def _linked(self, kind: str, folded: str) -> ListEntryRow | None:
        return self._session.scalar(
            select(ListEntryRow)
            .join(
                LinkRow,
                (LinkRow.connector_id == ListEntryRow.connector_id)
                & (LinkRow.kind == ListEntryRow.kind)
                & (LinkRow.list_id == ListEntryRow.list_id),
            )
            .where(LinkRow.connector_id == self._connector_id, LinkRow.kind == kind, LinkRow.folded == folded)
        )

    def _named(self, kind: str, folded: str) -> ListEntryRow | None:
        return self._session.scalar(
            select(ListEntryRow)
            .where(
                ListEntryRow.connector_id == self._connector_id,
                ListEntryRow.kind == kind,
                ListEntryRow.folded == folded,
            )
            .order_by(ListEntryRow.is_active.desc(), ListEntryRow.pk)
            .limit(1)
        )


def _entry(row: ListEntryRow) -> ListEntry:
    return ListEntry(
        kind=row.kind,
        list_id=row.list_id,
        full_name=row.full_name,
        is_active=row.is_active,
        data=row.data,
    )
