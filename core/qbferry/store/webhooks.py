"""Webhooks: where events are posted, and how far each has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, update

from qbferry.store import tables
from qbferry.store.rowwise import Rowwise

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

__all__ = ["LONGEST_PAUSE", "WebhookRow", "Webhooks"]

_T = tables.webhook

LONGEST_PAUSE = timedelta(hours=1)
"""Nothing is put off for longer: what is was put off by a clock that has been set back since."""


@dataclass(slots=True)
class WebhookRow:
    """A webhook as it stands.

    Attributes:
        id: The database's own key; 0 until it is stored.
        secret: What its events are signed with: ``whsec_`` and base64; it must be had to sign.
        place: Where the last event is that it took, as ``events.Place`` writes it.
        due_at: Before that it is left alone.
        tries: How often the next event was sent in vain.
        failing_since: When it took the first of these badly.
        disabled_at: When it was given up; it stays where it is.
        error: What the other side said last, a sentence.
        delivered_at: When it last took an event.
    """

    name: str
    url: str
    secret: str
    place: str
    made_at: datetime
    due_at: datetime
    id: int = 0
    tries: int = 0
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    error: str | None = None
    delivered_at: datetime | None = None


_ROWS = Rowwise(_T, WebhookRow, fixed=("name", "url", "secret", "made_at"))


class Webhooks:
    """Keeps them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def everyone(self) -> list[WebhookRow]:
        """All, by name."""
        return _ROWS.read(self._connection.execute(_ROWS.select.order_by(_T.c.name)))

    def named(self, name: str) -> WebhookRow | None:
        """One; None: there is none of that name."""
        return self._one(_T.c.name == name)

    def by_key(self, key: int) -> WebhookRow | None:
        """One by the database's own key; None: it was removed."""
        return self._one(_T.c.id == key)

    def due(self, now: datetime) -> list[WebhookRow]:
        """Those that events may be sent to now."""
        free = or_(_T.c.due_at <= now, _T.c.due_at > now + LONGEST_PAUSE)
        mine = _ROWS.select.where(_T.c.disabled_at.is_(None), free)
        return _ROWS.read(self._connection.execute(mine.order_by(_T.c.id)))

    def add(self, row: WebhookRow) -> None:
        """Store a new one, and note its key."""
        _ROWS.add(self._connection, row)

    def save(self, row: WebhookRow) -> None:
        """Write a changed one back."""
        _ROWS.save(self._connection, row)

    def is_at(self, row: WebhookRow) -> bool:
        """Whether it still is where it was read to be; the row is locked from now on."""
        mine = (_T.c.id == row.id, _T.c.place == row.place, _T.c.disabled_at.is_(None))
        return bool(self._connection.execute(update(_T).where(*mine).values(place=row.place)).rowcount)

    def remove(self, key: int) -> None:
        """Forget one."""
        self._connection.execute(delete(_T).where(_T.c.id == key))

    def _one(self, which: ColumnElement[bool]) -> WebhookRow | None:
        found = self._connection.execute(_ROWS.select.where(which)).one_or_none()
        return None if found is None else _ROWS.one(found)
