"""Requests of programs that are done once, however often they are sent, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from qbferry.store import tables

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

__all__ = ["Idempotency", "KeyRow"]

_T = tables.idempotency


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that a program has given a request.

    Attributes:
        fingerprint: Of the request.
        until: When another one may take the request up, if nothing was answered.
        answer: What was answered; None: nothing yet.
    """

    fingerprint: bytes
    until: datetime
    answer: str | None


class Idempotency:
    """Finds and keeps keys, each token's for itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, token_id: int, key: str) -> KeyRow | None:
        """What is known of a key."""
        columns = select(_T.c.fingerprint, _T.c.until, _T.c.answer)
        found = self._connection.execute(columns.where(*_of(token_id, key))).one_or_none()
        return None if found is None else KeyRow(*found)

    def take(
        self, token_id: int, key: str, fingerprint: bytes, holder: str, now: datetime, until: datetime
    ) -> bool:
        """Take a request up that nobody is at work on; whether one has it now.

        Args:
            token_id: Whose key.
            key: The key.
            fingerprint: Of the request.
            holder: Who takes it up.
            now: When it is.
            until: When another one may, if nothing more is heard. A moment twice as far away was written by a
                clock that ran ahead, and counts as over.
        """
        over = or_(_T.c.until <= now, _T.c.until > until + (until - now))
        values = {"fingerprint": fingerprint, "holder": holder, "at": now, "until": until}
        free = and_(*_of(token_id, key), _T.c.answer.is_(None), over)
        if self._connection.execute(update(_T).where(free).values(values)).rowcount:
            return True
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(_T).values(token_id=token_id, key=key, **values))
        except IntegrityError:  # it is there: held, answered, or another one was first
            return False
        return True

    def answer(self, token_id: int, key: str, holder: str, answer: str) -> bool:
        """Keep what is answered; whether the holder still has the request."""
        mine = update(_T).where(*_of(token_id, key), _T.c.holder == holder, _T.c.answer.is_(None))
        return self._connection.execute(mine.values(answer=answer)).rowcount == 1

    def give_back(self, token_id: int, key: str, holder: str) -> None:
        """Forget a key of whose request nothing came."""
        mine = (*_of(token_id, key), _T.c.holder == holder, _T.c.answer.is_(None))
        self._connection.execute(delete(_T).where(*mine))


def _of(token_id: int, key: str) -> tuple[ColumnElement[bool], ...]:
    return _T.c.token_id == token_id, _T.c.key == key
