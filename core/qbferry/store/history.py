"""The transfer history: lines are appended, never changed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam

from qbferry.store import tables
from qbferry.store.rows import HistoryRow
from qbferry.store.rowwise import Rowwise

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

__all__ = ["FAILED", "HISTORY", "History"]

MANY = 500

_T = tables.history
HISTORY = Rowwise(_T, HistoryRow)
_OF_RECORDS = HISTORY.select.where(
    _T.c.record_pk.in_(bindparam("keys", expanding=True)), _T.c.owner == "record"
).order_by(_T.c.id)
_OF_MARKERS = HISTORY.select.where(
    _T.c.connector_id == bindparam("connector"),
    _T.c.marker.in_(bindparam("markers", expanding=True)),
)
"""Not in an order: SQLite would rather read the whole history in it than a few lines by their markers."""

FAILED = _T.c.kind.in_(bindparam("failures", tables.FAILURES, literal_execute=True, expanding=True))
"""Of which lines there is an index; spelled out, as no database knows what a parameter will be."""


class History:
    """Appends lines, and reads them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, lines: Sequence[HistoryRow]) -> None:
        """Book lines, in one statement."""
        HISTORY.append(self._connection, list(lines))

    def of_records(self, keys: Collection[int]) -> dict[int, list[HistoryRow]]:
        """The whole history of records by their key, oldest first."""
        ordered = sorted(keys)
        found: dict[int, list[HistoryRow]] = defaultdict(list)
        for start in range(0, len(ordered), MANY):
            part = {"keys": ordered[start : start + MANY]}
            for line in HISTORY.read(self._connection.execute(_OF_RECORDS, part)):
                found[line.record_pk].append(line)
        return found

    def of_markers(self, connector_id: int, markers: Collection[str]) -> dict[str, list[HistoryRow]]:
        """Marker -> the lines that say that QuickBooks has it, or has it no more, oldest first."""
        ordered = sorted(markers)
        found: dict[str, list[HistoryRow]] = defaultdict(list)
        for start in range(0, len(ordered), MANY):
            part = {"connector": connector_id, "markers": ordered[start : start + MANY]}
            for line in HISTORY.read(self._connection.execute(_OF_MARKERS, part)):
                found[line.marker or ""].append(line)
        for lines in found.values():
            lines.sort(key=lambda line: line.id)
        return found

    def latest(
        self,
        connector_id: int,
        *,
        entity: str | None = None,
        pk: int | None = None,
        kind: str | None = None,
        failed: bool = False,
        limit: int | None = None,
    ) -> list[HistoryRow]:
        """Lines of a connector, the latest first."""
        statement = HISTORY.select.where(_T.c.connector_id == connector_id)
        if entity is not None:
            statement = statement.where(_T.c.entity == entity)
        if pk is not None:
            statement = statement.where(_T.c.record_pk == pk)
        if kind is not None:
            statement = statement.where(_T.c.kind == kind)
        if failed:
            statement = statement.where(FAILED)
        return HISTORY.read(self._connection.execute(statement.order_by(_T.c.id.desc()).limit(limit)))

    def everything(self, connector_id: int) -> list[HistoryRow]:
        """All lines of a connector, oldest first."""
        mine = HISTORY.select.where(_T.c.connector_id == connector_id).order_by(_T.c.id)
        return HISTORY.read(self._connection.execute(mine))
