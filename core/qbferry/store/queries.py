"""Questions to the database that more than one room asks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, insert, select

from qbferry.errors import NotFoundError
from qbferry.model import Connector, Entity, OnError
from qbferry.store.tables import ConnectorRow, InstallationRow, MessageRow, OutcomeRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

__all__ = [
    "connector_named",
    "count_due",
    "due",
    "due_exists",
    "in_flight",
    "lock",
    "owner_id",
    "queue_position",
    "records",
    "unsettled",
    "view",
    "write_history",
]

MANY = 500
"""Keys in one IN list: SQLite takes 32,766 parameters, and long lists gain nothing."""


def lock(session: Session, connector_id: int) -> ConnectorRow:
    """Read a connector and keep others from changing it, its runs or its records until the commit.

    This row is the mutex of its company file: every writer takes it first. SQLite locks the whole file.
    """
    statement = select(ConnectorRow).where(ConnectorRow.id == connector_id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def connector_named(session: Session, name: str | None) -> ConnectorRow:
    """A connector by name; None: the default one.

    Raises:
        NotFoundError: There is none of that name, or none at all.
    """
    if name is None:
        row = session.scalar(select(ConnectorRow).where(ConnectorRow.is_default))
        if row is None:
            raise NotFoundError("There is no connector yet; make one with: qbferry connector add NAME.")
        return row
    row = session.scalar(select(ConnectorRow).where(ConnectorRow.name == name))
    if row is None:
        names = ", ".join(session.scalars(select(ConnectorRow.name).order_by(ConnectorRow.id))) or "none"
        raise NotFoundError(f"There is no connector named {name}; there are: {names}.")
    return row


def view(row: ConnectorRow, on_error: str) -> Connector:
    """The connector as hooks see it; ``on_error`` is the setting where it has none of its own."""
    return Connector(
        id=row.id,
        name=row.name,
        on_error=OnError(row.on_error or on_error),
        qbxml_version=row.qbxml_version,
        country=row.country,
        features=row.features,
    )


def owner_id(session: Session) -> str:
    """The installation's OwnerID."""
    return session.scalars(select(InstallationRow.owner_id)).one()


def due_exists(session: Session, entity: Entity, connector_id: int, after: int) -> bool:
    """Tell whether a record is due behind a queue position; reads one index entry."""
    record = entity.record
    found = exists().where(record.connector_id == connector_id, record.queue_position > after)
    return bool(session.scalar(select(found)))


def count_due(session: Session, entity: Entity, connector_id: int) -> int:
    """How many records are due; reads the index, once a run."""
    record = entity.record
    statement = select(func.count()).where(record.connector_id == connector_id, record.queue_position > 0)
    return session.scalar(statement) or 0


def due(session: Session, entity: Entity, connector_id: int, after: int, limit: int) -> Sequence[Any]:
    """The next due records behind a queue position, in the order they were set ready."""
    record = entity.record
    return session.scalars(
        select(record)
        .where(record.connector_id == connector_id, record.queue_position > after)
        .order_by(record.queue_position)
        .limit(limit)
    ).all()


def records(session: Session, entity: Entity, pks: Sequence[int]) -> dict[int, Any]:
    """Records by their database key."""
    found: dict[int, Any] = {}
    for start in range(0, len(pks), MANY):
        part = select(entity.record).where(entity.record.pk.in_(pks[start : start + MANY]))
        found |= {record.pk: record for record in session.scalars(part)}
    return found


def queue_position(ahead: int = 0) -> int:
    """A place behind everything that is due already: microseconds since 1970.

    Args:
        ahead: How many places of the same moment were given out before.
    """
    return time.time_ns() // 1000 + ahead


def unsettled(session: Session, connector_id: int) -> MessageRow | None:
    """The message QuickBooks has not answered; at most one a connector."""
    return session.scalar(
        select(MessageRow).where(MessageRow.connector_id == connector_id, MessageRow.settled_at.is_(None))
    )


def in_flight(session: Session, connector_id: int, entity: str) -> frozenset[int]:
    """The keys of an entity's records that are part of an unanswered message."""
    message = unsettled(session, connector_id)
    return (
        frozenset(part["pk"] for part in message.requests if part["entity"] == entity)
        if message
        else frozenset()
    )


def write_history(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Append lines to the transfer history, in one statement."""
    lines = [dict(row) for row in rows]
    if lines:
        session.execute(insert(OutcomeRow), lines)
