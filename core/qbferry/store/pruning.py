"""What is kept for some days only, a small part at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, or_, select, tuple_, update

from qbferry.store import tables

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["PART", "Pruning"]

PART = 500
"""Rows of a transaction: a Web Connector waits for no more than these."""

_M, _H, _A, _I = tables.message, tables.history, tables.alert, tables.idempotency

_HOLDS_NOTHING = and_(_H.c.txn_id.is_(None), _H.c.marker.is_(None))
"""Lines that do not say what QuickBooks has or has no more; by the others a restored backup is noticed."""


class Pruning:
    """Removes what is old."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def answers(self, connector_id: int, before: datetime) -> int:
        """Drop QuickBooks' answers that were booked before, but for those a plugin has yet to hear of."""
        old = (
            select(_M.c.id)
            .where(
                _M.c.connector_id == connector_id,
                _M.c.answer.is_not(None),
                _M.c.owed.is_(None),
                _M.c.settled_at < before,
            )
            .order_by(_M.c.settled_at)
            .limit(PART)
        )
        keys = list(self._connection.execute(old).scalars())
        if keys:
            self._connection.execute(update(_M).where(_M.c.id.in_(keys)).values(answer=None))
        return len(keys)

    def history(self, before: datetime, after: int) -> int | None:
        """Remove old lines that hold nothing; the last one stays, as keys count on from it.

        Args:
            before: The moment.
            after: The line up to which it was walked already.

        Returns:
            The line up to which it is walked now; None: what comes is not old.
        """
        last = select(func.max(_H.c.id)).scalar_subquery()
        part = select(_H.c.id, _H.c.at, _HOLDS_NOTHING).where(_H.c.id > after, _H.c.id < last)
        rows = self._connection.execute(part.order_by(_H.c.id).limit(PART)).all()
        old = [(key, idle) for key, at, idle in rows if at < before]
        gone = [key for key, idle in old if idle]
        if gone:
            self._connection.execute(delete(_H).where(_H.c.id.in_(gone)))
        return old[-1][0] if len(old) == PART else None

    def alerts(self, before: datetime, lasting: Collection[str]) -> int:
        """Remove alerts that were seen to before; those of lasting kinds only once they have come right."""
        done = or_(_A.c.over_at.is_not(None), _A.c.kind.not_in(lasting))
        old = select(_A.c.id).where(_A.c.dismissed_at < before, done).limit(PART)
        last = select(func.max(_A.c.id)).scalar_subquery()
        keys = list(self._connection.execute(old.where(_A.c.id < last)).scalars())
        if keys:
            self._connection.execute(delete(_A).where(_A.c.id.in_(keys)))
        return len(keys)

    def keys(self, before: datetime) -> int:
        """Remove keys of requests that were sent before."""
        old = select(_I.c.token_id, _I.c.key).where(_I.c.at < before).limit(PART)
        keys = [tuple(row) for row in self._connection.execute(old)]
        if keys:
            self._connection.execute(delete(_I).where(tuple_(_I.c.token_id, _I.c.key).in_(keys)))
        return len(keys)
