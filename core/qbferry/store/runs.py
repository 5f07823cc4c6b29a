"""Runs, and the sign-ins for which there was nothing to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, text, update

from qbferry.store import tables
from qbferry.store.connectors import CONNECTORS
from qbferry.store.messages import MESSAGES
from qbferry.store.prepared import Prepared
from qbferry.store.rows import ConnectorRow, MessageRow, RunRow, names
from qbferry.store.rowwise import Rowwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

__all__ = ["Runs"]

_T, _C, _M, _I = tables.run, tables.connector, tables.message, tables.idle
_RUNS = Rowwise(_T, RunRow, fixed=("connector_id", "ticket", "started_at"))

_LOCK = Prepared(
    select(_C.c.id)
    .join(_T, _T.c.connector_id == _C.c.id)
    .where(_T.c.ticket == bindparam("ticket"))
    .with_for_update(of=_C)
)
_WHOLE = Prepared(
    select(
        *_RUNS.select.selected_columns, *CONNECTORS.select.selected_columns, *MESSAGES.select.selected_columns
    )
    .select_from(_T)
    .join(_C, _T.c.connector_id == _C.c.id)
    .outerjoin(_M, (_M.c.connector_id == _C.c.id) & _M.c.settled_at.is_(None))
    .where(_T.c.ticket == bindparam("ticket"))
)
_LIVE = _RUNS.select.where(_T.c.connector_id == bindparam("connector"), _T.c.ended_at.is_(None))
_UNHEARD = _RUNS.select.where(text(tables.UNHEARD)).order_by(_T.c.id).limit(bindparam("limit"))
_FIRST, _SECOND = len(names(RunRow)), len(names(RunRow)) + len(names(ConnectorRow))


MOST = 10_000
"""Runs that are counted together; one in two minutes for fourteen days."""


class Runs:
    """Finds, begins and saves them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_ticket(self, ticket: bytes) -> tuple[RunRow, ConnectorRow, MessageRow | None] | None:
        """The run of a ticket's hash, its connector, locked, and the message that is not settled."""
        values = {"ticket": ticket}
        if self._connection.dialect.name != "sqlite":
            # Locked first and read then: what a lock was waited for must be read as it is now. SQLite's
            # writers have the database to themselves from their first moment.
            _LOCK.all(self._connection, values)
        found = _WHOLE.one(self._connection, values)
        if found is None:
            return None
        message = found[_SECOND:]
        return (
            _RUNS.one(found[:_FIRST]),
            CONNECTORS.one(found[_FIRST:_SECOND]),
            None if message[0] is None else MESSAGES.one(message),
        )

    def live(self, connector_id: int) -> RunRow | None:
        """The connector's live run; at most one."""
        found = self._connection.execute(_LIVE, {"connector": connector_id}).one_or_none()
        return None if found is None else _RUNS.one(found)

    def latest(self, connector_id: int | None, limit: int | None = None) -> list[tuple[RunRow, str]]:
        """Runs with their connectors' names, the latest first; of all connectors when none is given."""
        statement = select(*_RUNS.select.selected_columns, _C.c.name).join(_C, _C.c.id == _T.c.connector_id)
        if connector_id is not None:
            statement = statement.where(_T.c.connector_id == connector_id)
        rows = self._connection.execute(statement.order_by(_T.c.id.desc()).limit(limit))
        return [(_RUNS.one(row[:_FIRST]), row[_FIRST]) for row in rows]

    def last_ended(self, connector_id: int) -> RunRow | None:
        """The latest run that is over."""
        over = _RUNS.select.where(_T.c.connector_id == connector_id, _T.c.ended_at.is_not(None))
        found = self._connection.execute(over.order_by(_T.c.id.desc()).limit(1)).one_or_none()
        return None if found is None else _RUNS.one(found)

    def unheard(self, limit: int = 1000) -> list[RunRow]:
        """Runs that ended with an error which nobody has looked at yet, of all connectors, oldest first."""
        return _RUNS.read(self._connection.execute(_UNHEARD, {"limit": limit}))

    def hear(self, keys: Sequence[int]) -> None:
        """Note that what went wrong in them was looked at."""
        self._connection.execute(update(_T).where(_T.c.id.in_(keys)).values(heard=True))

    def by_id(self, run_id: int) -> tuple[RunRow, str] | None:
        """A run with its connector's name."""
        statement = select(*_RUNS.select.selected_columns, _C.c.name).join(_C, _C.c.id == _T.c.connector_id)
        row = self._connection.execute(statement.where(_T.c.id == run_id)).one_or_none()
        return None if row is None else (_RUNS.one(row[:_FIRST]), row[_FIRST])

    def counts(self, connector_id: int, since: datetime) -> list[tuple[datetime, int, int]]:
        """When each run began since a moment, and how many records it has sent and how many failed in it."""
        mine = (_T.c.connector_id == connector_id, _T.c.started_at >= since)
        statement = select(_T.c.started_at, _T.c.sent, _T.c.failed).where(*mine).order_by(_T.c.id.desc())
        return [tuple(row) for row in self._connection.execute(statement.limit(MOST))]

    def add(self, row: RunRow) -> None:
        """Begin one."""
        _RUNS.add(self._connection, row)

    def save(self, row: RunRow) -> None:
        """Write one back."""
        _RUNS.save(self._connection, row)

    def void(self, connector_id: int) -> None:
        """Let all tickets there were count for nothing any more; the live run ends."""
        mine = update(_T).where(_T.c.connector_id == connector_id)
        now = datetime.now(UTC)
        self._connection.execute(mine.where(_T.c.ended_at.is_(None)).values(ended_at=now, state="ended"))
        self._connection.execute(mine.where(_T.c.voided.is_(False)).values(voided=True))
        self._connection.execute(delete(_I).where(_I.c.connector_id == connector_id))

    def last_error(self, ticket: bytes) -> tuple[str, datetime, dict[str, Any]] | None:
        """What ended the run of a ticket, its beginning, its ``seen``; None: there is none that counts."""
        counts = (_T.c.ticket == ticket, _T.c.voided.is_(False))
        columns = select(_T.c.last_error, _T.c.started_at, _T.c.seen)
        found = self._connection.execute(columns.where(*counts)).one_or_none()
        return None if found is None else (found[0], found[1], found[2])

    # -- Sign-ins without a run

    def add_idle(self, ticket: bytes, connector_id: int, text: str, at: datetime, oldest: datetime) -> None:
        """Keep what a sign-in without a run is told; drop those as old as a moment, or as far ahead."""
        old = (_I.c.at < oldest) | (_I.c.at > at + (at - oldest))
        self._connection.execute(delete(_I).where(_I.c.connector_id == connector_id, old))
        values = {"ticket": ticket, "connector_id": connector_id, "text": text, "at": at}
        self._connection.execute(insert(_I), values)

    def idle_text(self, ticket: bytes) -> str | None:
        """What a sign-in without a run was told; None: there was none."""
        return self._connection.execute(select(_I.c.text).where(_I.c.ticket == ticket)).scalar_one_or_none()
