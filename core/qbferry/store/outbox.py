"""Lines one plugin still has to tell the outside world, in order for each plugin and record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, exists, func, insert, select, update

from qbferry.model import News, NewsKind
from qbferry.store import tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["LONGEST_PAUSE", "Failing", "Line", "Outbox"]

_T, _R = tables.outbox, tables.record
_EARLIER = _T.alias()
_FIRST = ~exists().where(
    _EARLIER.c.plugin == _T.c.plugin, _EARLIER.c.record_pk == _T.c.record_pk, _EARLIER.c.id < _T.c.id
)
LONGEST_PAUSE = timedelta(hours=1)
"""No line is put off for longer: one that is was put off by a clock that has been set back since."""

_IS_DUE = (_T.c.due_at <= bindparam("now")) | (_T.c.due_at > bindparam("horizon"))
_DUE = (
    select(_T.c.id)
    .where(
        _T.c.plugin.in_(bindparam("plugins", expanding=True)),
        _T.c.entity.in_(bindparam("entities", expanding=True)),
        _IS_DUE,
        _FIRST,
    )
    .order_by(_T.c.id)
    .limit(bindparam("limit"))
)
_LEASE = (
    select(_T).where(_T.c.id == bindparam("id"), _IS_DUE, _FIRST).with_for_update(skip_locked=True, of=_T)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to tell.

    Attributes:
        plugin: Who tells it.
        entity: The record's kind.
        record_pk: The record's key.
        news: What.
        id: The database's own key; 0 until it is stored.
        attempts: How often it was tried, this time included.
    """

    plugin: str
    entity: str
    record_pk: int
    news: News
    id: int = 0
    attempts: int = 0


class Failing(NamedTuple):
    """Records of a connector of which a plugin cannot tell: how many, and why one of them."""

    connector_id: int
    plugin: str
    records: int
    error: str


class Outbox:
    """Puts lines in, leases them to who tells them, and takes them out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, lines: Iterable[Line]) -> None:
        """Add lines at the end, in one statement."""
        rows = [
            {
                "plugin": line.plugin,
                "entity": line.entity,
                "record_pk": line.record_pk,
                "kind": str(line.news.kind),
                "at": line.news.at,
                "run_id": line.news.run,
                "news": dict(line.news.values),
                "attempts": 0,
                "due_at": line.news.at,
                "last_error": None,
            }
            for line in lines
        ]
        if rows:
            self._connection.execute(insert(_T), rows)

    def due(
        self, plugins: Collection[str], entities: Collection[str], now: datetime, limit: int
    ) -> list[int]:
        """The keys of the lines that are due; of each plugin and record only the first one is."""
        values = {"plugins": list(plugins), "entities": list(entities), "limit": limit, **_moments(now)}
        return list(self._connection.execute(_DUE, values).scalars())

    def lease(self, key: int, now: datetime, until: datetime) -> Line | None:
        """Take a line for a while; None: another process has it, or it is told."""
        found = self._connection.execute(_LEASE, {"id": key, **_moments(now)}).one_or_none()
        if found is None:
            return None
        self._connection.execute(
            update(_T).where(_T.c.id == key).values(attempts=found.attempts + 1, due_at=until)
        )
        news = News(kind=NewsKind(found.kind), at=found.at, run=found.run_id, values=found.news)
        return Line(
            id=found.id,
            plugin=found.plugin,
            entity=found.entity,
            record_pk=found.record_pk,
            news=news,
            attempts=found.attempts + 1,
        )

    def told(self, key: int) -> None:
        """Take a line out."""
        self._connection.execute(delete(_T).where(_T.c.id == key))

    def failed(self, key: int, fault: str, due_at: datetime) -> None:
        """Leave a line to be told later."""
        self._connection.execute(update(_T).where(_T.c.id == key).values(last_error=fault, due_at=due_at))

    def failing(self, attempts: int) -> list[Failing]:
        """What could not be told though it was tried often, summed up for each connector and plugin."""
        found = (
            select(_R.c.connector_id, _T.c.plugin, func.count(), func.max(_T.c.last_error))
            .join(_R, _R.c.pk == _T.c.record_pk)
            .where(_T.c.attempts >= attempts, _T.c.last_error.is_not(None))
            .group_by(_R.c.connector_id, _T.c.plugin)
        )
        return [Failing(*row) for row in self._connection.execute(found)]

    def waiting(self) -> list[Line]:
        """All lines, oldest first."""
        return [
            Line(
                id=row.id,
                plugin=row.plugin,
                entity=row.entity,
                record_pk=row.record_pk,
                news=News(kind=NewsKind(row.kind), at=row.at, run=row.run_id, values=row.news),
                attempts=row.attempts,
            )
            for row in self._connection.execute(select(_T).order_by(_T.c.id))
        ]


def _moments(now: datetime) -> dict[str, datetime]:
    return {"now": now, "horizon": now + LONGEST_PAUSE}
