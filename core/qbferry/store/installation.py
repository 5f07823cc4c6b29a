"""The installation's identity."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from qbferry.store import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Installations"]


class Installations:
    """The one row that names this installation."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def owner_id(self) -> str | None:
        """Its OwnerID, a GUID in braces; None before it was given one."""
        return self._connection.execute(select(tables.installation.c.owner_id)).scalar_one_or_none()

    def secret(self) -> str:
        """What cookies are signed with."""
        return str(self._connection.execute(select(tables.installation.c.secret)).scalar_one())

    def lock(self) -> None:
        """Keep others from setting up the installation until the commit. SQLite locks the whole file."""
        self._connection.execute(select(tables.installation.c.id).with_for_update())

    def create(self, owner_id: str | None = None) -> None:
        """Give it an OwnerID.

        Raises:
            sqlalchemy.exc.IntegrityError: Another process has.
        """
        values = {
            "id": 1,
            "owner_id": owner_id or f"{{{uuid.uuid4()}}}",
            "secret": secrets.token_urlsafe(32),
        }
        self._connection.execute(insert(tables.installation), values)
