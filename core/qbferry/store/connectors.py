"""The rows of connectors; each is the mutex of its company file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, union_all

from qbferry.errors import NotFoundError
from qbferry.model import Connector, OnError
from qbferry.store import tables
from qbferry.store.address import shown
from qbferry.store.rows import ConnectorRow
from qbferry.store.rowwise import Rowwise

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["CONNECTORS", "Connectors", "FurtherUser", "connector_of"]

CONNECTORS = Rowwise(tables.connector, ConnectorRow)

_T = tables.connector
_LOCK = CONNECTORS.select.where(_T.c.id == bindparam("id")).with_for_update()
_U = tables.connector_user
_BY_USER = union_all(
    select(_T.c.id, _T.c.password_hash).where(_T.c.user_name == bindparam("user")),
    select(_U.c.connector_id, _U.c.password_hash).where(_U.c.user_name == bindparam("user")),
)


class FurtherUser(NamedTuple):
    """A further user of a company file.

    Attributes:
        name: What their Web Connector signs in with.
        file_id: The FileID in their .qwc file.
    """

    name: str
    file_id: str


def connector_of(row: ConnectorRow, on_error: str, at: datetime) -> Connector:
    """The connector as hooks see it.

    Args:
        row: Its row.
        on_error: The setting, where it has none of its own.
        at: The moment of the call.
    """
    return Connector(
        id=row.id,
        name=row.name,
        on_error=OnError(row.on_error or on_error),
        qbxml_version=row.qbxml_version,
        country=row.country,
        features=row.features,
        conventions=row.conventions,
        at=at,
    )


class Connectors:
    """Finds, locks and saves them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, connector_id: int) -> ConnectorRow:
        """Read a connector and keep others from changing it, its runs or its records until the commit.

        This row is the mutex of its company file: every writer takes it first. SQLite locks the whole file.
        """
        return CONNECTORS.one(self._connection.execute(_LOCK, {"id": connector_id}).one())

    def by_user(self, user: str) -> tuple[int, str] | None:
        """The key and the password's hash of the connector that signs in under a name."""
        found = self._connection.execute(_BY_USER, {"user": user}).first()
        return None if found is None else (found.id, found.password_hash)

    def named(self, name: str | None, *, lock: bool = False) -> ConnectorRow:
        """A connector by name; None: the default one.

        Raises:
            NotFoundError: There is none of that name, or none at all.
        """
        which = _T.c.is_default if name is None else _T.c.name == name
        found = self._connection.execute(CONNECTORS.select.where(which)).one_or_none()
        if found is None and name is None:
            raise NotFoundError(
                f"There is no connector yet in {shown(self._connection.engine.url)}; "
                "make one with: qbferry connector add NAME."
            )
        if found is None:
            names = ", ".join(row.name for row in self.everyone()) or "none"
            raise NotFoundError(f"There is no connector named {name}; there are: {names}.")
        row = CONNECTORS.one(found)
        return self.lock(row.id) if lock else row

    def everyone(self) -> list[ConnectorRow]:
        """All connectors, oldest first."""
        return CONNECTORS.read(self._connection.execute(CONNECTORS.select.order_by(_T.c.id)))

    def users(self, connector_id: int | None = None) -> list[FurtherUser]:
        """The further users of a connector, or of all."""
        found = select(_U.c.user_name, _U.c.file_id).order_by(_U.c.user_name)
        if connector_id is not None:
            found = found.where(_U.c.connector_id == connector_id)
        return [FurtherUser(*row) for row in self._connection.execute(found)]

    def add_user(self, connector_id: int, name: str, password_hash: str, file_id: str) -> None:
        """Store a further user, in place of one of that name."""
        self.remove_user(connector_id, name)
        values = {"connector_id": connector_id, "password_hash": password_hash, "file_id": file_id}
        self._connection.execute(insert(_U).values(user_name=name, **values))

    def remove_user(self, connector_id: int, name: str) -> bool:
        """Let a further user sign in no more; whether there was one."""
        which = (_U.c.connector_id == connector_id, _U.c.user_name == name)
        return bool(self._connection.execute(delete(_U).where(*which)).rowcount)

    def add(self, row: ConnectorRow) -> None:
        """Store a new one."""
        CONNECTORS.add(self._connection, row)

    def save(self, row: ConnectorRow) -> None:
        """Write back one that was locked."""
        CONNECTORS.save(self._connection, row)
