"""What QuickBooks has with a marker of ours that nobody has booked, and how far it was asked for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import delete, func, insert, select, tuple_, update

from qbferry.store import tables
from qbferry.store.rows import FoundRow
from qbferry.store.rowwise import Rowwise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

__all__ = ["Found"]

T = TypeVar("T")

MANY = 500

_FOUND = Rowwise(tables.found, FoundRow)
_T, _S = tables.found, tables.survey


class Found:
    """Keeps it until it is claimed or dismissed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # -- How far QuickBooks was asked

    def marks(self, connector_id: int) -> dict[str, str]:
        """Query -> the greatest TimeModified it ever returned, in QuickBooks' own text."""
        mine = select(_S.c.query, _S.c.mark).where(_S.c.connector_id == connector_id)
        return dict(self._connection.execute(mine).all())

    def keep_marks(self, connector_id: int, marks: Mapping[str, str]) -> None:
        """Replace the marks of some queries."""
        if not marks:
            return
        old = delete(_S).where(_S.c.connector_id == connector_id, _S.c.query.in_(marks))
        self._connection.execute(old)
        new = [
            {"connector_id": connector_id, "query": query, "mark": mark}
            for query, mark in sorted(marks.items())
        ]
        self._connection.execute(insert(_S), new)

    # -- What was found

    def add(self, connector_id: int, rows: Sequence[FoundRow]) -> list[FoundRow]:
        """Keep what was not known yet; it is given back."""
        new: list[FoundRow] = []
        for part in _parts(rows):
            keys = [(row.marker, row.txn_id) for row in part]
            there = select(_T.c.marker, _T.c.txn_id).where(
                _T.c.connector_id == connector_id, tuple_(_T.c.marker, _T.c.txn_id).in_(keys)
            )
            known = {tuple(row) for row in self._connection.execute(there)}
            for row in part:
                if (row.marker, row.txn_id) not in known:
                    known.add((row.marker, row.txn_id))
                    new.append(row)
        _FOUND.append(self._connection, new)
        return new

    def claimable(self, connector_id: int) -> dict[str, list[FoundRow]]:
        """Marker -> what has it and was neither dismissed nor found to be a double, the oldest first."""
        found: dict[str, list[FoundRow]] = {}
        for row in self._read(connector_id, _T.c.dismissed_at.is_(None), _T.c.booked_as.is_(None)):
            found.setdefault(row.marker, []).append(row)
        return found

    def standing(self, connector_id: int) -> list[FoundRow]:
        """The same in one list."""
        return self._read(connector_id, _T.c.dismissed_at.is_(None), _T.c.booked_as.is_(None))

    def of_markers(self, connector_id: int, markers: Collection[str]) -> list[FoundRow]:
        """What carries one of some markers and was not dismissed."""
        found: list[FoundRow] = []
        for part in _parts(sorted(markers)):
            found += self._read(connector_id, _T.c.dismissed_at.is_(None), _T.c.marker.in_(part))
        return found

    def forget(self, connector_id: int, keys: Collection[int]) -> bool:
        """Drop what was claimed, or is not there any more.

        Returns:
            Whether anything that can be claimed is left.
        """
        for part in _parts(sorted(keys)):
            self._connection.execute(delete(_T).where(_T.c.id.in_(part)))
        left = select(func.count()).where(
            _T.c.connector_id == connector_id, _T.c.dismissed_at.is_(None), _T.c.booked_as.is_(None)
        )
        return bool(self._connection.execute(left).scalar_one())

    def is_double(self, keys: Collection[int], booked_as: str) -> None:
        """Note that what carries the same marker is booked under another TxnID, and there as well."""
        self._connection.execute(update(_T).where(_T.c.id.in_(keys)).values(booked_as=booked_as))

    def dismiss(self, connector_id: int, txn_ids: Collection[str], at: datetime, actor: str) -> set[str]:
        """Let go of what a person says is none of ours; the TxnIDs that were known."""
        which = (_T.c.connector_id == connector_id, _T.c.txn_id.in_(txn_ids), _T.c.dismissed_at.is_(None))
        known = {row[0] for row in self._connection.execute(select(_T.c.txn_id).where(*which))}
        self._connection.execute(update(_T).where(*which).values(dismissed_at=at, dismissed_by=actor))
        return known

    def _read(self, connector_id: int, *which: ColumnElement[bool]) -> list[FoundRow]:
        mine = _FOUND.select.where(_T.c.connector_id == connector_id, *which).order_by(_T.c.id)
        return _FOUND.read(self._connection.execute(mine))


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), MANY):
        yield rows[start : start + MANY]
