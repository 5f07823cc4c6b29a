"""Counts and sums by connector, entity, status and currency, kept with every change of a record.

How many are due is among them: what a run is about is told without reading its queue.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, select

from qbferry.store import tables
from qbferry.store.prepared import Prepared, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection

    from qbferry.model import Counted, RecordRow, TransferStatus

__all__ = ["add_up", "count", "counted", "counts_as", "number"]

_T = tables.counter
_KEY = ("connector_id", "entity", "transfer_status", "currency", "unit")
_SUMS = ("records", "due", "amount")


@cache
def _add(database: str) -> Prepared:
    """The statement of one kind of database; that of the other is not loaded."""
    return Prepared(_upsert(database, lambda new: new.values(places((*_KEY, *_SUMS))).inline()))


def _upsert(database: str, fill: Callable[[Any], Any]) -> Any:
    new = fill(import_module(f"sqlalchemy.dialects.{database}").insert(_T))
    return new.on_conflict_do_update(
        index_elements=[_T.c[name] for name in _KEY],
        set_={name: _T.c[name] + new.excluded[name] for name in _SUMS},
    )


def counts_as(row: RecordRow) -> Counted:
    """How the counters see a record."""
    due = row.queue_position is not None
    return str(row.transfer_status), row.currency, row.unit, int(due), row.amount or 0


def count(connection: Connection, rows: Iterable[RecordRow]) -> None:
    """Take records from where the counters had them to where they are now.

    The connector's row is locked, so nobody else counts its records.
    """
    changes: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        now = counts_as(row)
        if now == row.counted:
            continue
        for place, sign in ((row.counted, -1), (now, 1)):
            if place is not None:
                change = changes[row.connector_id, row.entity, *place[:3]]
                change[0] += sign
                change[1] += sign * place[3]
                change[2] += sign * place[4]
        row.counted = now
    values = [
        dict(zip((*_KEY, *_SUMS), (*key, *sums), strict=True)) for key, sums in changes.items() if any(sums)
    ]
    if values:
        _add(connection.dialect.name).run_each(connection, values)


def add_up(
    connection: Connection,
    table: Any,
    connector_id: int,
    entity: str,
    which: ColumnElement[bool],
    *,
    sign: int = 1,
) -> None:
    """Count all rows of a table at once that are records, or are to be, of one connector and entity."""
    key = (table.c[name] for name in _KEY[2:])
    sums = func.count(), func.count(table.c.queue_position), func.sum(func.coalesce(table.c.amount, 0))
    rows = (
        select(literal(connector_id), literal(entity), *key, *(each * sign for each in sums))
        .where(which)
        .group_by(*(table.c[name] for name in _KEY[2:]))
    )
    names = [*_KEY, *_SUMS]
    connection.execute(_upsert(connection.dialect.name, lambda new: new.from_select(names, rows)))


def number(
    connection: Connection, connector_id: int, entity: str, statuses: Sequence[TransferStatus] = ()
) -> int:
    """How many records of an entity a connector has, of some statuses or of all."""
    statement = select(func.sum(_T.c.records)).where(_T.c.connector_id == connector_id, _T.c.entity == entity)
    if statuses:
        statement = statement.where(_T.c.transfer_status.in_(statuses))
    return int(connection.execute(statement).scalar() or 0)


def counted(connection: Connection, connector_id: int | None = None) -> list[Any]:
    """All counters, of one connector or of all: the key's columns, ``records``, ``due`` and ``amount``."""
    statement = select(_T).order_by(*(_T.c[name] for name in _KEY))
    if connector_id is not None:
        statement = statement.where(_T.c.connector_id == connector_id)
    return list(connection.execute(statement))
