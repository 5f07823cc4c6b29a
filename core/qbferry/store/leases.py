"""Who does what only one process is to do at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from qbferry.store import tables

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["Leases"]

_T = tables.lease


class Leases:
    """Gives and takes them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or keep a lease; whether one has it now.

        Args:
            name: Of what is to be done.
            holder: Who asks.
            now: When it is.
            until: When another one may have it, if nothing more is heard. A moment twice as far away was
                written by a clock that ran ahead, and counts as over.
        """
        mine = _T.c.name == name
        free = or_(_T.c.holder == holder, _T.c.until <= now, _T.c.until > until + (until - now))
        took = self._connection.execute(update(_T).where(mine, free).values(holder=holder, until=until))
        if took.rowcount:
            return True
        if self._connection.execute(select(_T.c.name).where(mine)).first() is not None:
            return False
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(_T).values(name=name, holder=holder, until=until))
        except IntegrityError:  # another one was first, while we looked
            return False
        return True

    def give_back(self, name: str, holder: str, now: datetime) -> None:
        """Let another one have a lease, if it is the holder's."""
        mine = (_T.c.name == name, _T.c.holder == holder)
        self._connection.execute(update(_T).where(*mine).values(until=now))
