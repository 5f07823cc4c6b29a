"""What the history says QuickBooks has: the lines of one connector that still hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from qbferry.store import tables
from qbferry.store.history import HISTORY, MANY

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from qbferry.store.rows import HistoryRow
    from qbferry.store.transaction import Transaction

__all__ = ["DELETION", "Holdings"]

DELETION = "TxnDel"

ENDS = ("Sent", "Lost", "Deleted")
"""Kinds of lines after which an earlier one about the same transaction says nothing any more."""

MOST = 1000
"""Messages, and deletions, asked about in the first question."""

_T = tables.history


class Holdings:
    """The lines that hold, not older than a moment, of all kinds there ever were, plugin or no plugin."""

    def __init__(
        self,
        tx: Transaction,
        connector_id: int,
        adds: Collection[str],
        since: datetime,
    ) -> None:
        """Begin.

        Args:
            tx: The transaction.
            connector_id: The connector.
            adds: The requests that make a transaction, such as ``InvoiceAdd``.
            since: The oldest moment that is of interest.
        """
        self._connection = tx.connection
        later = _T.alias()
        self._holds: tuple[ColumnElement[bool], ...] = (
            _T.c.connector_id == connector_id,
            _T.c.owner == "record",
            _T.c.kind == "Sent",
            _T.c.txn_id.is_not(None),
            _T.c.at >= since,
            ~exists().where(
                later.c.record_pk == _T.c.record_pk,
                later.c.id > _T.c.id,
                later.c.txn_id == _T.c.txn_id,
                later.c.kind.in_(ENDS),
            ),
        )
        self._made = _T.c.request.in_(sorted(adds))
        self._deleted = _T.c.request == DELETION

    def latest(self) -> datetime | None:
        """When QuickBooks was last known to make something."""
        line = select(_T.c.at).where(*self._holds, self._made).order_by(_T.c.id.desc()).limit(1)
        return self._connection.execute(line).scalar_one_or_none()

    def anchors(self, verified: int) -> list[int]:
        """Lines by which a restored backup shows: the last of each message since a line, and one before.

        What one message made is lost together or not at all. What was deleted after that one before may be
        there again, however long ago it was asked for.
        """
        line, new = _T.c.id, _T.c.id > verified
        last = select(func.max(line)).where(*self._holds, self._made, new).group_by(_T.c.message_id)
        before = select(line).where(*self._holds, self._made, ~new).order_by(line.desc()).limit(1)
        found = {*self._connection.execute(before).scalars()}
        since = line > max(found, default=0)
        removed = select(line).where(*self._holds, self._deleted, since).order_by(line.desc())
        for statement in (last.order_by(func.max(line).desc()).limit(MOST), removed.limit(MOST)):
            found.update(self._connection.execute(statement).scalars())
        return sorted(found)

    def lines(self, keys: Collection[int]) -> list[HistoryRow]:
        """These lines, newest first, as far as they hold."""
        return self._lines(_T.c.id.in_(keys), len(keys))

    def page(self, below: int, limit: int) -> list[HistoryRow]:
        """The lines next below one, newest first; fewer than the limit: there are no more."""
        return self._lines(_T.c.id < below, limit)

    def born(self, deletion: HistoryRow) -> HistoryRow | None:
        """The line that made what another one deleted."""
        made = HISTORY.select.where(
            _T.c.record_pk == deletion.record_pk,
            _T.c.kind == "Sent",
            _T.c.txn_id == deletion.txn_id,
            self._made,
        )
        found = self._connection.execute(made.order_by(_T.c.id.desc()).limit(1)).first()
        return None if found is None else HISTORY.one(found)

    def owners(self, keys: Collection[int]) -> set[int]:
        """The keys of the records that some lines are about."""
        found: set[int] = set()
        ordered = sorted(keys)
        for start in range(0, len(ordered), MANY):
            part = select(_T.c.record_pk).where(_T.c.id.in_(ordered[start : start + MANY]))
            found.update(self._connection.execute(part).scalars())
        return found

    def listed(self, above: int) -> list[tuple[int, str]]:
        """Record and key of the list entries made above a line: they may be lost as well."""
        statement = select(_T.c.record_pk, _T.c.request_key).where(
            *self._holds[:3], _T.c.id > above, _T.c.request.endswith("Add"), ~self._made
        )
        return [(pk, key) for pk, key in self._connection.execute(statement)]

    def _lines(self, which: ColumnElement[bool], limit: int) -> list[HistoryRow]:
        statement = HISTORY.select.where(*self._holds, self._made | self._deleted, which)
        return HISTORY.read(self._connection.execute(statement.order_by(_T.c.id.desc()).limit(limit)))
