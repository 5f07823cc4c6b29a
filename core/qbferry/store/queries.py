"""Questions to the database that more than one room asks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from qbferry.errors import NotFoundError
from qbferry.model import Connector, OnError
from qbferry.store.tables import ConnectorRow, InstallationRow, MessageRow, OutcomeRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

__all__ = [
    "connector_named",
    "in_flight",
    "lock",
    "locked_by_begin",
    "owner_id",
    "queue_position",
    "unsettled",
    "view",
    "write_history",
]

_UNSETTLED = select(MessageRow).where(
    MessageRow.connector_id == bindparam("connector"), MessageRow.settled_at.is_(None)
)
_HISTORY = insert(OutcomeRow)


def lock(session: Session, connector_id: int) -> ConnectorRow:
    """Read a connector and keep others from changing it, its runs or its records until the commit.

    This row is the mutex of its company file: every writer takes it first. SQLite locks the whole file.
    """
    statement = select(ConnectorRow).where(ConnectorRow.id == connector_id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def locked_by_begin(session: Session) -> bool:
    """Whether a transaction that writes has the database to itself from its first moment, as on SQLite."""
    return session.get_bind().dialect.name == "sqlite"


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


def queue_position(ahead: int = 0) -> int:
    """A place behind everything that is due already: microseconds since 1970.

    Args:
        ahead: How many places of the same moment were given out before.
    """
    return time.time_ns() // 1000 + ahead


def unsettled(session: Session, connector_id: int) -> MessageRow | None:
    """The message QuickBooks has not answered; at most one a connector."""
    return session.scalar(_UNSETTLED, {"connector": connector_id})


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
        session.execute(_HISTORY, lines)
