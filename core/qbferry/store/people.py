"""Who may log in to the pages, and who is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from qbferry.model import fold
from qbferry.store import tables
from qbferry.store.rowwise import Rowwise

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["People", "PersonRow", "Visit"]

_P, _V = tables.person, tables.visit


@dataclass(slots=True)
class PersonRow:
    """A person.

    Attributes:
        id: The database's own key; 0 until it is stored.
        name: What they log in with, and what the history calls them.
        folded: The name without regard to case.
        role: What they may do, as ``desk.people.Role`` names it.
        seen_at: When they last asked for a page.
    """

    name: str
    folded: str
    role: str
    password_hash: str
    created_at: datetime
    id: int = 0
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A person's stay in the pages.

    Attributes:
        person: Who.
        began_at: When they logged in.
        seen_at: When they last asked for something, to the minute.
    """

    person: PersonRow
    began_at: datetime
    seen_at: datetime


_PEOPLE = Rowwise(_P, PersonRow, fixed=("created_at",))
_BY_TOKEN = (
    select(*_PEOPLE.select.selected_columns, _V.c.began_at, _V.c.seen_at)
    .join(_P, _P.c.id == _V.c.person_id)
    .where(_V.c.token == bindparam("token"))
)


class People:
    """Finds and keeps people and their visits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def everyone(self) -> list[PersonRow]:
        """All of them, by name."""
        return _PEOPLE.read(self._connection.execute(_PEOPLE.select.order_by(_P.c.folded)))

    def named(self, name: str) -> PersonRow | None:
        """The one of a name, without regard to case."""
        found = self._connection.execute(_PEOPLE.select.where(_P.c.folded == fold(name))).one_or_none()
        return None if found is None else _PEOPLE.one(found)

    def any(self) -> bool:
        """Whether there is anybody."""
        return self._connection.execute(select(_P.c.id).limit(1)).first() is not None

    def add(self, row: PersonRow) -> None:
        """Store a new one."""
        _PEOPLE.add(self._connection, row)

    def save(self, row: PersonRow) -> None:
        """Write one back."""
        _PEOPLE.save(self._connection, row)

    def remove(self, person_id: int) -> None:
        """Forget one."""
        self.end_visits(person_id)
        self._connection.execute(delete(_P).where(_P.c.id == person_id))

    # -- Visits

    def begin(self, token: bytes, person_id: int, at: datetime, oldest: datetime) -> None:
        """Begin a visit, and forget those nobody has been seen in since ``oldest``."""
        self._connection.execute(delete(_V).where(_V.c.seen_at < oldest))
        values = {"token": token, "person_id": person_id, "began_at": at, "seen_at": at}
        self._connection.execute(insert(_V), values)

    def visit(self, token: bytes) -> Visit | None:
        """The visit with a token's hash."""
        found = self._connection.execute(_BY_TOKEN, {"token": token}).one_or_none()
        return None if found is None else Visit(_PEOPLE.one(found[:-2]), *found[-2:])

    def seen(self, token: bytes, person_id: int, at: datetime) -> None:
        """Note that somebody is still there."""
        self._connection.execute(update(_V).where(_V.c.token == token).values(seen_at=at))
        self._connection.execute(update(_P).where(_P.c.id == person_id).values(seen_at=at))

    def end(self, token: bytes) -> None:
        """End a visit."""
        self._connection.execute(delete(_V).where(_V.c.token == token))

    def end_visits(self, person_id: int) -> None:
        """End all visits of a person."""
        self._connection.execute(delete(_V).where(_V.c.person_id == person_id))
