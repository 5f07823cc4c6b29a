"""Message sets: their records are in flight until QuickBooks' answer to them is booked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from qbferry.model import OwnerKind
from qbferry.store import tables
from qbferry.store.prepared import Prepared, places
from qbferry.store.rows import MessageRow
from qbferry.store.rowwise import Rowwise

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["MESSAGES", "Messages"]

_T = tables.message

MESSAGES = Rowwise(
    _T,
    MessageRow,
    fixed=(
        *("connector_id", "message_set_id", "body", "composed_at", "requests"),
        *("company_file", "marked", "quickbooks_time", "clock_behind"),
    ),
)

_UNSETTLED = MESSAGES.select.where(_T.c.connector_id == bindparam("connector"), _T.c.settled_at.is_(None))
_BY_SET_ID = MESSAGES.select.where(_T.c.message_set_id == bindparam("set_id"))
_OWING = MESSAGES.select.where(_T.c.connector_id == bindparam("connector"), _T.c.owed.is_not(None)).order_by(
    _T.c.id
)
_SETTLE = Prepared(
    update(_T)
    .where(_T.c.id == bindparam("_id"))
    .values(places(("run_id", "attempts", "settled_at", "owed", "answer")))
)
_ANSWER = select(_T.c.answer).where(_T.c.id == bindparam("id"))


class Messages:
    """Reads and keeps them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def unsettled(self, connector_id: int) -> MessageRow | None:
        """The message whose answer is not booked; at most one a connector."""
        found = self._connection.execute(_UNSETTLED, {"connector": connector_id}).one_or_none()
        return None if found is None else MESSAGES.one(found)

    def by_set_id(self, set_id: str) -> MessageRow | None:
        """A message by its message set ID, settled or not."""
        found = self._connection.execute(_BY_SET_ID, {"set_id": set_id}).one_or_none()
        return None if found is None else MESSAGES.one(found)

    def by_key(self, key: int) -> MessageRow | None:
        """A message by the database's own key."""
        found = self._connection.execute(MESSAGES.select.where(_T.c.id == key)).one_or_none()
        return None if found is None else MESSAGES.one(found)

    def owing(self, connector_id: int) -> list[MessageRow]:
        """Settled messages with answers that a plugin still has to hear of, oldest first."""
        return MESSAGES.read(self._connection.execute(_OWING, {"connector": connector_id}))

    def everything(self, connector_id: int) -> list[MessageRow]:
        """All messages, oldest first."""
        mine = MESSAGES.select.where(_T.c.connector_id == connector_id).order_by(_T.c.id)
        return MESSAGES.read(self._connection.execute(mine))

    def markers(self, connector_id: int, limit: int) -> set[str]:
        """The markers of the requests in the latest messages."""
        mine = select(_T.c.requests).where(_T.c.connector_id == connector_id).order_by(_T.c.id.desc())
        found = self._connection.execute(mine.limit(limit)).scalars()
        return {part["marker"] for requests in found for part in requests}

    def add(self, row: MessageRow) -> None:
        """Store it; its records are in flight from the commit on."""
        MESSAGES.add(self._connection, row)

    def save(self, row: MessageRow) -> None:
        """Write back what changes of a message before it is settled, or what it owes."""
        MESSAGES.save(self._connection, row)

    def settle(self, row: MessageRow, answer: str | None) -> None:
        """Write back a message that was settled, with the answer it was settled by."""
        _SETTLE.run(
            self._connection,
            {
                "_id": row.id,
                "run_id": row.run_id,
                "attempts": row.attempts,
                "settled_at": row.settled_at,
                "owed": row.owed,
                "answer": answer,
            },
        )

    def keep(self, row: MessageRow, answer: str) -> None:
        """Keep an answer to a message that is not settled by it."""
        self._connection.execute(update(_T).where(_T.c.id == row.id).values(answer=answer))

    def answer(self, message_id: int) -> str | None:
        """The answer a message was settled by, or what came of one before; None: there is none any more."""
        return self._connection.execute(_ANSWER, {"id": message_id}).scalar_one_or_none()

    def in_flight(self, connector_id: int, entity: str) -> frozenset[int]:
        """The keys of an entity's records that are part of an unanswered message."""
        message = self.unsettled(connector_id)
        return frozenset(
            part["pk"]
            for part in (message.requests if message else ())
            if part["owner"] == OwnerKind.RECORD and part["entity"] == entity
        )
