"""What QuickBooks has twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.store import tables
from qbferry.store.rows import DoubleRow
from qbferry.store.rowwise import Rowwise

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Doubles"]

_T = tables.double
_DOUBLES = Rowwise(_T, DoubleRow, fixed=("connector_id", "found_at", "kind", "txn_id", "marker"))


class Doubles:
    """Notes, finds and saves them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: DoubleRow) -> bool:
        """Note one; whether it was not known."""
        if self.by_txn_id(row.connector_id, row.txn_id) is not None:
            return False
        _DOUBLES.add(self._connection, row)
        return True

    def save(self, row: DoubleRow) -> None:
        """Write one back."""
        _DOUBLES.save(self._connection, row)

    def by_txn_id(self, connector_id: int, txn_id: str) -> DoubleRow | None:
        """The double that is a transaction in QuickBooks."""
        mine = _DOUBLES.select.where(_T.c.connector_id == connector_id, _T.c.txn_id == txn_id)
        found = self._connection.execute(mine).one_or_none()
        return None if found is None else _DOUBLES.one(found)

    def there(self, connector_id: int, *, wanted: bool = False) -> list[DoubleRow]:
        """Those QuickBooks may still have, oldest first; only those somebody wants deleted."""
        mine = _DOUBLES.select.where(_T.c.connector_id == connector_id, _T.c.gone_at.is_(None))
        if wanted:
            mine = mine.where(_T.c.wanted_by.is_not(None))
        return _DOUBLES.read(self._connection.execute(mine.order_by(_T.c.id)))
