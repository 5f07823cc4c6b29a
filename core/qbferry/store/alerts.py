"""What a person must hear of: each fact once, until it is dismissed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from qbferry.store import tables
from qbferry.store.rows import AlertRow
from qbferry.store.rowwise import Rowwise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["ALERTS", "Alerts"]

ALERTS = Rowwise(tables.alert, AlertRow)
_T = tables.alert


class Alerts:
    """Raises and finds alerts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def alert(self, row: AlertRow) -> None:
        """Raise one, unless one of its kind about the same stands."""
        same = (
            _T.c.connector_id == row.connector_id,
            _T.c.kind == row.kind,
            _T.c.about == row.about,
            _T.c.dismissed_at.is_(None),
        )
        if self._connection.execute(ALERTS.select.where(*same).limit(1)).first() is None:
            ALERTS.add(self._connection, row)
            if self._connection.dialect.name == "sqlite":  # behind the line that is the last one now
                last = select(func.coalesce(func.max(tables.history.c.id), 0)).scalar_subquery()
                self._connection.execute(update(_T).where(_T.c.id == row.id).values(stand=last))

    def resolve(self, connector_id: int, about: str, at: datetime) -> None:
        """Let those about something stand no longer: it has come right by itself."""
        mine = (_T.c.connector_id == connector_id, _T.c.about == about, _T.c.dismissed_at.is_(None))
        self._connection.execute(update(_T).where(*mine).values(dismissed_at=at, dismissed_by=""))

    def dismiss(self, key: int, at: datetime, by: str) -> bool:
        """Take a person's word for it; whether it stood."""
        one = update(_T).where(_T.c.id == key, _T.c.dismissed_at.is_(None))
        return self._connection.execute(one.values(dismissed_at=at, dismissed_by=by)).rowcount > 0

    def untold(self, connector_id: int, limit: int) -> list[AlertRow]:
        """Those that stand and were not told, oldest first."""
        mine = _T.c.connector_id == connector_id
        which = ALERTS.select.where(mine, _T.c.told_at.is_(None), _T.c.dismissed_at.is_(None))
        return ALERTS.read(self._connection.execute(which.order_by(_T.c.id).limit(limit)))

    def told(self, keys: Sequence[int], at: datetime) -> None:
        """Note that they were told."""
        self._connection.execute(update(_T).where(_T.c.id.in_(keys)).values(told_at=at))

    def held(self, kinds: Sequence[str]) -> list[AlertRow]:
        """Those of some kinds that a person has dismissed, and that have not come right since."""
        which = (_T.c.kind.in_(kinds), _T.c.dismissed_at.is_not(None), _T.c.over_at.is_(None))
        return ALERTS.read(self._connection.execute(ALERTS.select.where(*which)))

    def over(self, keys: Sequence[int], at: datetime) -> None:
        """Note that what they tell has come right: it is worth another one from now on."""
        self._connection.execute(update(_T).where(_T.c.id.in_(keys)).values(over_at=at))

    def standing(self, connector_id: int) -> list[AlertRow]:
        """Those nobody has dismissed, oldest first."""
        mine = ALERTS.select.where(_T.c.connector_id == connector_id, _T.c.dismissed_at.is_(None))
        return ALERTS.read(self._connection.execute(mine.order_by(_T.c.id)))
