"""The feed: lines of the history and alerts in one strict order; nothing ever comes before what was read.

A reader goes as far as nobody can write any more. In SQLite that is the end, as there is one writer. In
PostgreSQL a transaction may commit after one that took its keys later, so rows have a ``stand``
(``tables.base.STAND``): no transaction that still runs has a row that stands before it, and so all that
stand before the oldest running one are there to be read, and no other comes among them.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, Text, cast, func, literal, select, tuple_, union_all, update

from qbferry.store import tables
from qbferry.store.alerts import ALERTS
from qbferry.store.history import HISTORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from qbferry.store.rows import AlertRow, HistoryRow
    from qbferry.store.rowwise import Rowwise

__all__ = ["BEGINNING", "Feed", "Place"]

_H, _A = tables.history, tables.alert

LINE, ALERT = 0, 1
"""Of two that stand together, lines of the history come before alerts."""

HIGHEST = 2**63 - 1
_TEXT = re.compile(r"(\d{1,19})\.([01])\.(\d{1,19})")


class Place(NamedTuple):
    """Where an event is in the feed.

    Attributes:
        stand: Where its row stands.
        kind: Which table it is in.
        id: Its key there.
    """

    stand: int
    kind: int
    id: int

    def __str__(self) -> str:
        """Write it in a form nobody is tempted to calculate with."""
        plain = f"{self.stand}.{self.kind}.{self.id}".encode()
        return "evt_" + base64.urlsafe_b64encode(plain).rstrip(b"=").decode()

    @classmethod
    def read(cls, text: str) -> Place | None:
        """The place that was written so; None: none was."""
        bare = text.removeprefix("evt_")
        try:
            plain = base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_", validate=True).decode("ascii")
        except (ValueError, binascii.Error):
            return None
        found = _TEXT.fullmatch(plain)
        place = cls(*map(int, found.groups())) if found else None
        return place if place and max(place) <= HIGHEST and str(place) == text else None


BEGINNING = Place(-1, ALERT, 0)
"""Before all events."""


class Feed:
    """Reads it, a page at the cost of a page.

    Args:
        connection: The transaction. All it reads is of one state of the database, or of later ones.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self._stand: ColumnElement[int] = _H.c.id if self._sqlite else _H.c.stand

    def page(self, after: Place, limit: int) -> list[tuple[Place, HistoryRow | AlertRow]]:
        """The next events.

        Args:
            after: The place of the last one.
            limit: So many at most, of those that are settled.
        """
        alerts = ALERTS.select.add_columns(_A.c.stand).where(
            _pair(_A.c.stand, _A.c.id) > _pair(after.stand, after.id if after.kind == ALERT else 0),
            _A.c.stand < self._bound(),
        )
        alerts = alerts.order_by(_A.c.stand, _A.c.id).limit(limit)
        found = [*self._read(self.lines(after, limit), LINE, HISTORY), *self._read(alerts, ALERT, ALERTS)]
        return sorted(found, key=lambda each: each[0])[:limit]

    def lines(self, after: Place, limit: int) -> Select[Any]:
        """The statement for the next lines of the history, each with its stand; an index answers it."""
        if self._sqlite:
            mine = HISTORY.select.add_columns(self._stand).where(_H.c.id > after.stand).order_by(_H.c.id)
        else:
            begin = _pair(after.stand, after.id if after.kind == LINE else HIGHEST)
            mine = HISTORY.select.add_columns(self._stand).where(_pair(self._stand, _H.c.id) > begin)
            mine = mine.where(self._stand < self._bound()).order_by(self._stand, _H.c.id)
        return mine.limit(limit)

    def end(self) -> Place:
        """The place behind all that can be read now."""
        if not self._sqlite:
            return Place(self._bound() - 1, ALERT, HIGHEST)
        line, alert = (self._connection.execute(select(func.max(each.c.id))).scalar() for each in (_H, _A))
        return Place(line or 0, ALERT, alert or 0)

    def since(self, moment: datetime) -> Place:
        """The place before what was booked at a moment, or later; found by walking from the oldest on."""
        order = (self._stand, _H.c.id)
        first = select(*order).where(_H.c.at >= moment).order_by(*order).limit(1)
        found = self._connection.execute(first).one_or_none()
        if found is None:
            return self.end()
        stand, key = found
        return Place(key - 1, ALERT, HIGHEST) if self._sqlite else Place(stand, LINE, key - 1)

    def knows(self, place: Place) -> bool:
        """Whether an event can have been at a place: not if the database was restored from before it."""
        return place <= BEGINNING or place.stand <= self.end().stand

    def settle_in(self) -> bool:
        """Put what a dump brought from another PostgreSQL cluster before all that comes; whether it had to.

        A cluster numbers its transactions by itself, so what is there may stand where nothing is yet.
        """
        if self._sqlite:
            return False
        both = union_all(*(select(func.max(each.c.stand).label("stand")) for each in (_H, _A))).subquery()
        last = self._connection.execute(select(func.max(both.c.stand))).scalar() or 0
        if last < self._number(func.pg_snapshot_xmax):
            return False
        for table in (_H, _A):
            self._connection.execute(update(table).values(stand=0))
        return True

    def _bound(self) -> int:
        """What stands before it is settled."""
        if self._sqlite:
            return HIGHEST
        return self._number(func.pg_snapshot_xmin)

    def _number(self, end: Callable[[Any], ColumnElement[Any]]) -> int:
        """The number of a transaction at an end of what this one sees."""
        number = cast(cast(end(func.pg_current_snapshot()), Text), BigInteger)
        return int(self._connection.execute(select(number)).scalar_one())

    def _read(
        self, statement: Select[Any], kind: int, rowwise: Rowwise[Any]
    ) -> Iterator[tuple[Place, HistoryRow | AlertRow]]:
        for *values, stand in self._connection.execute(statement):
            row = rowwise.one(values)
            yield Place(stand, kind, row.id), row


def _pair(stand: ColumnElement[int] | int, key: ColumnElement[int] | int) -> ColumnElement[tuple[int, int]]:
    parts = (literal(part, BigInteger) if isinstance(part, int) else part for part in (stand, key))
    return tuple_(*parts)
